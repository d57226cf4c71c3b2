import { createServer } from "node:net";
import { join } from "node:path";

export const HOST = "127.0.0.1";

const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
/** Between the places of two processes with neighbouring ids: more than the tests of one take. */
const STRIDE = 211;
let next = process.pid * STRIDE;

/** Where the platform keeps its data unless `--directory` names another folder. */
export const DEFAULT_HOME = join(import.meta.dirname, "..", ".local");

/** A problem that a person can solve. Its message is one sentence, shown without a stack trace. */
export class PlatformProblem extends Error {
  override readonly name = "PlatformProblem";
}

/** Another program has a port that was free a moment ago. */
export class PortTaken extends PlatformProblem {}

/** How a person deletes what is kept in `home` and begins anew, as the end of a sentence. */
export function startAnew(home: string): string {
  const directory = home === DEFAULT_HOME ? "" : ` --directory ${home}`;
  return `start anew: npm start -- --reset${directory}`;
}

/** A person can only make room. */
export function isDiskFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === "ENOSPC";
}

/** @throws PlatformProblem when `port` is in use. */
export async function requireFreePort(port: number, what: string): Promise<void> {
  if (await isFree(port)) return;
  throw new PlatformProblem(
    `Port ${port} (${what}) is already in use; stop what uses it, or choose another: npm start -- --port ${suggest(port)}`,
  );
}

/**
 * The first of `count` neighbouring free ports. They lie below those that a system gives to outgoing connections (Linux
 * from 32768, others from 49152), so that no connection takes one before its server listens, or while its server
 * restarts. Each process searches from a place of its own, so that two seldom find the same; where they do, `startPlatform`
 * begins again.
 */
export async function findFreePort(count = 1): Promise<number> {
  for (;;) {
    const first = FIRST_PORT + (next % (LAST_PORT - FIRST_PORT - count));
    next += count;
    const ports = Array.from({ length: count }, (_, nth) => first + nth);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
}

function suggest(port: number): number {
  return port + 100 > 65_000 ? 9000 : port + 100;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
