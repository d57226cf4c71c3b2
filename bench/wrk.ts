import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { BenchProblem } from "./arguments.ts";

const SCRIPT = join(import.meta.dirname, "wrk.lua");
export const CONNECTIONS = 32;

export type Load = {
  url: string;
  seconds: number;
  headers?: Readonly<Record<string, string>>;
  /** A file of `requestLine`s, posted in order with their own headers only. */
  requests?: string;
  /** Whether the last of them is posted again and again; otherwise the load ends when each was posted once. */
  repeated?: boolean;
};

export type LoadResult = { perSecond: number; answered: number; refused: number; broken: number };

export function requireWrk(): void {
  if (spawnSync("wrk", ["-v"]).error) {
    throw new BenchProblem("The load generator wrk is missing; on Debian and Ubuntu: apt-get install wrk");
  }
}

/** Keeps `CONNECTIONS` requests in flight. @throws Error when an answer is missing or not 2xx or 3xx. */
export async function load({ url, seconds, headers = {}, requests, repeated = false }: Load): Promise<LoadResult> {
  const given = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const args = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--timeout", "10s", ...given, "-s", SCRIPT, url];
  const output = await run(
    "wrk",
    requests === undefined ? args : [...args, "--", requests, repeated ? "repeated" : "once"],
  );
  const summary = /^summary (\{.*\})$/m.exec(output)?.[1];
  if (!summary) throw new Error(`wrk said nothing of use about ${url}:\n${output}`);
  const { answered, microseconds, refused, broken } = JSON.parse(summary);
  if (refused > 0 || broken > 0) {
    throw new Error(`${url}: ${refused} of ${answered} answers were refusals, ${broken} connections broke`);
  }
  if (answered === 0) throw new Error(`${url} answered nothing at all`);
  return { perSecond: answered / (microseconds / 1e6), answered, refused, broken };
}

/** One request of a file for `load`. @throws Error for a body or a header that is more than one line, or holds a tab */
export function requestLine({ body, headers }: { body: string; headers: Readonly<Record<string, string>> }): string {
  const parts = [body, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  if (parts.some((part) => /[\t\r\n]/.test(part))) throw new Error("a request for wrk has tabs or lines in it");
  return `${parts.join("\t")}\n`;
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${code}:\n${output}`)),
    );
  });
}
