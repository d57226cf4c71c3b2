import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Platform } from "./platform.ts";

const PROBE_MS = 1_000;

/** `platform.json`: where scripts and tests find the platform while it runs. */
export class HandleFile {
  readonly #path: string;
  #written: string | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  write({ postgres, worker, console, partner, otherPartner, boards, host, admin, secrets }: Platform): void {
    const handle = { worker, console, postgres: postgres.url, partner, otherPartner, boards, host, admin, secrets };
    this.#written = `${JSON.stringify(handle, null, 2)}\n`;
    mkdirSync(dirname(this.#path), { recursive: true });
    // The file is renamed into place, so that a reader never sees half of it.
    const draft = `${this.#path}.${process.pid}`;
    writeFileSync(draft, this.#written, { mode: 0o600 });
    renameSync(draft, this.#path);
  }

  /** Removes the file only if this platform wrote it, because another one may have started since. */
  remove(): void {
    if (existsSync(this.#path) && readFileSync(this.#path, "utf8") === this.#written) rmSync(this.#path);
  }

  /** Removes the file of a platform that was killed. A platform that still runs keeps its file. */
  async removeStale(): Promise<void> {
    if (!existsSync(this.#path)) return;
    const answer = await probe(readFileSync(this.#path, "utf8")).catch(() => null);
    if (!answer) rmSync(this.#path, { force: true });
  }
}

/** @throws Error when the text is no handle, or its platform does not answer. */
async function probe(text: string): Promise<Response> {
  const { worker } = JSON.parse(text) as { worker: string };
  return await fetch(`${worker}/health/live`, { signal: AbortSignal.timeout(PROBE_MS) });
}
