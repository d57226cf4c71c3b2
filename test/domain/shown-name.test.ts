import fc from "fast-check";
import { expect, it } from "vitest";
import { shownName } from "#domain/shown-name";
import { everyRow } from "../support/every-row.ts";

it("other guests see a first name, a title with its name, a whole family, and nothing of an address or a number", async () => {
  await everyRow(
    [
      ["Sarah M.", "Sarah"],
      ["Sarah Mokoena", "Sarah"],
      ["  Thandi  ", "Thandi"],
      ["明", "明"],
      ["🎉 Thandi", "Thandi"],
      ["Gogo Thandi", "Gogo Thandi"],
      ["Gogo", "Gogo"],
      ["Uncle Sipho Khumalo", "Uncle Sipho"],
      ["MR. Dlamini", "MR. Dlamini"],
      ["Mam’ Nomsa", "Mam’ Nomsa"],
      ["Oom Piet", "Oom Piet"],
      ["Gogo Wolfeschlegelsteinhausen", "Gogo"],
      ["The Khumalos", "The Khumalos"],
      ["Naidoo family", "Naidoo family"],
      ["Familie van Wyk", "Familie van Wyk"],
      ["Tom & Lindiwe", "Tom & Lindiwe"],
      ["The whole office of the third floor", "The whole"],
      ["Smith, John", "John"],
      ["Smith, Mr John", "Mr John"],
      ["Smith,", "Smith"],
      ["@sipho", "sipho"],
      ["thandi.naidoo@gmail.com", null],
      ["Thandi thandi@example.com", null],
      ["https://evil.example/", null],
      ["evil.example", null],
      ["www.evil.example/win", null],
      ["evil.example says hello", null],
      ["thandi.naidoo", null],
      ["J.P. Naidoo", "J.P."],
      ["Mr.Dlamini", "Mr. Dlamini"],
      ["082 555 1234", null],
      ["\u3164", null],
      ["\u2800\u115f", null],
      ["\u200b", null],
      ["❤❤❤", null],
      ["", null],
      ["   ", null],
      [null, null],
    ] as const,
    ([typed, name]) => expect(shownName(typed)).toBe(name),
  );
});

it("a shown name is part of what was typed, has a letter, and no more than two words unless it is of several people", () => {
  const word = fc.constantFrom("Gogo", "Mr", "Thandi", "Dlamini", "van", "Wyk,", "082", "❤", "@sipho", "\u3164");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (words) => {
      const typed = words.join(" ");
      const name = shownName(typed);
      if (name === null) return;
      expect(name).toMatch(/\p{L}/u);
      expect(name.split(" ").length).toBeLessThanOrEqual(2);
      for (const part of name.split(" ")) expect(typed).toContain(part);
    }),
  );
});
