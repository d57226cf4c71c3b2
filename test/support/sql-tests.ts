import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const TESTS = join(import.meta.dirname, "..");
/** The modules that start a Postgres for a test. */
const STARTS_POSTGRES = ["support/database.ts", "support/api.ts", "support/workers-setup.ts"].map((file) =>
  join(TESTS, file),
);
const RELATIVE_IMPORT = /\bfrom\s+"(\.[^"]+)"/g;

/** The test files that run SQL: those that import, directly or indirectly, a module that starts a Postgres. */
export function sqlTests(): string[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((path) => /\.test\.tsx?$/.test(path));
  return files.filter((file) => reaches(join(TESTS, file), new Set())).map((file) => join("test", file));
}

function reaches(file: string, seen: Set<string>): boolean {
  if (STARTS_POSTGRES.includes(file)) return true;
  if (seen.has(file) || !file.startsWith(TESTS) || !existsSync(file)) return false;
  seen.add(file);
  const imports = [...readFileSync(file, "utf8").matchAll(RELATIVE_IMPORT)].map(([, path = ""]) => path);
  return imports.some((path) => reaches(join(dirname(file), path), seen));
}
