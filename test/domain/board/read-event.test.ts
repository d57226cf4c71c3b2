import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Actor } from "#domain/board/actor";
import type { StoredEvent } from "#domain/board/events";
import { CATALOGUE, type EventCatalogue, isReadable, readEvent, storedForm, UPCASTERS } from "#domain/board/read-event";
import { everyRow } from "../../support/every-row.ts";
import { goldenLogs } from "./golden-log.ts";

/** A stored event of every type and version (golden-logs.test.ts makes sure of it). */
const SAMPLES = [
  ...new Map(goldenLogs().flatMap(({ events }) => events.map((event) => [`${event.type} ${event.v}`, event]))).values(),
];
const [SAMPLE = {} as StoredEvent] = SAMPLES;

/** The reason why an event cannot be read, or null. */
const problemOf = (stored: unknown) => {
  const entry = readEvent(stored as StoredEvent);
  return isReadable(entry) ? null : entry.problem;
};

describe("readEvent", () => {
  it("an event of every type and version is read", async () => {
    await everyRow(SAMPLES, (stored) => {
      const entry = readEvent(stored);
      expect(isReadable(entry) && entry.event.type).toBe(stored.type);
      expect(entry).toMatchObject({ seq: stored.seq });
    });
  });

  it("storedForm returns the stored form of an event in its newest version", async () => {
    const newest = SAMPLES.filter(({ type, v }) => v === CATALOGUE.schemas()[type]?.length);
    await everyRow(newest, (stored) => {
      const entry = readEvent(stored);
      const { v, type, data } = stored;
      expect(isReadable(entry) && storedForm(entry.event)).toEqual({ v, type, data });
    });
  });

  it("an event with a missing field, an extra field or a field of another type is malformed", async () => {
    const damaged = SAMPLES.flatMap((stored) => [
      ...Object.keys(stored.data).flatMap((field) => {
        const { [field]: _, ...lacking } = stored.data;
        return [
          { ...stored, data: lacking },
          { ...stored, data: { ...stored.data, [field]: { of: "another type" } } },
        ];
      }),
      { ...stored, data: { ...stored.data, more: 1 } },
      { ...stored, data: null },
    ]);
    await everyRow(damaged, (stored) => expect(problemOf(stored)).toBe("malformed"));
  });

  it("money that is not a whole number of cents is malformed", async () => {
    const opened = SAMPLES.find(({ type }) => type === "board_opened") ?? SAMPLE;
    await everyRow([0.5, "100", Number.MAX_SAFE_INTEGER + 1, null], (goal) =>
      expect(problemOf({ ...opened, data: { ...opened.data, goal } })).toBe("malformed"),
    );
  });

  it("an admin is read with the id of the person, and without one as in older logs", async () => {
    const admins: Actor[] = [{ kind: "admin" }, { kind: "admin", adminId: "h1" }];
    await everyRow(admins, (by) => {
      expect(readEvent({ ...SAMPLE, by })).toMatchObject({ by });
    });
  });

  it("an actor of an unknown kind or without its id is malformed", async () => {
    await everyRow(
      [
        null,
        "system",
        {},
        { kind: "operator" },
        { kind: "partner", partnerId: "p" },
        { kind: "host" },
        { kind: "admin", id: "x" },
      ],
      (by) => expect(problemOf({ ...SAMPLE, by })).toBe("malformed"),
    );
  });

  it("a type or version this release does not know is unknown, whatever its data", async () => {
    await everyRow(
      [
        { ...SAMPLE, type: "board_renamed", data: {} },
        { ...SAMPLE, type: "toString" },
        { ...SAMPLE, type: "__proto__" },
        { ...SAMPLE, v: 99 },
        { ...SAMPLE, v: 0 },
        { ...SAMPLE, v: 1.5 },
      ],
      (stored) => {
        const { seq, type, v } = stored;
        expect(readEvent(stored)).toEqual({ seq, type, v, problem: "unknown" });
      },
    );
  });

  it("a trusted log is read without its schemas, but a type this release does not know stays unknown", () => {
    const damaged = { ...SAMPLE, data: {} };

    expect(isReadable(readEvent(damaged, CATALOGUE, { trusted: true }))).toBe(true);
    expect(isReadable(readEvent({ ...SAMPLE, v: 99 }, CATALOGUE, { trusted: true }))).toBe(false);
  });
});

describe("upcasting", () => {
  const catalogue: EventCatalogue = {
    schemas: () => ({
      greeted: [
        z.strictObject({ name: z.string() }),
        z.strictObject({ names: z.array(z.string()) }),
        z.strictObject({ names: z.array(z.string()), count: z.int() }),
      ],
    }),
    upcasters: {
      greeted: [
        ({ name }) => ({ names: [name] }),
        ({ names }) => ({ names, count: Array.isArray(names) ? names.length : 0 }),
      ],
    },
  };
  const stored = (v: number, data: StoredEvent["data"]) => ({ ...SAMPLE, type: "greeted", v, data });

  it("an event of any version is read in the newest one", async () => {
    await everyRow(
      [
        [1, { name: "Thandi" }, { names: ["Thandi"], count: 1 }],
        [2, { names: ["Thandi", "Sarah"] }, { names: ["Thandi", "Sarah"], count: 2 }],
        [3, { names: [], count: 7 }, { names: [], count: 7 }],
      ] as const,
      ([v, data, expected]) =>
        expect(readEvent(stored(v, data), catalogue)).toMatchObject({ event: { type: "greeted", ...expected } }),
    );
  });

  it("an event is checked by the schema of its own version", () => {
    expect(readEvent(stored(1, { names: ["Thandi"] }), catalogue)).toMatchObject({ problem: "malformed" });
    expect(readEvent(stored(4, { name: "Thandi" }), catalogue)).toMatchObject({ problem: "unknown" });
  });

  it("readEvent throws a RangeError when an upcaster is missing", () => {
    const { schemas } = catalogue;

    expect(() => readEvent(stored(1, { name: "Thandi" }), { schemas, upcasters: {} })).toThrow(RangeError);
  });

  it("this release has an upcaster between any two versions of a type, and no other", () => {
    const steps = Object.entries(CATALOGUE.schemas()).map(([type, versions]) => [type, versions.length - 1] as const);

    expect(steps.filter(([type, count]) => (UPCASTERS[type]?.length ?? 0) !== count)).toEqual([]);
    expect(Object.keys(UPCASTERS).filter((type) => !(type in CATALOGUE.schemas()))).toEqual([]);
  });
});

describe("storedForm", () => {
  it("an event that does not match its schema is not stored", () => {
    const entry = readEvent(SAMPLE);
    if (!isReadable(entry)) throw new Error("the sample is not readable");

    const more = { more: 1 };
    const withMore = { ...entry.event, ...more };
    expect(() => storedForm(withMore)).toThrow();
  });
});
