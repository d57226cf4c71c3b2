import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Which room may import which. A room is a folder of `src/`, `http/` counting as one, or a top-level folder. A folder
 * without a row here fails the test, so a new room states its place before it has a second file.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  database: ["domain"],
  privacy: ["domain", "database"],
  platform: ["domain", "database", "privacy"],
  audit: ["domain", "database", "platform"],
  "rate-limits": ["domain", "platform"],
  payments: ["domain", "database", "platform", "audit"],
  fraud: ["domain", "database", "platform", "audit", "rate-limits"],
  wire: ["domain"],
  boards: ["domain", "database", "platform", "payments"],
  media: ["domain", "database", "platform", "privacy", "webhooks", "boards"],
  accounts: ["domain", "database", "platform", "privacy", "audit", "rate-limits", "webhooks", "mail"],
  gifts: ["domain", "platform"],
  mail: ["domain", "database", "platform", "privacy", "payouts"],
  webhooks: ["domain", "database", "platform", "privacy", "wire"],
  projection: ["domain", "database", "platform", "privacy", "wire", "mail"],
  reconciliation: ["domain", "database", "platform", "payments", "boards"],
  refunds: ["domain", "database", "platform", "payments", "boards"],
  payouts: ["domain", "database", "platform", "privacy", "audit", "payments", "wire", "boards"],
  receipts: ["domain", "platform", "privacy"],
  checkout: ["domain", "platform", "payments", "boards", "fraud", "rate-limits", "reconciliation"],
  operations: [
    "domain",
    "database",
    "platform",
    "privacy",
    "audit",
    "payments",
    "boards",
    "media",
    "refunds",
    "payouts",
    "reconciliation",
    "accounts",
  ],
  wizard: ["domain", "database", "platform", "privacy", "accounts", "boards", "media", "gifts", "payouts"],
  browser: ["domain"],
  http: [
    "domain",
    "database",
    "platform",
    "privacy",
    "audit",
    "rate-limits",
    "payments",
    "fraud",
    "wire",
    "browser",
    "boards",
    "media",
    "accounts",
    "gifts",
    "wizard",
    "webhooks",
    "checkout",
    "receipts",
    "reconciliation",
    "payouts",
    "operations",
  ],
  jobs: [
    "domain",
    "database",
    "platform",
    "privacy",
    "payments",
    "accounts",
    "boards",
    "media",
    "mail",
    "webhooks",
    "reconciliation",
    "refunds",
    "payouts",
    "operations",
  ],
  queues: ["database", "platform", "mail", "webhooks", "boards", "media", "operations"],
  "durable-objects": ["domain", "database", "platform", "privacy", "payments", "projection", "rate-limits", "boards"],
  // The partners' client: no code of the Worker is in it, and none of it in the Worker.
  sdk: [],
  "src/index.ts": ["domain", "platform", "http", "jobs", "queues", "durable-objects"],
};

/** Packages that only these rooms may use. */
const ONLY_IN: readonly { packages: RegExp; rooms: readonly string[] }[] = [
  { packages: /^(hono|@hono\/.*)(\/.*)?$/, rooms: ["http"] },
  {
    packages: /^(drizzle-orm|@neondatabase\/.*)(\/.*)?$/,
    rooms: Object.keys(MAY_IMPORT).filter((room) => !["domain", "http", "wire", "queues", "checkout"].includes(room)),
  },
  { packages: /^cloudflare:/, rooms: ["durable-objects"] },
  { packages: /^(openapi-fetch|@chipin\/.*)$/, rooms: ["sdk"] },
];

/** `domain/` is pure: hashing is the only thing it takes from Node. */
const DOMAIN_PACKAGES = ["node:crypto", "uuid", "zod/mini"];

const ROOT = join(import.meta.dirname, "..");
const PRODUCT = ["src", "queues", "durable-objects", "sdk/src"];
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;

type Import = { from: string; to: string };

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => join(folder, path));
}

