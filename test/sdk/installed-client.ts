import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { buildClient } from "../../local/sdk/build-client.ts";

/** Builds, packs and installs the client into `folder`, as a partner would. @returns the tarball and the files in it */
export async function installClient(folder: string): Promise<{ tarball: string; files: string[] }> {
  const built = join(folder, "built");
  await buildClient(built);
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: built,
    encoding: "utf8",
  });
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@chipin"), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  cpSync(join(folder, "package"), join(modules, "@chipin/client"), { recursive: true });
  for (const name of ["openapi-fetch", "openapi-typescript-helpers", "@types"])
    symlinkSync(join(process.cwd(), "node_modules", name), join(modules, name));
  const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
  return { tarball, files: files.map(({ path }) => path).toSorted() };
}
