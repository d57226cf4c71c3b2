import { describe, expect, it } from "vitest";
import { isFundedScene, nameLine, raisedLine, sceneOf, unnamedLine } from "#browser/shared/live-view";
import { LIVE } from "#browser/words/live-en";
import { cents } from "#domain/money";
import { CHARITY_VIEW, CLOSED_VIEW, GIFT_VIEW } from "../http/guest-pages/views.ts";

describe("sceneOf", () => {
  const NO_CONTRIBUTIONS = { ...GIFT_VIEW, percent: 0, contributors: [], contributionCount: 0 };
  const FULL_CAUSE = { ...GIFT_VIEW, percent: 100, fullyFunded: true };

  it("views whose pages have different shapes have different scenes", () => {
    const scenes = [GIFT_VIEW, NO_CONTRIBUTIONS, FULL_CAUSE, CHARITY_VIEW, CLOSED_VIEW].map(sceneOf);

    expect(new Set(scenes).size).toBe(scenes.length);
  });

  it("a view with another photo, message or picture of the gift has another scene", () => {
    const { gift } = GIFT_VIEW;
    const edits = [
      {},
      { photoUrl: "/pictures/maya-2.jpg" },
      { hostMessage: "See you there" },
      { deadline: "2027-01-31T21:59:59Z" },
      { gift: gift && { ...gift, image: "/pictures/treehouse-2.jpg" } },
    ];
    const scenes = edits.map((edit) => sceneOf({ ...GIFT_VIEW, ...edit }));

    expect(new Set(scenes).size).toBe(scenes.length);
  });

  it("a view with only other numbers and names keeps its scene", () => {
    const later = { ...GIFT_VIEW, percent: 70, contributors: ["Sipho", "Gogo"], contributionCount: 6, daysLeft: 5 };

    expect(sceneOf(later)).toBe(sceneOf(GIFT_VIEW));
  });

  it.each([
    { state: "that is under way", view: GIFT_VIEW, funded: false },
    { state: "without contributions", view: NO_CONTRIBUTIONS, funded: false },
    { state: "in charity mode", view: CHARITY_VIEW, funded: true },
    { state: "for a cause at its goal", view: FULL_CAUSE, funded: true },
  ])("isFundedScene is $funded for a board $state", ({ view, funded }) => {
    expect(isFundedScene(sceneOf(view))).toBe(funded);
  });
});

describe("the lines of a board page", () => {
  it("the people line says person for one contributor and people for more", () => {
    expect(LIVE.people(1)).toBe("1 person has chipped in");
    expect(LIVE.people(12)).toBe("12 people have chipped in");
  });

  it("the days line counts the days and says last day for the last one", () => {
    expect(LIVE.days(1)).toBe("Last day");
    expect(LIVE.days(6)).toBe("6 days left");
  });

  it("the charity line shows the sum in rand", () => {
    expect(raisedLine(LIVE, cents(134_050))).toBe("At least R1,340.50 raised so far");
  });

  it("a contributor without a name is shown as anonymous", () => {
    expect(nameLine(LIVE, "Gogo")).toBe("Gogo");
    expect(nameLine(LIVE, null)).toBe("Anonymous");
  });

  it("contributors who are not listed are counted, and the line is absent when all are listed", () => {
    expect(unnamedLine(LIVE, GIFT_VIEW)).toBe("+ 2 more");
    expect(unnamedLine(LIVE, { ...GIFT_VIEW, contributionCount: GIFT_VIEW.contributors.length })).toBeNull();
  });
});
