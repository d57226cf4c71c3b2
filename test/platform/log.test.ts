import { beforeEach, describe, expect, it } from "vitest";
import { createAlert, type Log } from "#platform/log";

let now = 0;
let lines: Record<string, unknown>[] = [];
let alert: Log;
beforeEach(() => {
  now = Date.parse("2026-11-20T10:00:00Z");
  lines = [];
  alert = createAlert(
    (line, isAlert) => lines.push({ ...JSON.parse(line), isAlert }),
    () => now,
  );
});

describe("alerts", () => {
  it("one reason raises one alert a minute, its repetitions are plain lines, and the next alert counts them", () => {
    for (const board of ["a", "b", "c"]) alert({ event: "flag_opened", flag: "new_host", board });
    now += 60_000;
    alert({ event: "flag_opened", flag: "new_host", board: "d" });
    now += 120_000;
    alert({ event: "flag_opened", flag: "new_host", board: "e" });

    const line = { event: "flag_opened", flag: "new_host" };
    expect(lines).toEqual([
      { ...line, board: "a", alert: true, times: 1, isAlert: true },
      { ...line, board: "b", repeated: 1, isAlert: false },
      { ...line, board: "c", repeated: 2, isAlert: false },
      { ...line, board: "d", alert: true, times: 3, isAlert: true },
      { ...line, board: "e", alert: true, times: 1, isAlert: true },
    ]);
  });

  it("alerts that differ in event or in one of their codes have reasons of their own", () => {
    alert({ event: "callback", provider: "ozow", reason: "amount_mismatch" });
    alert({ event: "callback", provider: "ozow", reason: "unknown_board" });
    alert({ event: "callback", provider: "payfast", reason: "unknown_board" });
    alert({ event: "job_failed", job: "reencrypt", error: "one" });
    alert({ event: "job_failed", job: "dispatch-mail", error: "one" });
    alert({ event: "job_failed", job: "dispatch-mail", error: "another" });

    expect(lines.map((line) => line.alert ?? false)).toEqual([true, true, true, true, true, false]);
  });
});