function roomOf(path: string): string {
  const [top = "", second = "", ...rest] = path.split("/");
  if (top !== "src") return top;
  return rest.length > 0 ? second : path;
}

function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map(([, specifier = ""]) => ({ from: path, to: targetOf(path, specifier) }));
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith("#")) return `src/${specifier.slice(1)}.ts`;
  return specifier.startsWith(".") ? relative(ROOT, join(ROOT, dirname(path), specifier)) : specifier;
}

/** Why this import is not allowed; null when it is. */
function objection({ from, to }: Import): string | null {
  const room = roomOf(from);
  const allowed = MAY_IMPORT[room];
  if (!allowed) return `${from}: the room "${room}" has no row in MAY_IMPORT`;
  const isFile = existsSync(join(ROOT, to)) || to.includes("/") ? /\.tsx?$/.test(to) : false;
  if (isFile) {
    const target = roomOf(to);
    return target === room || allowed.includes(target) ? null : `${from} may not import ${to}`;
  }
  if (room === "browser") return `${from} may not import ${to}: a page downloads all that its scripts import`;
  if (room === "sdk" && to !== "openapi-fetch") return `${from} may not import ${to}: a partner installs it too`;
  if (room === "domain" && !DOMAIN_PACKAGES.includes(to)) return `${from} may not import ${to}: domain/ is pure`;
  const rule = ONLY_IN.find(({ packages }) => packages.test(to));
  return rule && !rule.rooms.includes(room) ? `${from} may not import ${to}` : null;
}

describe("the rooms and their direction", () => {
  it("every import of the product goes the way the table allows", () => {
    const imports = PRODUCT.flatMap(sourceFiles).flatMap((path) =>
      importsOf(path, readFileSync(join(ROOT, path), "utf8")),
    );
    expect(imports.length).toBeGreaterThan(500);
    expect(imports.map(objection).filter((found) => found !== null)).toEqual([]);
  });

  it("no room depends on itself through others", () => {
    const cycles = Object.keys(MAY_IMPORT).filter((room) => {
      const seen = new Set<string>();
      const waiting = [...(MAY_IMPORT[room] ?? [])];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (next === room) return true;
        if (!seen.has(next)) waiting.push(...(MAY_IMPORT[next] ?? []));
        seen.add(next);
      }
      return false;
    });
    expect(cycles).toEqual([]);
  });

  it.each([
    ["src/new-room/thing.ts", "#domain/money"],
    ["src/domain/board/rule.ts", "../../platform/log.ts"],
    ["src/domain/rule.ts", "drizzle-orm"],
    ["src/domain/rule.ts", "node:fs"],
    ["src/database/rule.ts", "#boards/read-board"],
    ["src/fraud/rule.ts", "#http/app"],
    ["src/mail/rule.ts", "hono"],
    ["src/http/partner-api/rule.ts", "drizzle-orm"],
    ["src/http/rule.ts", "../../durable-objects/dream-board.ts"],
    ["src/payments/rule.ts", "../../local/platform.ts"],
    ["src/boards/rule.ts", "../../test/support/database.ts"],
    ["src/browser/script.ts", "../http/guest-pages/copy.ts"],
    ["src/browser/script.ts", "zod"],
    ["sdk/src/client.ts", "../../src/domain/money.ts"],
    ["sdk/src/client.ts", "node:crypto"],
    ["src/http/partner-api/rule.ts", "../../../sdk/src/types.ts"],
  ])("a file %s that imports %s is refused", (from, specifier) => {
    expect(objection({ from, to: targetOf(from, specifier) })).not.toBeNull();
  });

  it("a simulator shares no code with the product", () => {
    const shared = sourceFiles("local/simulators")
      .flatMap((path) => importsOf(path, readFileSync(join(ROOT, path), "utf8")))
      .filter(({ to }) => PRODUCT.some((folder) => to.startsWith(`${folder}/`)));
    expect(shared).toEqual([]);
  });
});
