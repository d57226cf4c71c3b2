import { describe, expect, it } from "vitest";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { cents } from "#domain/money";
import { renderBoardPage } from "../../../src/http/guest-pages/board-page.tsx";
import { renderChallengePage } from "../../../src/http/guest-pages/challenge-page.tsx";
import { renderFormCheckout, renderQrCheckout, renderResume } from "../../../src/http/guest-pages/checkout-page.tsx";
import { renderContributePage } from "../../../src/http/guest-pages/contribute-page.tsx";
import { renderLandingPage } from "../../../src/http/guest-pages/landing-page.tsx";
import {
  renderClosedMeanwhile,
  renderNotFound,
  renderPaymentFailed,
  renderPaymentsUnavailable,
  renderTooManyAttempts,
} from "../../../src/http/guest-pages/message-page.tsx";
import { renderReturned } from "../../../src/http/guest-pages/returned-page.tsx";
import type { PageSite } from "../../../src/http/guest-pages/site.ts";
import { renderTestPayment } from "../../../src/http/guest-pages/test-payment-page.tsx";
import { renderThanksPage } from "../../../src/http/guest-pages/thanks-page.tsx";
import {
  CANCELLED_VIEW,
  CAUSE_VIEW,
  CHARITY_VIEW,
  CLOSED_FUNDED_VIEW,
  CLOSED_VIEW,
  ENGLISH_WORDS,
  EXPIRED_VIEW,
  GIFT_VIEW,
  RAND,
  RECEIPT,
  readableText,
  SITES,
} from "./views.ts";

/** The view with names that belong to no language: what remains is ours. */
function named(view: PublicView): PublicView {
  const gift = view.gift && { ...view.gift, name: "Xylo", organisation: "Org", description: "Zz", impact: "Zz" };
  const charity = view.charity && {
    ...view.charity,
    name: "Xylo",
    organisation: "Org",
    description: "Zz",
    impact: "Zz",
  };
  return { ...view, hostMessage: "Zz", gift, charity };
}

const VIEWS: Readonly<Record<string, PublicView>> = {
  open: GIFT_VIEW,
  new: { ...GIFT_VIEW, percent: 0, contributors: [], contributionCount: 0 },
  started: { ...GIFT_VIEW, percent: 0 },
  "on its last day": { ...GIFT_VIEW, daysLeft: 1, deadline: "2026-12-13T12:00:00.000Z" },
  "for a Karri card": { ...GIFT_VIEW, payoutMethod: "karri_card_topup" },
  "for a cause": { ...CAUSE_VIEW, payoutMethod: "philanthropy_donation" },
  "for a funded cause": { ...CAUSE_VIEW, payoutMethod: "philanthropy_donation", percent: 100, fullyFunded: true },
  "of a sandbox": { ...GIFT_VIEW, sandbox: true },
  funded: CHARITY_VIEW,
  "just funded": { ...CHARITY_VIEW, charity: CHARITY_VIEW.charity && { ...CHARITY_VIEW.charity, raised: null } },
  closed: CLOSED_VIEW,
  "closed for a Karri card": { ...CLOSED_VIEW, payoutMethod: "karri_card_topup" },
  "closed and funded": CLOSED_FUNDED_VIEW,
  expired: EXPIRED_VIEW,
  cancelled: CANCELLED_VIEW,
};

const PENDING: Receipt = { ...RECEIPT, status: "pending", completedAt: null, payable: true };
const RECEIPTS: readonly Receipt[] = [
  RECEIPT,
  { ...RECEIPT, contributorName: null, afterGoal: true },
  PENDING,
  { ...RECEIPT, refund: "late_payment" },
  { ...RECEIPT, refund: "board_cancelled" },
  { ...RECEIPT, status: "refunded" },
  { ...RECEIPT, status: "refunded", refund: "late_payment" },
  { ...PENDING, status: "failed" },
  { ...PENDING, wrongAmount: cents(15_000) },
];

const boardsIn = (site: PageSite): [what: string, html: string][] =>
  Object.entries(VIEWS).flatMap(([state, view]): [string, string][] => [
    [`a board that is ${state}`, renderBoardPage({ view: named(view), site })],
    [`its thanks page`, renderThanksPage({ view: named(view), site, receipt: null, isPayer: false })],
    ...RECEIPTS.map((receipt): [string, string] => [
      `its thanks page for a stranger, ${receipt.status}`,
      renderThanksPage({ view: named(view), site, receipt, isPayer: false, asked: "1" }),
    ]),
  ]);

