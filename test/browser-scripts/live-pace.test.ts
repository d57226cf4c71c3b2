import { describe, expect, it } from "vitest";
import { dropped, nextStep, type Pace, polled, refused, STEADY, type Step } from "#browser/shared/live-pace";
import { everyRow } from "../support/every-row.ts";

const SOONEST = 0;
const LATEST = 1;

/** What a page does from `pace` on, when every further socket is refused: its steps, in order. */
function steps(pace: Pace, count: number, random: number): Step[] {
  const done: Step[] = [];
  for (let now = pace; done.length < count; ) {
    const step = nextStep(now, random);
    done.push(step);
    now = step.by === "poll" ? polled(now) : refused(now);
  }
  return done;
}

describe("a page whose socket was open and dropped", () => {
  it("comes back by a socket, without a poll, after 2 to 15 seconds, later each time it drops again", async () => {
    const times = (count: number) => Array.from({ length: count }).reduce<Pace>(dropped, STEADY);
    await everyRow(
      [
        { drops: 1, fromMs: 2_000, toMs: 15_000 },
        { drops: 2, fromMs: 4_000, toMs: 30_000 },
        { drops: 3, fromMs: 8_000, toMs: 60_000 },
        { drops: 50, fromMs: 8_000, toMs: 60_000 },
      ],
      ({ drops, fromMs, toMs }) => {
        expect(nextStep(times(drops), SOONEST)).toEqual({ by: "socket", afterMs: fromMs });
        expect(nextStep(times(drops), LATEST)).toEqual({ by: "socket", afterMs: toMs });
      },
    );
  });

  it("a crowd of 2,000 that drops at once comes back in every second of thirteen alike", () => {
    const crowd = Array.from({ length: 2_000 }, (_, n) => nextStep(dropped(STEADY), n / 2_000).afterMs);

    const seconds = Map.groupBy(crowd, (afterMs) => Math.floor(afterMs / 1_000));
    expect([...seconds.keys()]).toEqual(Array.from({ length: 13 }, (_, n) => n + 2));
    expect(Math.max(...[...seconds.values()].map(({ length }) => length))).toBeLessThan(160);
  });
});

describe("a page that is refused a socket", () => {
  it("polls within 2 seconds, then every 5 seconds, growing to 15, and tries for a socket after about a minute", () => {
    const polls = steps(refused(STEADY), 7, 0.5);

    expect(polls.map(({ by }) => by)).toEqual([...Array(6).fill("poll"), "socket"]);
    expect(polls.map(({ afterMs }) => Math.round(afterMs / 100) / 10)).toEqual([1, 5, 6.3, 7.8, 9.8, 12.2, 15]);
  });

  it("that is refused again and again tries after 6, 12 and then every 24 polls", () => {
    const all = steps(refused(STEADY), 6 + 1 + 12 + 1 + 24 + 1 + 24 + 1, 0.5);

    const tries = all.flatMap(({ by }, index) => (by === "socket" ? [index] : []));
    expect(tries).toEqual([6, 19, 44, 69]);
  });

  it("never waits longer than 19 seconds for news, and after the first poll never asks within 3 seconds", () => {
    for (const random of [SOONEST, 0.5, LATEST]) {
      const all = steps(refused(STEADY), 100, random);
      // After a refusal the first poll comes soon: it stands for the first message that a socket would have brought.
      const [soon, later] = [false, true].map((isLater) =>
        all.filter((_, index) => (all[index - 1]?.by === "poll") === isLater).map(({ afterMs }) => afterMs),
      );
      expect(Math.max(...(soon ?? []))).toBeLessThanOrEqual(2_000);
      expect(Math.max(...(later ?? []))).toBeLessThanOrEqual(19_000);
      expect(Math.min(...(later ?? []))).toBeGreaterThan(3_000);
    }
  });

  it("a socket that opens after refusals ends the polling", () => {
    expect(nextStep(dropped(refused(refused(STEADY))), SOONEST)).toEqual({ by: "socket", afterMs: 2_000 });
  });
});
