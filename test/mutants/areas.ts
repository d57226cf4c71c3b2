import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A part of the product that gets its share of every sample. */
export type Area = {
  name: string;
  folder: string;
  /** Folders inside that are areas of their own. */
  except?: readonly string[];
  /** The folders of tests that mirror it; they run first. */
  tests: readonly string[];
};

export const AREAS: readonly Area[] = [
  { name: "domain/board", folder: "src/domain/board", tests: ["test/domain/board"] },
  { name: "domain", folder: "src/domain", except: ["src/domain/board"], tests: ["test/domain"] },
  { name: "projection", folder: "src/projection", tests: ["test/projection"] },
  { name: "refunds", folder: "src/refunds", tests: ["test/refunds"] },
  { name: "reconciliation", folder: "src/reconciliation", tests: ["test/reconciliation"] },
  { name: "webhooks", folder: "src/webhooks", tests: ["test/webhooks"] },
  { name: "payments", folder: "src/payments", tests: ["test/payments"] },
  { name: "payouts", folder: "src/payouts", tests: ["test/payouts"] },
  { name: "boards", folder: "src/boards", tests: ["test/boards"] },
  { name: "accounts", folder: "src/accounts", tests: ["test/accounts"] },
  { name: "partner-api", folder: "src/http/partner-api", tests: ["test/http/partner-api"] },
  { name: "guest-pages", folder: "src/http/guest-pages", tests: ["test/http/guest-pages"] },
  { name: "checkout", folder: "src/checkout", tests: ["test/checkout", "test/http/guest-pages"] },
  { name: "operations", folder: "src/operations", tests: ["test/operations", "test/http/operator"] },
  { name: "fraud", folder: "src/fraud", tests: ["test/fraud"] },
  { name: "durable-objects", folder: "durable-objects", tests: ["test/durable-objects", "test/workers"] },
];

/** The TypeScript files of an area, from the root of the project. @throws when the folder does not exist */
export function filesOf({ name, folder, except = [] }: Area, root: string): string[] {
  if (!existsSync(join(root, folder))) throw new Error(`The folder ${folder} of the area "${name}" does not exist`);
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => /\.tsx?$/.test(path) && !except.some((other) => path.startsWith(`${other}/`)))
    .sort();
}
