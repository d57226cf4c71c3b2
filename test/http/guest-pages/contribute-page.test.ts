import { describe, expect, it } from "vitest";
import type { ProviderOption } from "#checkout/provider-options";
import { cents } from "#domain/money";
import { renderContributePage } from "../../../src/http/guest-pages/contribute-page.tsx";
import { CHARITY_VIEW, GIFT_NAME, GIFT_VIEW, SITE } from "./views.ts";

const LIMITS = { minimum: cents(500), maximum: cents(1_000_000) };
const PAYFAST: ProviderOption = { name: "payfast", limits: LIMITS };
const OPTIONS: readonly ProviderOption[] = [
  PAYFAST,
  { name: "ozow", limits: LIMITS },
  { name: "snapscan", limits: LIMITS },
];
const FRESH = "fresh-submission-token";
const page = (more: Partial<Parameters<typeof renderContributePage>[0]> = {}) =>
  renderContributePage({ view: GIFT_VIEW, site: SITE, options: OPTIONS, submission: FRESH, ...more });
const TYPED = {
  amount: "12",
  name: `Th"andi`,
  message: "<b>",
  provider: "ozow",
  coverFee: true,
  submission: "a-token-still-good",
};

describe("renderContributePage", () => {
  it("the page has one form, which posts to its own path with one field of each name", () => {
    const html = page({ options: [PAYFAST] });

    expect(html.match(/<form/g)).toHaveLength(1);
    expect(html).toMatch(/<form method="post" action="\/maya-birthday-8k3m9q2rtw\/contribute"/);
    const names = [...html.matchAll(/<(?:input|textarea|select|button)[^>]*\sname="([^"]+)"/g)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(["amount", "cover_fee", "message", "name", "provider", "submission"]);
    expect(html).toMatch(/name="provider" value="payfast"/);
  });

  it("the form offers the given providers and selects the first", () => {
    expect(
      [...page().matchAll(/type="radio" name="provider" value="(\w+)"( checked)?/g)].map(([, name, on]) => [
        name,
        !!on,
      ]),
    ).toEqual([
      ["payfast", true],
      ["ozow", false],
      ["snapscan", false],
    ]);
  });

  it("the amount starts at R200 or the preset, and the page shows how it is split", () => {
    expect(page()).toMatch(/name="amount"[^>]*value="200"/);
    expect(page()).toContain("R200 today: R194 to the gift, R6 ChipIn fee.");
    expect(page({ preset: "500" })).toContain("R500 today: R485 to the gift, R15 ChipIn fee.");
  });

  it("the form of a funded board names the charity and never the gift", () => {
    const html = page({ view: CHARITY_VIEW });

    expect(html).toContain("Give to Food Forward SA");
    expect(html).toContain("R194 to Food Forward SA");
    expect(html).not.toContain(GIFT_NAME);
  });

  it("a refused form keeps the typed fields and ties each error to its field", () => {
    const html = page({ typed: TYPED, errors: { amount: "Too little.", message: "Too long." } });

    expect(html).toMatch(
      /name="amount"[^>]*aria-describedby="amount-error amount-hint"[^>]*aria-invalid="true"[^>]*autofocus/,
    );
    expect(html).toMatch(/<p class="mistake" id="amount-error">Too little\.<\/p>/);
    expect(html).toMatch(/<p class="mistake" id="message-error">Too long\.<\/p>/);
    expect(html).toMatch(/name="amount"[^>]*value="12"/);
    expect(html).toMatch(/value="Th&quot;andi"/);
    expect(html).toMatch(/<textarea[^>]*>&lt;b&gt;<\/textarea>/);
    expect(html).toMatch(/value="ozow" checked/);
    expect(html).toMatch(/name="cover_fee" value="1" checked/);
    expect(html).toContain(`value="${TYPED.submission}"`);
    expect(html).toMatch(/role="alert"/);
  });

  it("a form with an unusable submission gets a new one", () => {
    expect(page({ typed: { ...TYPED, submission: "x" }, errors: { submission: "Once more." } })).toContain(
      `value="${FRESH}"`,
    );
  });
});
