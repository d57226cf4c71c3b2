import { describe, expect, it } from "vitest";
import {
  daysLine,
  isFundedScene,
  nameLine,
  peopleLine,
  raisedLine,
  sceneOf,
  unnamedLine,
} from "#browser/shared/live-view";
import { cents } from "#domain/money";
import { CHARITY_VIEW, CLOSED_VIEW, GIFT_VIEW } from "../http/guest-pages/views.ts";

describe("sceneOf", () => {
  const NOBODY_YET = { ...GIFT_VIEW, percent: 0, contributors: [], contributionCount: 0 };
  const FULL_CAUSE = { ...GIFT_VIEW, percent: 100, fullyFunded: true };

  it("differs for views whose pages have different shapes", () => {
    const scenes = [GIFT_VIEW, NOBODY_YET, FULL_CAUSE, CHARITY_VIEW, CLOSED_VIEW].map(sceneOf);

    expect(new Set(scenes).size).toBe(scenes.length);
  });

  it("stays the same when only numbers and names change", () => {
    const later = { ...GIFT_VIEW, percent: 70, contributors: ["Sipho", "Gogo"], contributionCount: 6, daysLeft: 5 };

    expect(sceneOf(later)).toBe(sceneOf(GIFT_VIEW));
  });

  it.each([
    { state: "under way", view: GIFT_VIEW, funded: false },
    { state: "with nobody yet", view: NOBODY_YET, funded: false },
    { state: "in charity mode", view: CHARITY_VIEW, funded: true },
    { state: "for a cause, at its goal", view: FULL_CAUSE, funded: true },
  ])("tells whether a board $state is funded: $funded", ({ view, funded }) => {
    expect(isFundedScene(sceneOf(view))).toBe(funded);
  });
});

describe("the lines of a board page", () => {
  it("one contributor is one person, and more are people", () => {
    expect(peopleLine(1)).toBe("1 person has chipped in");
    expect(peopleLine(12)).toBe("12 people have chipped in");
  });

  it("the last day has no number", () => {
    expect(daysLine(1)).toBe("Last day");
    expect(daysLine(6)).toBe("6 days left");
  });

  it("the sum for the charity is in rand", () => {
    expect(raisedLine(cents(134_050))).toBe("At least R1,340.50 raised so far");
  });

  it("a contributor without a name is anonymous", () => {
    expect(nameLine("Gogo")).toBe("Gogo");
    expect(nameLine(null)).toBe("Anonymous");
  });

  it("contributors whose names are not listed are counted, and none are not mentioned", () => {
    expect(unnamedLine(GIFT_VIEW)).toBe("+ 2 more");
    expect(unnamedLine({ ...GIFT_VIEW, contributionCount: GIFT_VIEW.contributors.length })).toBeNull();
  });
});
