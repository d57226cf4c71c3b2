import { renderSVG } from "uqr";
import { describe, expect, it } from "vitest";
import type { Receipt } from "#domain/board/public-view";
import { cents } from "#domain/money";
import { renderFormCheckout, renderQrCheckout } from "../../../src/http/guest-pages/checkout-page.tsx";
import { shareText } from "../../../src/http/guest-pages/copy.ts";
import { renderLandingPage } from "../../../src/http/guest-pages/landing-page.tsx";
import { renderPaymentFailed } from "../../../src/http/guest-pages/message-page.tsx";
import { renderThanksPage } from "../../../src/http/guest-pages/thanks-page.tsx";
import {
  CANCELLED_VIEW,
  CAUSE_VIEW,
  CHARITY_VIEW,
  CLOSED_VIEW,
  GIFT_NAME,
  GIFT_VIEW,
  ORIGIN,
  RAND,
  RECEIPT,
} from "./views.ts";

const thanks = (receipt: Receipt | null, view = GIFT_VIEW, look = 0) =>
  renderThanksPage({ view, origin: ORIGIN, receipt, look });

describe("renderThanksPage", () => {
  it.each([
    { why: "confirmed", receipt: RECEIPT, view: GIFT_VIEW, says: ["Thank you, Thandi!", "Your R200 is in", "64%"] },
    {
      why: "confirmed without a name",
      receipt: { ...RECEIPT, contributorName: null },
      view: GIFT_VIEW,
      says: ["Thank you!"],
    },
    {
      why: "goal reached",
      receipt: RECEIPT,
      view: CHARITY_VIEW,
      says: ["The goal is reached!", "your contribution counts", "Feed Hungry Children", 'data-celebrate="'],
    },
    {
      why: "pending",
      receipt: { ...RECEIPT, status: "pending" as const },
      view: GIFT_VIEW,
      says: ["Confirming your payment", "thanks.json?ref=8k3m9q2rtw0123456789"],
    },
    {
      why: "processing",
      receipt: { ...RECEIPT, status: "processing" as const },
      view: GIFT_VIEW,
      says: ["Confirming your payment"],
    },
    {
      why: "failed",
      receipt: { ...RECEIPT, status: "failed" as const },
      view: GIFT_VIEW,
      says: ["didn’t go through", "Nothing was taken", "/contribute"],
    },
    {
      why: "late",
      receipt: { ...RECEIPT, refund: "late_payment" as const },
      view: CLOSED_VIEW,
      says: ["came after closing", "R200 will be refunded in full"],
    },
    {
      why: "on a board that was cancelled",
      receipt: { ...RECEIPT, refund: "board_cancelled" as const },
      view: CANCELLED_VIEW,
      says: ["Your contribution is being refunded", "Your R200 goes back to you in full, the fee too"],
    },
    {
      why: "given back by us",
      receipt: { ...RECEIPT, refund: "operator" as const },
      view: GIFT_VIEW,
      says: ["Your contribution is being refunded"],
    },
    {
      why: "refunded",
      receipt: { ...RECEIPT, status: "refunded" as const },
      view: CLOSED_VIEW,
      says: ["was refunded", "R200"],
    },
    { why: "unknown reference", receipt: null, view: GIFT_VIEW, says: ["Thank you for chipping in!"] },
  ])("tells the payer: $why", ({ receipt, view, says }) => {
    const html = thanks(receipt, view);

    for (const words of says) expect(html).toContain(words);
  });

  it("says nothing personal without a receipt", () => {
    expect(thanks(null)).not.toMatch(RAND);
    expect(thanks(null)).not.toContain("Thandi");
  });

  it("never names the gift once it is funded", () => {
    expect(thanks(RECEIPT, CHARITY_VIEW)).not.toContain(GIFT_NAME);
  });

  it("looks again by itself without scripts, and after a while says that it is safe to leave", () => {
    const waiting = { ...RECEIPT, status: "pending" as const, payable: true };

    expect(thanks(waiting)).toMatch(/<noscript><meta http-equiv="refresh" content="10;url=[^"]*&amp;look=1"/);
    expect(thanks(waiting)).toMatch(/ data-patience="true" hidden=/);
    expect(thanks(waiting, GIFT_VIEW, 18)).not.toContain("http-equiv");
    expect(thanks(waiting, GIFT_VIEW, 18)).not.toMatch(/ data-patience="true" hidden=/);
    expect(thanks(RECEIPT)).not.toContain("http-equiv");
  });
});

const PAYABLE = { ...RECEIPT, status: "pending", payable: true } as const;

