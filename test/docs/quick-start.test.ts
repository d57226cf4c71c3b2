import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ChipIn } from "../../sdk/src/index.ts";
import { installClient } from "../sdk/installed-client.ts";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { codeBlocks } from "./code-blocks.ts";
import { freePort } from "./free-port.ts";

/** What a developer does who has the documentation and a test key, with the page's own code. */
const PAGE = "docs/partners/quick-start.md";
let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const [open = "", receiver = "", register = "", close = ""] = codeBlocks(PAGE, "ts");

const api = await startApi();
const { sandbox } = api.platform;
const folder = mkdtempSync(join(tmpdir(), "chipin-quick-start-"));
const port = await freePort();
const started: ChildProcess[] = [];
/** The page's receiver, and what it prints. */
let listening: ReturnType<typeof run>;
let heard: string[] = [];

/** It stops where the page asks the reader to pay, and goes on when a line arrives. */
const CHIPIN = `${open}${register}await new Promise((resolve) => process.stdin.once("data", resolve));\n${close}process.exit();\n`;

beforeAll(async () => {
  await installClient(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "chipin.ts"), CHIPIN);
  writeFileSync(join(folder, "receiver.ts"), receiver);
});
afterAll(() => {
  for (const process of started) process.kill();
  rmSync(folder, { recursive: true });
});

function run(file: string, env: Record<string, string>) {
  const child = spawn(process.execPath, ["--no-warnings", file], { cwd: folder, env: { ...process.env, ...env } });
  started.push(child);
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => printed.push(...String(chunk).trim().split("\n")));
  return { child, printed };
}

const form = (path: string, fields: Record<string, string>) =>
  api.request(path, { method: "POST", body: new URLSearchParams(fields), headers: { origin: api.origin } });

async function startReceiver(secret: string): Promise<void> {
  listening = run("receiver.ts", { PORT: String(port), CHIPIN_WEBHOOK_SECRET: secret });
  heard = listening.printed;
  await eventually(() => fetch(`http://127.0.0.1:${port}`));
}

async function stopReceiver(): Promise<void> {
  listening.child.kill();
  await once(listening.child, "exit");
}

async function chipIn(slug: string): Promise<void> {
  const guest = { amount: "200", name: "Thandi", provider: "sandbox", submission: crypto.randomUUID() };
  const checkout = await form(`/${slug}/contribute`, guest);
  const ref = new URL(checkout.headers.get("location") ?? "").searchParams.get("ref") ?? "";
  await form(`/${slug}/test-payment`, { ref, outcome: "pay" });
}

it("the code of the quick start opens a board, hears of a payment by a verified webhook, closes the board and confirms its payout", async () => {
  await startReceiver(secret);
  const { child, printed } = run("chipin.ts", {
    CHIPIN_API: `${api.origin}/v1`,
    CHIPIN_API_KEY: sandbox.apiKey,
    CHIPIN_WEBHOOK_URL: `http://127.0.0.1:${port}/chipin`,
    CHIPIN_WEBHOOK_SECRET: secret,
  });

  const address = await eventually(() => printed[0]);
  const slug = new URL(address).pathname.slice(1);
  await eventually(async () => (await api.call("GET", "/v1/webhooks", undefined, sandbox.apiKey)).body.data.length > 0);
  await chipIn(slug);
  await eventually(() => heard.some((line) => line.startsWith("contribution.received evt_")));

  child.stdin.write("paid\n");
  await once(child, "exit");
  expect(printed.slice(1)).toEqual(["closed 19400", "philanthropy_donation completed"]);
  const types = () => new Set(heard.map((line) => line.split(" ")[0]));
  await eventually(() => types().size === 4);
  expect(types()).toEqual(new Set(["contribution.received", "pot.closed", "payout.ready", "payout.completed"]));
});

const chipin = new ChipIn({ apiKey: sandbox.apiKey, baseUrl: `${api.origin}/v1` });

it("after the secret was replaced the receiver of the quick start hears of everything, first with its old secret, then with the new one", async () => {
  const endpoints = chipin.list("/webhooks");
  const path = { id: (await endpoints.next()).value?.id ?? "" };
  const { data: rotated } = await chipin.post("/webhooks/{id}/rotate-secret", { path, body: {} });
  expect(rotated.previous_secret_valid_until).not.toBeNull();
  const hearTest = async () => {
    const { data: test } = await chipin.post("/webhooks/{id}/test", { path });
    await eventually(() => heard.includes(`webhook.test ${test.event_id}`));
  };

  await hearTest();
  await stopReceiver();
  secret = rotated.secret;
  await startReceiver(secret);
  await hearTest();
});

it("an event that was lost while the receiver of the quick start was away is heard of when it is sent again", async () => {
  await stopReceiver();
  const { slug } = await api.createBoard({}, sandbox);
  await chipIn(slug);
  const missed = await eventually(async () => {
    let newest = "";
    for await (const { id } of chipin.list("/events", { query: { type: "contribution.received" } })) newest = id;
    const { data } = await chipin.get("/events/{id}", { path: { id: newest } });
    return data.deliveries[0]?.attempts[0]?.response_code === null && data;
  });
  expect(missed.deliveries[0]?.status).toBe("pending");

  await startReceiver(secret);
  await chipin.post("/events/{id}/redeliver", { path: { id: missed.id } });
  await eventually(() => heard.includes(`contribution.received ${missed.id}`));
});

it("the TypeScript of the quick start compiles in strict mode", () => {
  const typescript = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node"];
  const files = ["chipin.ts", "receiver.ts"];
  const { status, stdout } = spawnSync(process.execPath, [typescript, ...options, ...files], {
    cwd: folder,
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([0, ""]);
});

it("the curl of the quick start opens a board whose page is there", async () => {
  const [curl = ""] = codeBlocks(PAGE, "sh");
  const env = { ...process.env, API: `${api.origin}/v1`, KEY: sandbox.apiKey };
  // Not the synchronous one: the platform's Postgres answers in this process.
  const { stdout } = await promisify(execFile)("bash", ["-euc", curl], { env });
  const answer = JSON.parse(stdout);

  expect(answer).toMatchObject({ data: { child_name: "Noah", status: "active", sandbox: true } });
  expect((await fetch(answer.data.public_url)).status).toBe(200);
});
