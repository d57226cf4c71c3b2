import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../../local/worker/build-options.ts";
import { goldenLogs } from "../domain/board/golden-log.ts";

/** What the rehearsal prints about these logs, with this release in the part of the older one. */
function rehearse(logs: readonly unknown[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "chipin-older-"));
  const file = join(folder, "logs.json");
  writeFileSync(file, JSON.stringify(logs));
  const output = execFileSync(process.execPath, [join(ROOT, "local/deploy/older-release.ts"), file, ROOT], {
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  return output.trim().split("\n");
}

it("the rollback rehearsal reads all golden logs, and makes a board with an unknown event read-only", () => {
  const logs = goldenLogs();
  const [first] = logs;
  const newer = { ...first, events: first?.events.map((event, at) => (at === 1 ? { ...event, v: 99 } : event)) };

  expect(rehearse(logs)).toEqual([`read ${logs.length} of ${logs.length}`]);
  expect(rehearse([newer])).toEqual(["read 0 of 1"]);
});

it("the rollback rehearsal names a log that the older release reads otherwise, and an event it takes for damaged", () => {
  const [log] = goldenLogs();
  const damaged = { ...log, events: log?.events.map((event, at) => (at === 1 ? { ...event, data: {} } : event)) };

  expect(rehearse([{ ...log, summary: { status: "other" } }])[0]).toMatch(/the board is \w+, not other/);
  expect(rehearse([damaged])[0]).toMatch(/is malformed, although the older release has its schema/);
});
