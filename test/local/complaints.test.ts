import { expect, it } from "vitest";
import { complaints } from "../../local/complaints.ts";

const line = (message: string) => ({ at: "2026-12-01T08:00:00Z", level: "error", message });
const alert = (event: string, rest = {}) => line(JSON.stringify({ alert: true, event, ...rest }));

it("one kind of alert is printed once in thirty seconds, with the number of alerts left out", () => {
  const said: string[] = [];
  let now = 0;
  const complain = complaints(
    (text) => said.push(text),
    () => now,
  );

  for (let n = 0; n < 4; n += 1) complain(alert("mail_failed", { attempt: n }));
  complain(alert("job_failed"));
  now = 31_000;
  complain(alert("mail_failed", { attempt: 9 }));

  expect(said).toEqual(["mail_failed, attempt 0", "job_failed", "mail_failed, attempt 9 (and 3 more since)"]);
});

it("a log line that is not an alert is cut to one short line", () => {
  const said: string[] = [];

  complaints((text) => said.push(text))(line(`Uncaught exception:\n  at ${"x".repeat(500)}`));

  expect(said[0]).toMatch(/^Uncaught exception: at x+…$/);
  expect(said[0]?.length).toBe(200);
});
