import { describe, expect, it } from "vitest";
import { firstBrokenLink } from "#domain/board/chain";
import { eventSchemas } from "#domain/board/events";
import { evolve } from "#domain/board/evolve";
import { potOf, recount } from "#domain/board/pot";
import { isReadable, readEvent } from "#domain/board/read-event";
import { unopenedBoard } from "#domain/board/state";
import { goldenLogs, summaryOf } from "./golden-log.ts";

const LOGS = goldenLogs();

describe("logs of earlier releases", () => {
  it.each(LOGS)("the golden log $about is intact, readable, and folds to its summary", ({ events, summary }) => {
    expect(firstBrokenLink(events)).toBeNull();
    const entries = events.map((event) => readEvent(event));
    expect(entries.filter((entry) => !isReadable(entry))).toEqual([]);
    const state = entries
      .filter(isReadable)
      .reduce((board, { event, at }) => evolve(board, event, at), unopenedBoard());

    expect(summaryOf(state)).toEqual(summary);
    expect(recount(state)).toEqual(potOf(state));
  });

  it("every type and version of an event occurs in a golden log", () => {
    const seen = new Set(LOGS.flatMap(({ events }) => events.map(({ type, v }) => `${type} ${v}`)));
    const known = Object.entries(eventSchemas()).flatMap(([type, versions]) =>
      versions.map((_, i) => `${type} ${i + 1}`),
    );

    expect(known.filter((name) => !seen.has(name))).toEqual([]);
  });
});
