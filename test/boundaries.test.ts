import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** [a file in this folder, what it imports] */
const AGAINST = [
  ["src/domain", "#database/client"],
  ["src/domain/board", "../../log.ts"],
  ["src/domain", "drizzle-orm"],
  ["src/domain", "node:fs"],
  ["src/database", "#boards/read-board"],
  ["src/payments/payfast", "#database/client"],
  ["src/payments", "#providers/provider-switches"],
  ["src/privacy", "#fraud/signals"],
  ["src/domain", "../fraud/signals.ts"],
  ["src/boards", "#http/app"],
  ["src/fraud", "#http/app"],
  ["src/providers", "../../durable-objects/provider-switch.ts"],
  ["src/boards", "../http/app.ts"],
  ["src/mail", "hono"],
  ["src/http", "#jobs/schedule"],
  ["src/http/partner-api", "drizzle-orm"],
  ["src/http", "../../durable-objects/dream-board.ts"],
  ["src/jobs", "../../queues/index.ts"],
  ["src", "./http/app.ts"],
  ["queues", "../durable-objects/dream-board.ts"],
  ["durable-objects", "../src/http/app.ts"],
  ["src/webhooks", "../../local/platform.ts"],
  ["local/simulators", "../../src/payments/payfast/signature.ts"],
] as const;

const ALONG = [
  ["src/domain/board", "../money.ts"],
  ["src/domain", "#domain/money"],
  ["src/domain", "node:crypto"],
  ["src/boards", "#database/schema"],
  ["src/http/partner-api", "#boards/read-board"],
  ["src/http/board-pages", "#fraud/contribution-attempts"],
  ["src/fraud", "#domain/rate-limit"],
  ["src/index.ts", "../durable-objects/dream-board.ts"],
  ["durable-objects", "../src/projection/project.ts"],
] as const;

const ROOT = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "chipin-boundaries-"));
let refused = "";

/** Each case becomes a file of its own in an empty tree with our linter's settings, and the linter reads them all. */
beforeAll(() => {
  const settings = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  writeFileSync(
    join(folder, "biome.json"),
    JSON.stringify({ ...settings, $schema: undefined, vcs: undefined, files: undefined }),
  );
  for (const [place, from] of [...AGAINST, ...ALONG]) {
    const path = join(folder, fileOf(place, from));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { it } from "${from}";\n\nexport const that = it;\n`);
  }
  const only = "--only=style/noRestrictedImports";
  const { stdout } = spawnSync(
    join(ROOT, "node_modules/.bin/biome"),
    ["lint", only, "--reporter=github", "--max-diagnostics=none"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  refused = stdout;
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(place: string, from: string): string {
  return place.endsWith(".ts") ? place : join(place, `${from.replace(/[^a-z]+/g, "-")}.ts`);
}

describe("the direction of the rooms", () => {
  it.each(AGAINST)("forbids %s to import %s", (place, from) => {
    expect(refused).toContain(`/${fileOf(place, from)},`);
  });

  it.each(ALONG)("allows %s to import %s", (place, from) => {
    expect(refused).not.toContain(`/${fileOf(place, from)},`);
  });
});
