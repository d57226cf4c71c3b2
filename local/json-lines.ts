import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { isDiskFull, PlatformProblem } from "./ports.ts";

/**
 * A list that survives a restart: one JSON value per line, newest last. Without a path it lives in memory only.
 * It is written synchronously, so an accepted item is on disk even when the platform is killed right after.
 */
export class JsonLines<T> {
  readonly items: T[];
  readonly #path: string | null;

  constructor(path: string | null) {
    this.#path = path;
    this.items = path && existsSync(path) ? parseLines<T>(readFileSync(path, "utf8")) : [];
    if (path) mkdirSync(dirname(path), { recursive: true });
  }

  /** @throws PlatformProblem when the disk is full; the item is then on no list either. */
  append(item: T): void {
    if (this.#path) write(this.#path, `${JSON.stringify(item)}\n`);
    this.items.push(item);
  }

  /** Newest first. */
  newest(): T[] {
    return this.items.toReversed();
  }
}

function write(path: string, line: string): void {
  try {
    appendFileSync(path, line);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new PlatformProblem(`The disk is full: ${path} could not be written. Make room and start again.`);
  }
}

/** Drops a line that a kill cut short. Its request was never answered. */
function parseLines<T>(text: string): T[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as T] : [];
    } catch {
      return [];
    }
  });
}
