import { describe, expect, it } from "vitest";
import { chainHash, firstBrokenLink } from "#domain/board/chain";
import type { StoredEvent } from "#domain/board/events";
import { TestBoard } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";

/** A log of four events. */
function aLog(): readonly StoredEvent[] {
  const board = new TestBoard();
  board.paid(20_000);
  board.close();
  return board.log;
}

const second = (log: readonly StoredEvent[]): StoredEvent => {
  const entry = log[1];
  if (!entry) throw new Error("the log is too short");
  return entry;
};
const withSecond = (log: readonly StoredEvent[], change: Partial<StoredEvent>) =>
  log.with(1, { ...second(log), ...change });

describe("firstBrokenLink", () => {
  it("an intact log, an empty log and the rest of a log after its last known link have no broken link", () => {
    const log = aLog();
    const start = { seq: 2, hash: second(log).hash };

    expect(log).toHaveLength(4);
    expect(firstBrokenLink(log)).toBeNull();
    expect(firstBrokenLink([])).toBeNull();
    expect(firstBrokenLink(log.slice(2), start)).toBeNull();
    expect(firstBrokenLink(log.slice(2), { ...start, hash: "0".repeat(64) })).toBe(3);
  });

  it("a changed, dropped, doubled or swapped event breaks the chain", async () => {
    const log = aLog();
    const { data } = second(log);
    await everyRow<readonly [readonly StoredEvent[], number]>(
      [
        [withSecond(log, { at: "2026-06-10T08:00:00.001Z" }), 2],
        [withSecond(log, { by: { kind: "admin" } }), 2],
        [withSecond(log, { v: 2 }), 2],
        [withSecond(log, { type: "contribution_revived" }), 2],
        [withSecond(log, { data: { ...data, amount: 1 } }), 2],
        [withSecond(log, { hash: "0".repeat(64) }), 2],
        [withSecond(log, { seq: 3 }), 3],
        [log.toSpliced(1, 1), 3],
        [log.toSpliced(1, 0, second(log)), 2],
        [log.toReversed(), 4],
      ],
      ([forged, broken]) => expect(firstBrokenLink(forged)).toBe(broken),
    );
  });

  it("a changed event with a new hash breaks the link of the next event", () => {
    const log = aLog();
    const { hash: _, ...forged } = { ...second(log), at: "2026-06-10T08:00:00.001Z" };

    expect(firstBrokenLink(withSecond(log, { ...forged, hash: chainHash(log[0]?.hash ?? "", forged) }))).toBe(3);
  });

  it("the order of an event's keys does not matter, because Postgres reorders them", () => {
    const reordered = aLog().map((entry) => ({
      ...entry,
      data: Object.fromEntries(Object.entries(entry.data).toReversed()),
    }));

    expect(firstBrokenLink(reordered)).toBeNull();
  });
});
