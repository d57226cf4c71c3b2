import { createServer } from "node:net";
import { join } from "node:path";

export const HOST = "127.0.0.1";
/** Where the platform keeps its data unless `--directory` names another folder. */
export const DEFAULT_HOME = join(import.meta.dirname, "..", ".local");

/** A problem that a person can solve. Its message is one sentence, shown without a stack trace. */
export class PlatformProblem extends Error {
  override readonly name = "PlatformProblem";
}

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
  if (await listenOnce(port)) return;
  throw new PlatformProblem(
    `Port ${port} (${what}) is already in use; stop what uses it, or choose another: npm start -- --port ${suggest(port)}`,
  );
}

/** Two neighbouring free ports. */
export async function findFreePorts(): Promise<{ worker: number; console: number }> {
  for (;;) {
    const worker = await listenOnce(0);
    if (worker && worker < 65_535 && (await listenOnce(worker + 1))) return { worker, console: worker + 1 };
  }
}

function suggest(port: number): number {
  return port + 100 > 65_000 ? 9000 : port + 100;
}

/** The port it could listen on, or null. */
function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, HOST, () => {
      const address = server.address();
      const got = address && typeof address === "object" ? address.port : null;
      server.close(() => resolve(got));
    });
  });
}
