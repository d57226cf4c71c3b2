import { join, relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type Reporter, type TestCase, type TestModule, type TestSpecification } from "vitest/node";
import project from "../../vitest.config.ts";
import { EVENT_PREFIX, ORDER_VARIABLE, type TestEvent } from "./events.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Runs the files in the order the tool wants: those that probably fail, and fail soon, first. */
class GivenOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = (process.env[ORDER_VARIABLE] ?? "").split(",");
    const placeOf = ({ moduleId }: TestSpecification) => order.indexOf(relative(ROOT, moduleId));
    return [...files].sort((a, b) => placeOf(a) - placeOf(b));
  }
}

const events: Reporter = {
  onTestModuleQueued: (module) => report({ type: "progress", file: fileOf(module) }),
  onTestModuleCollected: (module) => report({ type: "progress", file: fileOf(module) }),
  onTestCaseResult(test: TestCase) {
    const file = fileOf(test.module);
    if (test.result().state === "failed") report({ type: "failed", file, test: test.fullName });
    else report({ type: "progress", file });
  },
  onTestModuleEnd(module) {
    const { duration, collectDuration, setupDuration } = module.diagnostic();
    const file = fileOf(module);
    // Of a file that cannot be loaded no test fails.
    if (module.state() === "failed") report({ type: "failed", file, test: "" });
    report({ type: "finished", file, ms: Math.round(duration + collectDuration + setupDuration) });
  },
  onTestRunEnd(_modules, unhandledErrors) {
    for (const { message } of unhandledErrors) report({ type: "unhandled", message });
  },
};

export default defineConfig({
  ...project,
  root: ROOT,
  // node_modules is shared by all private copies.
  cacheDir: join(ROOT, ".vitest"),
  test: { ...project.test, sequence: { sequencer: GivenOrder }, reporters: [events] },
});

function fileOf({ moduleId }: TestModule): string {
  return relative(ROOT, moduleId);
}

function report(event: TestEvent): void {
  process.stdout.write(`${EVENT_PREFIX}${JSON.stringify(event)}\n`);
}
