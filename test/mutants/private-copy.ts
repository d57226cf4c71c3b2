import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ORDER_VARIABLE, readEvent } from "./events.ts";
import { type Mutation, mutate } from "./mutations.ts";
import type { TestProject } from "./reach.ts";

export type TestOutcome =
  | { result: "passed" }
  | { result: "failed"; file: string; test: string }
  /** The tests of this file hang, or an endless loop stops them. */
  | { result: "silent"; file: string };

/** Longer than any single test or hook needs on a busy machine. */
const SILENCE_MS = 90_000;
/** Vitest's own limits stay out of the way: a busy machine must not look like a failing test. */
const TEST_TIMEOUT_MS = 2 * SILENCE_MS;
/** After a failure the tests may still tidy up. */
const STOP_WITHIN_MS = 10_000;

/** Every file of the project that git knows or would add. */
export function projectFiles(root: string): string[] {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
    cwd: root,
    encoding: "utf8",
  });
  const deleted = execFileSync("git", ["ls-files", "-z", "--deleted"], { cwd: root, encoding: "utf8" }).split("\0");
  return list.split("\0").filter((file) => file !== "" && !deleted.includes(file));
}

/** A copy of the project in a temporary folder; the packages are linked. Mutants live only here. */
export class PrivateCopy {
  readonly #folder = mkdtempSync(join(tmpdir(), "chipin-mutants-"));
  readonly #expectedMs: Map<string, number>;
  #child: ChildProcess | null = null;

  /** @param expectedMs gets how long each test file took */
  constructor(root: string, files: readonly string[], expectedMs: Map<string, number>) {
    this.#expectedMs = expectedMs;
    for (const file of files) cpSync(join(root, file), join(this.#folder, file), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.#folder, "node_modules"));
    // Git does not know what is generated.
    execFileSync(process.execPath, ["local/build-assets.ts"], { cwd: this.#folder });
  }

  /** Does the work while the mutation is in its file. */
  async withMutation<T>(mutation: Mutation, work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, mutation.file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, mutate(text, mutation));
    try {
      return await work();
    } finally {
      writeFileSync(path, text);
    }
  }

  /** Runs test files in this order until one fails. @throws when the tests could not be run at all */
  async runTests(project: TestProject, files: readonly string[]): Promise<TestOutcome> {
    const failures: { file: string; test: string }[] = [];
    let current = files[0] ?? "";
    let isSilent = false;
    let stop: NodeJS.Timeout | undefined;
    const child = this.#start(
      "node_modules/vitest/vitest.mjs",
      [
        "run",
        "--config=test/mutants/vitest.config.ts",
        `--project=${project}`,
        "--bail=1",
        "--maxWorkers=1",
        "--silent",
        `--testTimeout=${TEST_TIMEOUT_MS}`,
        `--hookTimeout=${TEST_TIMEOUT_MS}`,
        ...files,
      ],
      { [ORDER_VARIABLE]: files.join(",") },
    );
    const silence = setTimeout(() => {
      isSilent = true;
      this.#kill();
    }, SILENCE_MS);
    const output: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => output.push(line));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = readEvent(line);
      if (!event) return output.push(line);
      silence.refresh();
      if ("file" in event) current = event.file;
      if (event.type === "finished") this.#expectedMs.set(event.file, event.ms);
      if (event.type !== "failed" && event.type !== "unhandled") return;
      failures.push({ file: current, test: event.type === "failed" ? event.test : `unhandled: ${event.message}` });
      stop ??= setTimeout(() => this.#kill(), STOP_WITHIN_MS);
    });
    const code = await this.#end(child);
    clearTimeout(silence);
    clearTimeout(stop);
    const [failure] = failures;
    if (failure) return { result: "failed", ...failure };
    if (isSilent) return { result: "silent", file: current };
    if (code !== 0) throw new Error(`vitest ended with ${code} and named no failing test:\n${output.join("\n")}`);
    return { result: "passed" };
  }

  /** Whether the types are right. */
  async compiles(): Promise<boolean> {
    const args = ["--project", ".", "--incremental", "--tsBuildInfoFile", ".mutants.tsbuildinfo"];
    const child = this.#start("node_modules/typescript/bin/tsc", args, {});
    child.stdout.resume();
    child.stderr.resume();
    return (await this.#end(child)) === 0;
  }

  remove(): void {
    this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(script: string, args: readonly string[], variables: Record<string, string>) {
    const { TEST_POSTGRES_URL: _, ...environment } = process.env;
    const child = spawn(process.execPath, [join(this.#folder, script), ...args], {
      cwd: this.#folder,
      env: { ...environment, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what tests start ends with them.
      detached: true,
    });
    this.#child = child;
    return child;
  }

  async #end(child: ChildProcess): Promise<number | null> {
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    child.once("error", reject);
    child.once("close", resolve);
    const code = await promise;
    this.#child = null;
    return code;
  }

  #kill(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The group has ended.
    }
  }
}