function formsIn(site: PageSite): [what: string, html: string][] {
  const view = named(GIFT_VIEW);
  const limits = { minimum: cents(2_000), maximum: cents(1_000_000) };
  const options = (["payfast", "ozow", "snapscan", "sandbox"] as const).map((name) => ({ name, limits }));
  const typed = { amount: "5", name: "", message: "", provider: "ozow", coverFee: true, submission: "x" };
  const { mistakes } = site.words.form;
  const errors = Object.keys(mistakes).map((kind) => ({
    amount: { kind, way: "ozow", minimum: cents(2_000), maximum: cents(2_000), limit: 1, length: 2 },
  })) as Parameters<typeof renderContributePage>[0]["errors"][]; // of every kind, each with all that any needs
  const paying = { view, site, charge: cents(20_000), reference: RECEIPT.reference };
  const qr = { kind: "qr", link: "https://x.test/", code: "https://x.test/" } as const;
  const settings = { TURNSTILE_SITE_KEY: "k", TURNSTILE_BASE_URL: undefined };
  return [
    ...[GIFT_VIEW, CAUSE_VIEW, CHARITY_VIEW].map((one): [string, string] => [
      "a form",
      renderContributePage({ view: named(one), site, options, submission: "s".repeat(20) }),
    ]),
    ...options.map((option): [string, string] => [
      "a form with one way to pay",
      renderContributePage({ view, site, options: [option], submission: "s".repeat(20) }),
    ]),
    ...errors.map((wrong): [string, string] => [
      "a form with a mistake",
      renderContributePage({ view, site, options, submission: "s".repeat(20), typed, ...(wrong && { errors: wrong }) }),
    ]),
    [
      "the way to PayFast",
      renderFormCheckout({
        ...paying,
        provider: "payfast",
        checkout: { kind: "form", action: "https://x.test/", fields: [] },
      }),
    ],
    ["a code", renderQrCheckout({ ...paying, provider: "snapscan", checkout: qr })],
    ["an old code", renderQrCheckout({ ...paying, provider: "snapscan", checkout: qr, look: 99 })],
    ["a payment that was begun", renderResume({ ...paying, provider: "ozow" })],
    ["a code that has run out", renderResume({ ...paying, provider: "snapscan" })],
    ["a check", renderChallengePage({ view, site, settings, form: { typed }, failed: true })],
    ["the test page", renderTestPayment({ view, site, receipt: PENDING })],
    ...RECEIPTS.flatMap((receipt): [string, string][] =>
      ["1", "later"].map((asked): [string, string] => [
        `the payer's thanks page, ${receipt.status}`,
        renderThanksPage({
          view,
          site,
          receipt,
          isPayer: true,
          asked,
          look: asked === "1" ? 0 : 99,
          signed: "CHIPIN1",
        }),
      ]),
    ),
    ["no board", renderNotFound(site)],
    ["a board that closed meanwhile", renderClosedMeanwhile(view, site)],
    ["no way to pay", renderPaymentsUnavailable(view, site)],
    ...(["no_news", "not_now", "not_looked_up"] as const).flatMap((answer): [string, string][] =>
      [null, PENDING, { ...PENDING, status: "failed" as const }].map((receipt): [string, string] => [
        "the board after a cancelled payment",
        renderReturned({ view, site, way: "cancelled", receipt, answer }) ?? "",
      ]),
    ),
    ["a failed payment", renderPaymentFailed(view, site)],
    ["a failed payment of a closed board", renderPaymentFailed(named(CLOSED_VIEW), site)],
    ...[60, 600, 3_600].map((seconds): [string, string] => [
      "too many tries",
      renderTooManyAttempts(view, site, seconds),
    ]),
    ["the landing page", renderLandingPage(site)],
  ];
}

/** The text of a page without addresses and the names of the languages. */
const textOf = (html: string) =>
  readableText(html.replace(/<nav class="languages".*?<\/nav>/s, "")).replace(
    /(https:\/\/\S*|\d+;url=)?\/maya-birthday\S*|https:\S*/g,
    "",
  );

describe.each(SITES)("every page in $words.frame.locale", (site) => {
  it("shows no amount to guests but the charity's", () => {
    const shown = boardsIn(site).filter(([what, html]) => RAND.test(textOf(html)) && !what.endsWith("is funded"));

    expect(shown.map(([what]) => what)).toEqual([]);
  });
});

describe.each(SITES.slice(1))("every page in $words.frame.locale", (site) => {
  it("has no sentence in English", () => {
    const found = [...boardsIn(site), ...formsIn(site)].flatMap(([what, html]) => {
      const word = ENGLISH_WORDS.exec(textOf(html));
      return word ? [[what, textOf(html).slice(Math.max(0, word.index - 40), word.index + 40)]] : [];
    });

    expect(found).toEqual([]);
  });
});
