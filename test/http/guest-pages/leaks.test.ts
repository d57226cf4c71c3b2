import { describe, expect, it } from "vitest";
import type { BoardStatus } from "#domain/board/lifecycle";
import type { BoardProfile } from "#domain/board/profile";
import { publicView } from "#domain/board/public-view";
import { type BoardState, unopenedBoard } from "#domain/board/state";
import { cents } from "#domain/money";
import { renderBoardPage } from "../../../src/http/guest-pages/board-page.tsx";
import { shareText } from "../../../src/http/guest-pages/copy.ts";
import type { PageSite } from "../../../src/http/guest-pages/site.ts";
import { renderThanksPage } from "../../../src/http/guest-pages/thanks-page.tsx";
import { RAND, readableText, SITES } from "./views.ts";

const NOW = new Date("2026-12-01T08:00:00Z");
const GOAL = cents(249_900);
const GIFT_NAME = "Scarlet bicycle";
const GIFT_IMAGE = "/images/demo/bicycle.webp";

const PROFILE: BoardProfile = {
  slug: "maya-birthday-8k3m9q2rtw",
  childName: "Maya",
  childPhotoUrl: "/images/demo/maya.webp",
  birthdayDate: "2026-12-13",
  gift: {
    type: "takealot_product",
    productUrl: "https://www.takealot.com/x/PLID91234567",
    productName: GIFT_NAME,
    productImage: GIFT_IMAGE,
    productPrice: GOAL,
  },
  overflowGift: { causeId: "greenpop", causeName: "Plant Trees", impactDescription: "Plant 10 trees" },
  message: "Thank you!",
  payoutEmail: "lerato@family.example",
  karriCardCiphertext: null,
};

/** The pages of a board with a goal of R2,499 that has raised `raised` cents from Thandi Mokoena. */
function pagesOf(site: PageSite, status: BoardStatus, raised: number) {
  const state: BoardState = {
    ...unopenedBoard(),
    terms: {
      boardId: "b",
      partnerId: "p",
      hostId: "h",
      giftType: "takealot_product",
      payoutMethod: "takealot_gift_card",
      goal: GOAL,
      openedAt: "2026-11-01T08:00:00.000Z",
      hostSince: null,
      sandbox: false,
    },
    status,
    deadline: new Date("2026-12-13T21:59:59Z"),
    counted: cents(raised),
    contributionCount: 1,
    shown: { payable: cents(raised), contributionCount: 1, at: NOW.toISOString() },
    newestContributors: ["c"],
  };
  const view = publicView({ state, profile: PROFILE, nameOf: () => "Thandi Mokoena" }, NOW);
  if (!view) throw new Error("an open board has a view");
  const board = renderBoardPage({ view, site });
  return {
    board,
    thanks: renderThanksPage({ view, site, receipt: null, isPayer: false }),
    share: shareText(view, site.words),
  };
}

describe.each(SITES)("private data on guest pages in $words.frame.locale (product-facts 4)", (site) => {
  it.each([
    { status: "active" as const, raised: 100_000 },
    { status: "active" as const, raised: 249_899 },
    { status: "closed" as const, raised: 100_000 },
    { status: "closed" as const, raised: 300_000 },
    { status: "paid_out" as const, raised: 300_000 },
    { status: "expired" as const, raised: 0 },
    { status: "cancelled" as const, raised: 300_000 },
  ])("guests see no amount of a board that is $status with $raised cents", ({ status, raised }) => {
    const { board, thanks, share } = pagesOf(site, status, raised);

    for (const text of [readableText(board), readableText(thanks), share]) expect(text).not.toMatch(RAND);
    for (const html of [board, thanks]) expect(html).not.toMatch(/2,?499|249,?900|1,?000\b|100,?000|3,?000\b|300,?000/);
  });

  it.each([249_900, 300_000])(
    "guests of a funded board with %i cents see no gift and only the charity's amount",
    (raised) => {
      const { board, thanks, share } = pagesOf(site, "funded", raised);

      for (const text of [board, thanks, share]) {
        expect(text).not.toContain(GIFT_NAME);
        expect(text).not.toContain(GIFT_IMAGE);
        expect(text).not.toContain("takealot");
      }
      const beyond = raised === 249_900 ? [] : ["R500"];
      expect(readableText(board).match(/R\d[\d,.]*/g) ?? []).toEqual(beyond);
      expect(readableText(thanks)).not.toMatch(RAND);
    },
  );

  it.each(["closed", "paid_out"] as const)("the page of a %s board past its goal does not show the gift", (status) => {
    expect(pagesOf(site, status, 300_000).board).not.toMatch(/Scarlet|bicycle/);
  });

  it.each(["active", "funded", "closed"] as const)(
    "a board that is %s shows no full name or payout e-mail",
    (status) => {
      expect(pagesOf(site, status, 300_000).board).not.toMatch(/Mokoena|lerato@/);
    },
  );
});
