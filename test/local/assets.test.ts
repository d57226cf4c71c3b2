import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SCRIPTS, STYLE } from "../../src/http/ui/asset-manifest.ts";

const HASHED = /^\/assets\/[a-z0-9-]+-[A-Z0-9]{8}\.(js|css|woff2)$/;
const ADDRESSES = Object.values(SCRIPTS);
const read = (address: string) => readFileSync(`public${address}`, "utf8");

describe("the built assets", () => {
  it("the names of all built assets contain a hash of their content", () => {
    const loaded = [...STYLE.matchAll(/url\("?(\/[^")]+)"?\)/g)].map(([, address = ""]) => address);

    expect(loaded).toHaveLength(3);
    const documentation = ["docs/index.html", "docs/reference.html"].flatMap((page) =>
      [...readFileSync(`public/${page}`, "utf8").matchAll(/"(\/assets\/[^"]+)"/g)].map(([, address = ""]) => address),
    );
    const named = [...new Set([...ADDRESSES, ...loaded, ...documentation])];
    for (const address of named) expect(address).toMatch(HASHED);
    const served = readdirSync("public/assets").map((name) => `/assets/${name}`);
    expect(served.toSorted()).toEqual(named.toSorted());
  });

  it("only the built assets are served as immutable", () => {
    const rules = new Map(
      [...readFileSync("public/_headers", "utf8").matchAll(/^(\/\S+)\n {2}Cache-Control: (.*)$/gm)].map(
        ([, path, policy]) => [path, policy],
      ),
    );

    const kept = [...rules].filter(([, policy]) => policy?.includes("immutable")).map(([path]) => path);
    expect(kept).toEqual(["/assets/*"]);
  });

  it("the built scripts are classic scripts without imports, exports or source maps", () => {
    for (const address of Object.values(SCRIPTS))
      expect(read(address)).not.toMatch(/\bimport\b|\bexport\b|sourceMapping/);
  });
});
