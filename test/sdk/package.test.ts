import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_VERSION } from "../../sdk/src/index.ts";
import { installClient } from "./installed-client.ts";

const folder = mkdtempSync(join(tmpdir(), "chipin-client-"));
let installed: Awaited<ReturnType<typeof installClient>>;
beforeAll(async () => {
  installed = await installClient(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const binary = (name: string, path: string) =>
  join(createRequire(import.meta.url).resolve(`${name}/package.json`), "..", path);
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe("the client as it is published", () => {
  it("its package has the code and the types of both kinds of module, its page, and nothing else", () => {
    const kinds = ["api", "client", "errors", "index", "retries", "types", "webhooks"];
    const types = kinds.flatMap((name) => [`dist/${name}.d.cts`, `dist/${name}.d.ts`]);
    expect(installed.files).toEqual(
      ["README.md", "dist/index.cjs", "dist/index.js", "package.json", ...types].toSorted(),
    );
  });

  it("it can be imported and required", () => {
    write("esm.mjs", `import { API_VERSION, ChipIn } from "@chipin/client"; console.log(API_VERSION, typeof ChipIn);`);
    write(
      "cjs.cjs",
      `const { API_VERSION, ChipIn } = require("@chipin/client"); console.log(API_VERSION, typeof ChipIn);`,
    );
    const printed = ["esm.mjs", "cjs.cjs"].map((file) =>
      execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" }),
    );
    expect(printed).toEqual(Array(2).fill(`${API_VERSION} function\n`));
  });

  it("its types are found and hold in modules of both kinds", () => {
    const use = `
export const raised = async (chipin: ChipIn): Promise<number> =>
  (await chipin.get("/dream-boards/{id}", { path: { id: "db_1" } })).data.raised_cents;
export const titleOf = (event: WebhookEvent): string => (event.type === "pot.funded" ? event.data.child_name : event.type);
// @ts-expect-error: no such field
export const wrong = (event: WebhookEvent) => event.nothing;
`;
    write("typed.mts", `import type { ChipIn, WebhookEvent } from "@chipin/client";${use}`);
    write("typed.cts", `import type { ChipIn, WebhookEvent } from "@chipin/client";${use}`);
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node"];
    const { status, stdout } = spawnSync(
      process.execPath,
      [binary("typescript", "bin/tsc"), ...options, "typed.mts", "typed.cts"],
      { cwd: folder, encoding: "utf8" },
    );
    expect([status, stdout]).toEqual([0, ""]);
  });

  it("publint and arethetypeswrong find nothing to say about it", async () => {
    const { messages } = await publint({ pkgDir: join(folder, "package"), pack: false });
    expect(messages).toEqual([]);

    const attw = binary("@arethetypeswrong/cli", "dist/index.js");
    const { status, stdout } = spawnSync(process.execPath, [attw, installed.tarball, "--format", "ascii"], {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, expect.stringContaining("No problems found")]);
  });

  it("with all it needs it is at most 6 KB of compressed code", async () => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: 'export * from "@chipin/client"', resolveDir: folder },
      bundle: true,
      minify: true,
      format: "esm",
      write: false,
    });
    expect(gzipSync(outputFiles[0]?.contents ?? "").length).toBeLessThanOrEqual(6 * 1024);
  });
});