describe("the way on from a payment that is being confirmed", () => {
  it("leads back to paying, and lets the guest have the provider asked", () => {
    const html = thanks(PAYABLE);

    expect(html).toContain(`href="/${GIFT_VIEW.slug}/pay?ref=${RECEIPT.reference}"`);
    expect(html).toMatch(new RegExp(`action="/${GIFT_VIEW.slug}/paid".*name="ref" value="${RECEIPT.reference}"`));
  });

  it.each([
    { why: "the provider works on it", receipt: { ...PAYABLE, payable: false }, view: GIFT_VIEW },
    { why: "the board has closed", receipt: PAYABLE, view: CLOSED_VIEW },
    { why: "it was paid", receipt: RECEIPT, view: GIFT_VIEW },
    { why: "it failed", receipt: { ...PAYABLE, status: "failed" } as const, view: GIFT_VIEW },
    { why: "nothing is known of it", receipt: null, view: GIFT_VIEW },
  ])("leads to no second payment when $why", ({ receipt, view }) => {
    expect(thanks(receipt, view)).not.toContain("/pay?");
  });

  it.each([
    { receipt: RECEIPT },
    { receipt: { ...RECEIPT, status: "failed" } as const },
    { receipt: { ...RECEIPT, status: "refunded" } as const },
    { receipt: { ...RECEIPT, refund: "late_payment" } as const },
    { receipt: null },
  ])("has nobody asked about what has ended: %j", ({ receipt }) => {
    expect(thanks(receipt)).not.toContain("/paid");
  });
});

describe("checkout pages", () => {
  const props = { view: GIFT_VIEW, origin: ORIGIN, charge: cents(20_619), reference: RECEIPT.reference };

  it("post the provider's fields in order, with a button for browsers without scripts", () => {
    const fields = [
      ["merchant_id", "10000100"],
      ["item_name", `Maya's "gift"`],
    ] as const;
    const html = renderFormCheckout({
      ...props,
      provider: "payfast",
      checkout: { kind: "form", action: "https://pay.example/eng/process", fields },
    });

    expect(html).toContain('<form method="post" action="https://pay.example/eng/process" data-checkout');
    expect(
      [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    ).toEqual([
      ["merchant_id", "10000100"],
      ["item_name", "Maya&#39;s &quot;gift&quot;"],
    ]);
    expect(html).toContain("Continue to PayFast");
    expect(html).toContain("R206.19 today: R200 to the gift, R6.19 ChipIn fee.");
  });

  const QR = {
    kind: "qr",
    link: "https://pos.example/qr/X?id=1&amount=2&s_url=y",
    code: "https://pos.example/qr/X?id=1&amount=2",
  } as const;
  const snapscan = { ...props, provider: "snapscan", checkout: QR } as const;

  it("draw the code, link the phone, and wait for the payment", () => {
    const html = renderQrCheckout(snapscan);

    expect(html).toContain('href="https://pos.example/qr/X?id=1&amp;amount=2&amp;s_url=y"');
    expect(html).toContain(renderSVG(QR.code, { ecc: "M", border: 2 }));
    expect(html).not.toMatch(/<img[^>]*pos\.example/);
    expect(html).toContain(`data-confirm="/maya-birthday-8k3m9q2rtw/thanks.json?ref=${RECEIPT.reference}"`);
    expect(html).toContain(`data-then="/maya-birthday-8k3m9q2rtw/thanks?ref=${RECEIPT.reference}"`);
  });

  it("look again without scripts for a quarter of an hour, then say that the code may have run out", () => {
    expect(renderQrCheckout(snapscan)).toMatch(
      /<meta http-equiv="refresh" content="10;url=[^"]*\/pay\?[^"]*&amp;look=1"/,
    );
    expect(renderQrCheckout({ ...snapscan, look: 89 })).toContain("look=90");
    const impatient = renderQrCheckout({ ...snapscan, look: 90 });

    expect(impatient).not.toContain("http-equiv");
    expect(impatient).toMatch(/<div data-patience="true">.*Get a fresh code/);
  });
});

describe("renderPaymentFailed", () => {
  it("offers another try only while the board takes contributions", () => {
    expect(renderPaymentFailed(GIFT_VIEW, ORIGIN)).toContain('href="/maya-birthday-8k3m9q2rtw/contribute"');
    expect(renderPaymentFailed(CLOSED_VIEW, ORIGIN)).not.toContain("/contribute");
  });
});

describe("renderLandingPage", () => {
  it("may be found, and has no link that leads nowhere", () => {
    const html = renderLandingPage(ORIGIN);

    expect(html).not.toContain("noindex");
    expect([...html.matchAll(/<a[^>]*href="([^"]*)"/g)].map(([, href]) => href)).toEqual(["/"]);
  });
});

describe("shareText", () => {
  it.each([
    { view: GIFT_VIEW, names: GIFT_NAME },
    { view: CAUSE_VIEW, names: "Plant Trees" },
    { view: CHARITY_VIEW, names: "Feed Hungry Children" },
  ])("names $names and no amount", ({ view, names }) => {
    expect(shareText(view)).toContain(names);
    expect(shareText(view)).not.toMatch(RAND);
  });
});
