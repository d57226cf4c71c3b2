import { expect, it } from "vitest";
import { BoardAlarm, MIN_DELAY_MS } from "../../durable-objects/board-alarm.ts";

const NOW = 1_000_000;

function storedAlarm(at: number | null) {
  const stored = { at, writes: 0 };
  const write = async (instant: number | null) => {
    stored.at = instant;
    stored.writes += 1;
  };
  const alarm = new BoardAlarm({
    getAlarm: async () => stored.at,
    setAlarm: (instant) => write(Number(instant)),
    deleteAlarm: () => write(null),
  });
  return { stored, alarm };
}

it.each([
  { why: "without work", due: [null, null], set: null },
  { why: "with one deadline", due: [null, NOW + 60_000], set: NOW + 60_000 },
  { why: "with a retry before the deadline", due: [NOW + 2_000, NOW + 60_000], set: NOW + 2_000 },
  { why: "with a retry after the deadline", due: [NOW + 9_000, NOW + 8_000], set: NOW + 8_000 },
  { why: "with work that is overdue", due: [NOW - 5_000, NOW + 60_000], set: NOW + MIN_DELAY_MS },
])("the alarm of a board $why is set to $set", async ({ due, set }) => {
  const { stored, alarm } = storedAlarm(NOW + 1);

  await alarm.setTo(due, NOW);

  expect(stored.at).toBe(set);
});

it.each([
  { why: "without an alarm", stored: null, at: NOW + 5_000, after: NOW + 5_000, writes: 1 },
  { why: "with a later alarm", stored: NOW + 60_000, at: NOW + 5_000, after: NOW + 5_000, writes: 1 },
  { why: "with an earlier alarm", stored: NOW + 1_000, at: NOW + 5_000, after: NOW + 1_000, writes: 0 },
  { why: "with the same alarm", stored: NOW + 5_000, at: NOW + 5_000, after: NOW + 5_000, writes: 0 },
])("a board $why makes $writes writes to be woken no later than $at", async ({ stored: before, at, after, writes }) => {
  const { stored, alarm } = storedAlarm(before);
  expect(await alarm.load()).toBe(before !== null);

  alarm.noLaterThan(at);

  expect(stored).toEqual({ at: after, writes });
});

it("an alarm that has fired is set again", async () => {
  const { stored, alarm } = storedAlarm(NOW);
  await alarm.load();
  alarm.fired();

  alarm.noLaterThan(NOW + 5_000);

  expect(stored.at).toBe(NOW + 5_000);
});
