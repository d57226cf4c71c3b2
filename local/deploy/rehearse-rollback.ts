import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const LOGS = "test/domain/board/logs";

/**
 * Reads the golden logs of this release with the code of the release before, in a work tree of its own. The golden logs
 * hold every type and version that this release writes. What the older release does not know must make a board read-only;
 * what it knows it must read. The release before is the newest tag `release-*` behind HEAD, or the argument. Without one
 * nothing was released, so nothing can be rolled back to.
 */
const release = process.argv[2] ?? newestRelease();
if (!release) {
  console.log("no earlier release (no tag release-* behind HEAD): there is nothing to roll back to");
} else {
  rehearse(release);
}

function rehearse(older: string): void {
  const folder = mkdtempSync(join(tmpdir(), "chipin-rollback-"));
  const tree = join(folder, "tree");
  try {
    git("worktree", "add", "--quiet", "--detach", tree, older);
    symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
    const logs = readdirSync(join(ROOT, LOGS)).flatMap(
      (file) => JSON.parse(readFileSync(join(ROOT, LOGS, file), "utf8")).logs,
    );
    writeFileSync(join(folder, "logs.json"), JSON.stringify(logs));
    const args = [join(import.meta.dirname, "older-release.ts"), join(folder, "logs.json"), tree];
    const lines = execFileSync(process.execPath, args, { cwd: tree, encoding: "utf8", stdio: "pipe" })
      .trim()
      .split("\n");
    const [read, ...problems] = lines.toReversed();
    console.log(`${older} ${read} golden logs to their end; the others make a board read-only`);
    if (problems.length === 0) return;
    console.error(`a rollback to ${older} would break boards:\n${problems.toReversed().join("\n")}`);
    console.error("Let the release before read the event first. (docs/deploy.md, Events and releases)");
    process.exitCode = 1;
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    console.error(
      `${older} could not be tried; is it a commit with src/domain/board/read-event.ts?\n${said.slice(0, 500)}`,
    );
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    git("worktree", "prune");
  }
}

/** Not the tag of HEAD itself. A shallow clone has no tags, as a first release has none. */
function newestRelease(): string | null {
  try {
    return git("describe", "--tags", "--abbrev=0", "--match", "release-*", "HEAD~1");
  } catch {
    return null;
  }
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}
