import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ROOT } from "./worker/build-options.ts";

/** By renaming, outside the folder that is served: no other process sees half a file. */
export function writeIfChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const directory = mkdtempSync(join(ROOT, "node_modules/.assets-"));
  const file = join(directory, basename(path));
  writeFileSync(file, contents);
  renameSync(file, path);
  rmSync(directory, { recursive: true });
}
