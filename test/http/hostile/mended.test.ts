import { sql } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { type Api, startApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { arrived, postForm, sendRaw } from "./support.ts";

/** What strangers found once, so that nobody finds it again. */
let api: Api;
beforeAll(async () => {
  api = await startApi();
});

it.each(["fe80::1%eth0", "::1%lo"])("a sender's address of %j stops nothing", async (address) => {
  const visited = await api.createBoard();
  await postForm(api, visited.slug, {}, { "cf-connecting-ip": address });
  expect(await arrived(api, visited)).toMatchObject({ headSeq: 2 });
});

it("a good key is not taken for a guess when a partner's first requests come all at once", async () => {
  const board = await api.createBoard();
  const ask = () => api.call("GET", `/v1/dream-boards/${board.id}`, undefined, api.otherPartner.apiKey);
  const answers = await Promise.all(Array.from({ length: 40 }, ask));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
});

it("holds no parameter of a query that Postgres refused", async () => {
  await api.db.execute(sql`ALTER TABLE hosts RENAME TO hosts_gone`);
  try {
    const answer = api.createBoard({ payout_email: "payoutsecret@example.com" });
    await expect(answer).rejects.toThrow("500");
  } finally {
    await api.db.execute(sql`ALTER TABLE hosts_gone RENAME TO hosts`);
  }
  const said = await eventually(async () => {
    const text = JSON.stringify(await api.platform.workerLog());
    return text.includes("internal_error") && text;
  });
  expect(said).not.toContain("payoutsecret");
});

it("states the payable pot as it was closed, without money that is on its way back, when a late payment arrives", async () => {
  const board = await api.createBoard({ child_name: "Late", goal_cents: 100_000 });
  const early = await api.contribute(board.slug, { amount: "200", name: "Anna" });
  const late = await api.contribute(board.slug, { amount: "2000", name: "Ben" });
  await api.simulate(early.reference, "pay");
  const close = () => api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
  const first = await close();
  await api.simulate(late.reference, "pay");
  const again = await close();
  expect(again.body.data).toEqual({ ...first.body.data, raised_cents: again.body.data.raised_cents });
  expect(first.body.data).toMatchObject({ raised_cents: 19_400, payable_cents: 19_400 });
  const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`);
  expect(body.data.display_mode).toBe("gift");
});

it("takes somebody who hangs up in the middle of a body for nobody's fault", async () => {
  const { hostname, port } = new URL(api.origin);
  const head =
    "POST /api/webhooks/payfast HTTP/1.1\r\nHost: chipin\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n";
  const { connect } = await import("node:net");
  const callbackLines = async () =>
    (await api.platform.workerLog())
      .map((entry) => JSON.stringify(entry))
      .filter((line) => line.includes('event\\":\\"callback'));
  const earlier = (await callbackLines()).length;
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(head));
    // Once it asks for the body, the Worker is at work.
    socket.once("data", () => socket.write("abc", () => socket.destroy()));
    socket.on("close", () => resolve()).on("error", reject);
  });
  const line = await eventually(async () => (await callbackLines())[earlier]);
  expect(line).not.toContain("internal_error");
});

it.each([".xx", "=", "!"])("a cursor with %j behind it is no cursor", async (junk) => {
  const listed = await api.createBoard();
  for (const name of ["Ann", "Ben"]) await api.contribute(listed.slug, { amount: "50", name });
  await arrived(api, listed);
  const { body } = await api.call("GET", `/v1/dream-boards/${listed.id}/contributions?limit=1`);
  const changed = encodeURIComponent(body.pagination.next_cursor + junk);
  expect((await api.call("GET", `/v1/dream-boards/${listed.id}/contributions?after=${changed}`)).status).toBe(400);
});

it("takes an amount that was sent twice for none", async () => {
  const board = await api.createBoard();
  const body = `amount=200&amount=5000&provider=payfast&submission=${crypto.randomUUID()}`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  expect((await api.request(`/${board.slug}/contribute`, { method: "POST", headers, body })).status).toBe(422);
});

it("a refusal is not forty times as long as what was refused", async () => {
  const wish = { url: "https://hooks.example.com/", events: Array(15_000).fill("x"), secret: "12345678" };
  const { status, body } = await api.call("POST", "/v1/webhooks", wish);
  expect(status).toBe(400);
  expect(JSON.stringify(body).length).toBeLessThan(64 * 1024);
});

it.each(["+275760-09-13T00:00:00Z", "-271821-04-20T00:00:00Z", "0000-01-01"])("no job runs as of %s", async (now) => {
  const path = `/__local/jobs/dispatch-mail?now=${encodeURIComponent(now)}`;
  expect(
    (await sendRaw(api, `POST ${path} HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)).status,
  ).toBe(400);
});
