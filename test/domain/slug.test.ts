import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boardCode, newId } from "#domain/ids";
import { boardSlug, codeOfSlug, RESERVED_WORDS } from "#domain/slug";
import { createApp } from "../../src/http/app.ts";

describe("RESERVED_WORDS", () => {
  const NAMES = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...RESERVED_WORDS));

  it("the slug of a board is never a reserved word, whatever the name of the child is", () => {
    fc.assert(
      fc.property(
        NAMES,
        fc.date({ min: new Date("2026-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
        (name, at) => {
          expect(RESERVED_WORDS).not.toContain(boardSlug(name, boardCode(newId(at))));
        },
      ),
    );
  });

  it.each(RESERVED_WORDS)("the reserved word %s is not read as a slug", (word) => {
    expect(codeOfSlug(word)).toBeNull();
  });

  it("the first path segment of every route and every public file is a reserved word", () => {
    const app = createApp({
      servicesFor: () => expect.fail("no request is made"),
      jobs: { names: [], run: async () => null, expected: () => [] },
    });
    const routed = app.routes.map(({ path }) => path.split("/")[1] ?? "").filter((word) => !/^(|\*|:.*)$/.test(word));
    const served = readdirSync("public").filter((name) => name !== "_headers");

    expect(routed.length).toBeGreaterThan(0);
    expect([...new Set([...routed, ...served])].filter((word) => !RESERVED_WORDS.includes(word))).toEqual([]);
  });

  it("the reserved words are sorted and unique", () => {
    expect(RESERVED_WORDS).toEqual([...new Set(RESERVED_WORDS)].toSorted((a, b) => a.localeCompare(b, "en")));
  });
});
