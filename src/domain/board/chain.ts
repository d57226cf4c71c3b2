import { hash as digestOf } from "node:crypto";
import type { StoredEvent } from "./events.ts";

/** What the first event of a board is chained to. */
export const GENESIS_HASH = "0".repeat(64);

/**
 * SHA-256, hex, over the previous hash and the canonical JSON of the stored form. Keys are sorted, because Postgres
 * reorders `jsonb`.
 */
export function chainHash(previous: string, { seq, at, by, v, type, data }: Omit<StoredEvent, "hash">): string {
  return digestOf("sha256", `${previous}\n${canonicalJson({ seq, at, by, v, type, data })}`, "hex");
}

/** Null when every link holds, else the first sequence number that does not follow from the one before. */
export function firstBrokenLink(log: Iterable<StoredEvent>, start = { seq: 0, hash: GENESIS_HASH }): number | null {
  let { seq, hash } = start;
  for (const entry of log) {
    seq += 1;
    if (entry.seq !== seq || entry.hash !== chainHash(hash, entry)) return entry.seq;
    hash = entry.hash;
  }
  return null;
}

/** Keys in the order of their UTF-16 units. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  let fields = "";
  for (const key of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined) fields += `${fields && ","}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${fields}}`;
}
