import { describe, expect, it } from "vitest";
import type { FormError } from "#checkout/contribution-form";
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
    expect(page()).toContain(
      '<dt>You pay</dt><dd data-part="charge">R200</dd></div><div><dt>ChipIn fee</dt><dd data-part="fee">R6</dd></div>' +
        '<div><dt>Reaches the gift</dt><dd data-part="net">R194</dd>',
    );
    expect(page({ preset: "500" })).toContain('<dd data-part="net">R485</dd>');
  });

  it("the form says what happens if the goal is missed, and how the board will show the typed name", () => {
    expect(page()).toContain("If the whole amount isn’t reached, Maya still gets what came in");
    const hintFor = (name: string) => /id="name-hint"[^>]*>([^<]*)</.exec(page({ typed: { ...TYPED, name } }))?.[1];

    expect([hintFor(""), hintFor("Gogo Thandi Mokoena"), hintFor("thandi@home.example")]).toEqual([
      "Shown on Maya’s board",
      "The board will show: Gogo Thandi",
      "The board will show: Anonymous",
    ]);
  });

  it("the form of a funded board names the charity and never the gift", () => {
    const html = page({ view: CHARITY_VIEW });

    expect(html).toContain("Give to Food Forward SA");
    expect(html).toContain('<dt>Reaches Food Forward SA</dt><dd data-part="net">R194</dd>');
    expect(html).not.toContain(GIFT_NAME);
  });

  it("a refused form keeps the typed fields and ties each error to its field", () => {
    const html = page({
      typed: TYPED,
      errors: {
        amount: { kind: "too_small", minimum: cents(2_000) },
        message: { kind: "message_too_long", limit: 280, length: 281 },
      },
    });

    expect(html).toMatch(
      /name="amount"[^>]*aria-describedby="amount-error amount-hint"[^>]*aria-invalid="true"[^>]*autofocus/,
    );
    expect(html).toMatch(/<p class="mistake" id="amount-error">The smallest contribution is R20\. [^<]*<\/p>/);
    expect(html).toMatch(
      /<p class="mistake" id="message-error">Please shorten your message to 280 characters; it has 281\.<\/p>/,
    );
    expect(html).toMatch(/name="amount"[^>]*value="12"/);
    expect(html).toMatch(/value="Th&quot;andi"/);
    expect(html).toMatch(/<textarea[^>]*>&lt;b&gt;<\/textarea>/);
    expect(html).toMatch(/value="ozow" checked/);
    expect(html).toMatch(/name="cover_fee" value="1" checked/);
    expect(html).toContain(`value="${TYPED.submission}"`);
    expect(html).toMatch(/role="alert"/);
  });

  it("every mistake is said with what to do about it", () => {
    const rows: [field: "amount" | "name" | "provider" | "submission", error: FormError, says: string][] = [
      ["amount", { kind: "not_an_amount" }, "Please type an amount in rand, like 200 or 150.50."],
      ["amount", { kind: "too_large", maximum: cents(1_000_000) }, "One contribution can be R10,000 at most."],
      [
        "amount",
        { kind: "too_large_with_fee", maximum: cents(970_000) },
        "can be R9,700 at most. Type less, or untick",
      ],
      ["amount", { kind: "too_small_for_way", way: "ozow", minimum: cents(5_000) }, "Ozow takes R50 or more."],
      ["amount", { kind: "too_large_for_way", way: "ozow", maximum: cents(300_000) }, "Ozow takes R3,000 at most."],
      ["amount", { kind: "amount_refused" }, "Please type another amount."],
      ["name", { kind: "name_too_long", limit: 100 }, "Please shorten your name to 100 characters."],
      ["provider", { kind: "no_way" }, "Please choose how you would like to pay."],
      ["submission", { kind: "form_too_old" }, "Please check it and press the button once more."],
      ["submission", { kind: "tried_often" }, "This form was tried very often."],
    ];

    const unsaid = rows.filter(
      ([field, error, says]) => !page({ typed: TYPED, errors: { [field]: error } }).includes(says),
    );
    expect(unsaid).toEqual([]);
  });

  it("a form with an unusable submission gets a new one", () => {
    expect(page({ typed: { ...TYPED, submission: "x" }, errors: { submission: { kind: "form_too_old" } } })).toContain(
      `value="${FRESH}"`,
    );
  });
});
