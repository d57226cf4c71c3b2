import { afterEach, beforeEach } from "vitest";

/*
 * What a test in workerd logs, kept until the test ends and shown when it has failed. Vitest would send each line from the
 * object that wrote it and wait for its receipt, which an object that was evicted meanwhile may never take.
 */

const show = console.log.bind(console);
const kept: string[] = [];
for (const method of ["debug", "log", "info", "warn", "error"] as const) {
  console[method] = (...what: unknown[]) => void kept.push(what.map(String).join(" "));
}

beforeEach(() => void kept.splice(0));
afterEach(({ task }) => {
  if (task.result?.state === "fail" && kept.length > 0) show(kept.join("\n"));
});
