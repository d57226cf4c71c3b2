import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findFreePort } from "../../local/ports.ts";
import { eventually } from "../support/eventually.ts";

const START_DEADLINE_MS = 90_000;

const directory = mkdtempSync(join(tmpdir(), "chipin-"));
const handlePath = join(directory, "platform.json");
const port = await findFreePort(2);
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function start(...args: string[]) {
  const child = spawn("node", ["local/start.ts", ...args], { env: { ...process.env, LOCAL_POSTGRES_URL: "" } });
  running.add(child);
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => printed.push(String(text)));
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return { child, ended, output: () => printed.join("") };
}

async function startHere() {
  const started = start("--port", String(port), "--directory", directory);
  await eventually(() => {
    if (started.child.exitCode !== null) throw new Error(started.output());
    return existsSync(handlePath) && started.output().includes("Ctrl-C");
  }, START_DEADLINE_MS);
  return { ...started, handle: JSON.parse(readFileSync(handlePath, "utf8")) };
}

const answers = (origin: string) =>
  fetch(`${origin}/health/live`).then(
    () => true,
    () => false,
  );

it("npm start prints and writes its addresses, survives a kill, and leaves nothing running", {
  timeout: 240_000,
}, async () => {
  const first = await startHere();
  const { handle } = first;

  expect(Object.keys(handle)).toEqual([
    "worker",
    "console",
    "postgres",
    "partner",
    "otherPartner",
    "boards",
    "host",
    "admin",
    "secrets",
  ]);
  expect(handle).toMatchObject({ worker: `http://127.0.0.1:${port}`, postgres: null });
  expect(handle.console).toBe(`http://127.0.0.1:${port + 1}`);
  for (const word of [handle.worker, handle.console, handle.partner.apiKey, "curl -X POST", handle.boards[0].url]) {
    expect(first.output()).toContain(word);
  }
  const board = async () => {
    const headers = { authorization: `Bearer ${handle.partner.apiKey}` };
    const response = await fetch(`${handle.worker}/v1/dream-boards/${handle.boards[0].id}`, { headers });
    return ((await response.json()) as { data: Record<string, unknown> }).data;
  };
  const before = await board();
  expect(before).toMatchObject({ child_name: "Maya", contribution_count: 5 });

  first.child.kill("SIGKILL");
  await first.ended;
  await eventually(async () => !(await answers(handle.worker)));

  const second = await startHere();
  expect(second.handle).toEqual(handle);
  expect(await board()).toEqual(before);

  second.child.kill("SIGINT");
  expect(await second.ended).toBe(0);
  expect(existsSync(handlePath)).toBe(false);
  expect(await answers(handle.worker)).toBe(false);
  expect(await answers(handle.console)).toBe(false);
});

it("npm start refuses an unknown flag with its usage and exit code 1", async () => {
  const { ended, output } = start("--prot", "9000");

  expect(await ended).toBe(1);
  expect(output()).toContain("--prot");
  expect(output()).toContain("npm start -- --port N");
  expect(output()).not.toContain("    at ");
});
