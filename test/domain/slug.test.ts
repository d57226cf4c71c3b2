import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boardCode, newId } from "#domain/ids";
import { boardSlug, codeOfSlug, RESERVED_WORDS } from "#domain/slug";
import { createApp } from "../../src/http/app.ts";

describe("RESERVED_WORDS", () => {
  const NAMES = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...RESERVED_WORDS));

  it("the slug of a board never equals one of them, whatever the child is called", () => {
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

  it.each(RESERVED_WORDS)("%s is read as the slug of no board", (word) => {
    expect(codeOfSlug(word)).toBeNull();
  });

  it("has the first word of every route and of every public file", () => {
    const app = createApp({
      servicesFor: () => expect.fail("no request is made"),
      jobs: { names: [], run: async () => null },
    });
    const routed = app.routes.map(({ path }) => path.split("/")[1] ?? "").filter((word) => !/^(|\*|:.*)$/.test(word));
    const served = readdirSync("public").filter((name) => name !== "_headers");

    expect(routed.length).toBeGreaterThan(0);
    expect([...new Set([...routed, ...served])].filter((word) => !RESERVED_WORDS.includes(word))).toEqual([]);
  });

  it("has each word once, in order", () => {
    expect(RESERVED_WORDS).toEqual([...new Set(RESERVED_WORDS)].toSorted((a, b) => a.localeCompare(b, "en")));
  });
});
