import { describe, expect, it } from "vitest";
import { closingTime, daysLeft, lastMoment, zoneDate } from "#domain/time";

/** South African time is two hours ahead of UTC. */
describe("a deadline, told as a day in South Africa", () => {
  it.each([
    // deadline, its last day, the time at which it ends on that day
    ["2026-12-13T21:59:59Z", "2026-12-13", null],
    ["2026-12-13T22:00:00Z", "2026-12-13", null],
    ["2026-11-30T00:00:00Z", "2026-11-30", "02:00"],
    ["2026-11-29T22:00:00.001Z", "2026-11-30", "00:00"],
    ["2026-12-13T16:00:00Z", "2026-12-13", "18:00"],
  ])("%s ends on %s at %s", (deadline, day, time) => {
    expect([zoneDate(lastMoment(new Date(deadline))), closingTime(new Date(deadline))]).toEqual([day, time]);
  });

  it.each([
    // deadline, now, days left
    ["2026-12-05T22:00:00Z", "2026-12-05T08:00:00Z", 1],
    ["2026-12-06T22:00:00Z", "2026-12-05T08:00:00Z", 2],
    ["2026-12-06T22:00:00Z", "2026-12-05T21:59:59Z", 2],
    ["2026-12-06T22:00:00Z", "2026-12-05T22:00:00Z", 1],
    // Exactly a day ahead, and not at midnight: today and tomorrow.
    ["2026-12-06T10:00:00Z", "2026-12-05T10:00:00Z", 2],
    ["2026-12-06T10:00:00Z", "2026-12-06T09:59:59Z", 1],
    ["2026-12-06T10:00:00Z", "2026-12-06T10:00:00Z", 0],
    ["2026-12-06T10:00:00Z", "2026-12-07T10:00:00Z", 0],
  ])("what ends at %s is open on this many days at %s: %i", (deadline, now, days) => {
    expect(daysLeft(new Date(deadline), new Date(now))).toBe(days);
  });
});
