import { beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { SCRIPTS } from "../../../src/http/ui/asset-manifest.ts";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { boardStates, sendRaw } from "./support.ts";

let api: Api;
let board: WireBoard;
beforeAll(async () => {
  api = await startApi();
  board = await api.createBoard();
});

const ROUTES = [
  "/",
  "/SLUG",
  "/SLUG/contribute",
  "/SLUG/thanks",
  "/SLUG/thanks.json",
  "/SLUG/live",
  "/SLUG/live.json",
  "/SLUG/payment-failed",
  "/v1/openapi.json",
  "/v1/dream-boards",
  "/v1/dream-boards/ID",
  "/v1/webhooks",
  "/v1/dream-boards/ID/contributions",
  "/v1/dream-boards/ID/close",
  "/api/webhooks/payfast",
  "/health/live",
  "/health/ready",
  "/internal/partners",
  "/internal/boards/ID",
  "/__local/jobs/constructor",
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];

const send = async (method: string, path: string, ...headers: string[]) => {
  const where = path.replace("SLUG", board.slug).replace("CODE", board.slug.slice(-10)).replace("ID", board.id);
  const lines = [`${method} ${where} HTTP/1.1`, "Host: chipin", "Connection: close", "Content-Length: 0", ...headers];
  return await sendRaw(api, `${lines.join("\r\n")}\r\n\r\n`);
};

describe("methods of every route", () => {
  it.each(ROUTES.map((path) => [path]))(
    "%s answers every method without a server error and changes nothing",
    async (path) => {
      const before = await boardStates(api, board);
      for (const method of METHODS) {
        const { status } = await send(method, path);
        expect({ method, status, isAnswered: status < 500 }).toMatchObject({ isAnswered: true });
      }
      expect(await boardStates(api, board)).toEqual(before);
    },
  );
});

describe("unknown paths", () => {
  it.each([
    "/%",
    "/%00",
    "/%ff",
    "/%E0%A4%A",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/.env",
    "/.git/config",
    "//evil.example",
    "//evil.example/SLUG",
    "///SLUG",
    "/SLUG//contribute",
    "/SLUG%00",
    "/SLUG%0a",
    "/SLUG/%0d%0aX:y",
    "/x-CODE//evil.example",
    "/-CODE",
    "/m%C3%A4ya-CODE",
    `/${"a".repeat(3_000)}-CODE`,
    "/v1//dream-boards",
    "/V1/dream-boards",
    "/api/webhooks/%00",
    "/internal/boards/ID",
    "/__local/jobs/__proto__",
  ])("the path %s is answered 404", async (path) => {
    expect((await send("GET", path)).status).toBe(404);
  });

  it.each([
    ["/other-CODE", "/SLUG"],
    ["/other-CODE/contribute?amount=50", "/SLUG/contribute?amount=50"],
    ["/other-CODE/thanks?ref=%0d%0aSet-Cookie:a=b", "/SLUG/thanks?ref=%0d%0aSet-Cookie:a=b"],
  ])("%s redirects to %s and sets no cookie", async (path, right) => {
    const { status, text } = await send("GET", path);
    expect(status).toBe(308);
    expect(/^location: (.*)\r$/im.exec(text)?.[1]).toBe(right.replace("SLUG", board.slug));
    expect(text).not.toMatch(/^set-cookie:/im);
  });
});

describe("headers", () => {
  it("files and answers of the Worker have the security headers in the real runtime", async () => {
    const answers = await Promise.all([
      api.request(SCRIPTS.board),
      api.request("/images/share.png"),
      api.request("/favicon.svg"),
      api.request(`/${board.slug}/live`),
    ]);

    const named = [
      "X-Content-Type-Options",
      "Referrer-Policy",
      "Cross-Origin-Resource-Policy",
      "Content-Security-Policy",
    ];
    expect(answers.map(({ headers }) => named.filter((name) => !headers.has(name)))).toEqual(answers.map(() => []));
    expect(answers.map(({ headers }) => headers.get("Cross-Origin-Resource-Policy")).slice(0, 3)).toEqual([
      "same-origin",
      "cross-origin",
      "cross-origin",
    ]);
  });
});

describe("instants of jobs", () => {
  it.each(["+275760-09-13T00:00:00Z", "-271821-04-20T00:00:00Z", "0000-01-01"])(
    "a job request for the instant %s is answered 400",
    async (now) => {
      const { status } = await send("POST", `/__local/jobs/dispatch-mail?now=${encodeURIComponent(now)}`);
      expect(status).toBe(400);
    },
  );
});

describe("live connections", () => {
  const handshake = (...headers: string[]) => [
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ];

  it.each<[string, string, number, string[]]>([
    ["without an upgrade", "/SLUG/live", 426, []],
    ["to another protocol", "/SLUG/live", 426, ["Upgrade: h2c"]],
    ["of an old version", "/SLUG/live", 426, ["Upgrade: websocket", "Sec-WebSocket-Version: 8"]],
    ["without a key", "/SLUG/live", 400, ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]],
    ["to an unknown board", "/maya-birthday-0000000000/live", 404, handshake()],
    ["to an invalid slug", "/x/live", 404, handshake()],
  ])("a live connection %s is refused", async (_what, path, status, headers) => {
    expect((await send("GET", path, ...headers)).status).toBe(status);
  });

  it("a live connection gets updates while other clients send noise and disconnect", { timeout: 60_000 }, async () => {
    const address = `${api.origin.replace("http", "ws")}/${board.slug}/live`;
    const listener = await open(address);
    for (const text of ["x".repeat(900 * 1024), "{}", "\u0000", "noise"]) {
      const sender = await open(address);
      for (let n = 0; n < 500; n += 1) sender.socket.send(`noise ${n}`);
      sender.socket.send(text);
      sender.socket.close();
    }

    const leaving = await Promise.all(Array.from({ length: 40 }, (_, n) => open(address, `196.25.7.${n}`)));
    leaving.forEach(({ socket }, index) => {
      socket.close(index % 2 ? 4_999 : 1_000, "bye");
    });
    const { reference } = await api.contribute(board.slug, { amount: "100", name: "Sarah Mokoena" });
    await api.simulate(reference, "pay");
    const update = await eventually(() => listener.messages.find((message) => message.includes("Sarah")));
    expect(update).not.toContain("Mokoena");
    listener.socket.send("ping");
    await eventually(() => listener.messages.includes("pong"));
    listener.socket.close();
  });
});

/** Each guest is in a network of their own. */
async function open(address: string, from = "196.25.8.1"): Promise<{ socket: WebSocket; messages: string[] }> {
  const socket = new WebSocket(address, { headers: { "CF-Connecting-IP": from } });
  const messages: string[] = [];
  socket.addEventListener("message", ({ data }) => messages.push(String(data)));
  await eventually(() => messages.length > 0);
  return { socket, messages };
}
