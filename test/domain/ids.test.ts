import { describe, expect, it } from "vitest";
import {
  boardCode,
  codeOfPublicId,
  codeOfReference,
  derivedId,
  newId,
  parsePublicId,
  paymentReference,
  publicId,
} from "#domain/ids";
import { boardSlug, codeOfSlug } from "#domain/slug";

const NOW = new Date("2026-06-01T10:00:00Z");

describe("public ids", () => {
  it("parsePublicId returns the UUID of a public id", () => {
    const id = newId(NOW);

    expect(publicId("board", id)).toMatch(/^db_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(parsePublicId("board", publicId("board", id))).toBe(id);
    expect(parsePublicId("board", id.toUpperCase())).toBe(id);
  });

  it.each([
    ["board", "db"],
    ["contribution", "con"],
    ["payout", "po"],
    ["webhookEndpoint", "wh"],
    ["event", "evt"],
    ["apiKey", "key"],
    ["request", "req"],
  ] as const)("the public id of a %s begins with %s", (kind, prefix) => {
    expect(publicId(kind, newId(NOW)).split("_")[0]).toBe(prefix);
  });

  it.each([
    "",
    "db_",
    "con_01h455vb4pex5vsknk084sn02q",
    "db_01h455vb4pex5vsknk084sn02",
    "db_81h455vb4pex5vsknk084sn02q",
    "maya",
  ])("parsePublicId returns null for %j", (text) => {
    expect(parsePublicId("board", text)).toBeNull();
  });
});

describe("board codes", () => {
  it("an id, a slug and a payment reference of a board contain the same board code", () => {
    const board = newId(NOW);
    const code = boardCode(board);

    expect(codeOfPublicId(publicId("board", board))).toBe(code);
    expect(publicId("board", board).endsWith(code)).toBe(true);
    expect(codeOfSlug(boardSlug("Maya", code))).toBe(code);
    expect(codeOfReference(paymentReference(code, newId(NOW)))).toBe(code);
  });

  it("a payment reference has 20 letters and digits, which every provider accepts", () => {
    expect(paymentReference(boardCode(newId(NOW)), newId(NOW))).toMatch(/^[0-9a-z]{20}$/);
  });
});

describe("boardSlug", () => {
  it.each([
    ["Maya", "maya-birthday-8k3m9q2rtw"],
    ["Anaïs-Zoë", "anais-zoe-birthday-8k3m9q2rtw"],
    ["O'Neil  van Wyk", "o-neil-van-wyk-birthday-8k3m9q2rtw"],
    ["Łukasz", "lukasz-birthday-8k3m9q2rtw"],
    ["Øystein", "oystein-birthday-8k3m9q2rtw"],
    ["Đức", "duc-birthday-8k3m9q2rtw"],
    ["Straße", "strasse-birthday-8k3m9q2rtw"],
    ["Þóra Æsa", "thora-aesa-birthday-8k3m9q2rtw"],
    ["日本", "dream-birthday-8k3m9q2rtw"],
    ["--", "dream-birthday-8k3m9q2rtw"],
    ["x".repeat(200), `${"x".repeat(60)}-birthday-8k3m9q2rtw`],
  ])("the slug of a board for %j is %s", (name, slug) => {
    expect(boardSlug(name, "8k3m9q2rtw")).toBe(slug);
  });
});

describe("codeOfSlug", () => {
  it.each(["", "maya", "maya-birthday-short", "maya-birthday-8k3m9q2rtu", "../8k3m9q2rtw", "a-8k3m9q2rtwx"])(
    "codeOfSlug returns null for %j",
    (slug) => {
      expect(codeOfSlug(slug)).toBeNull();
    },
  );
});

describe("derivedId", () => {
  it("derivedId is equal for equal parts and different for another part or instant", () => {
    const id = derivedId(NOW, "board", 7, "mail");

    expect(derivedId(NOW, "board", 7, "mail")).toBe(id);
    expect(derivedId(NOW, "board", 8, "mail")).not.toBe(id);
    expect(derivedId(new Date(NOW.getTime() + 1), "board", 7, "mail")).not.toBe(id);
    expect(parsePublicId("event", publicId("event", id))).toBe(id);
  });
});
