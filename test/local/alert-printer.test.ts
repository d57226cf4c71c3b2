import { expect, it } from "vitest";
import { alertPrinter } from "../../local/alert-printer.ts";

const line = (message: string) => ({ at: "2026-12-01T08:00:00Z", level: "error", message });
const alert = (event: string, rest = {}) => line(JSON.stringify({ alert: true, event, ...rest }));

it("one kind of alert is printed once in thirty seconds, with the number of alerts left out", () => {
  const printed: string[] = [];
  let now = 0;
  const printAlert = alertPrinter(
    (text) => printed.push(text),
    () => now,
  );

  for (let n = 0; n < 4; n += 1) printAlert(alert("mail_failed", { attempt: n }));
  printAlert(alert("job_failed"));
  now = 31_000;
  printAlert(alert("mail_failed", { attempt: 9 }));

  expect(printed).toEqual(["mail_failed, attempt 0", "job_failed", "mail_failed, attempt 9 (and 3 more since)"]);
});

it("a log line that is not an alert is cut to one short line", () => {
  const printed: string[] = [];

  alertPrinter((text) => printed.push(text))(line(`Uncaught exception:\n  at ${"x".repeat(500)}`));

  expect(printed[0]).toMatch(/^Uncaught exception: at x+…$/);
  expect(printed[0]?.length).toBe(200);
});
