import { renderSVG } from "uqr";
import { describe, expect, it } from "vitest";
import type { Receipt } from "#domain/board/public-view";
import { cents } from "#domain/money";
import { renderFormCheckout, renderQrCheckout } from "../../../src/http/guest-pages/checkout-page.tsx";
import { shareText } from "../../../src/http/guest-pages/copy.ts";
import { renderLandingPage } from "../../../src/http/guest-pages/landing-page.tsx";
import { renderPaymentFailed } from "../../../src/http/guest-pages/message-page.tsx";
import { renderThanksPage } from "../../../src/http/guest-pages/thanks-page.tsx";
import { FOOTER_PAGES } from "../../../src/http/ui/footer-pages.ts";
import {
  CANCELLED_VIEW,
  CAUSE_VIEW,
  CHARITY_VIEW,
  CLOSED_VIEW,
  GIFT_NAME,
  GIFT_VIEW,
  RAND,
  RECEIPT,
  readableText,
  SITE,
} from "./views.ts";

const thanks = (receipt: Receipt | null, view = GIFT_VIEW, look = 0, isPayer = true) =>
  renderThanksPage({ isPayer, view, site: SITE, receipt, look });

describe("renderThanksPage", () => {
  it.each([
    {
      payment: "a confirmed payment",
      receipt: RECEIPT,
      view: GIFT_VIEW,
      says: ["Thank you, Thandi!", "Your R200 is in", "64%"],
    },
    {
      payment: "a confirmed payment without a name",
      receipt: { ...RECEIPT, contributorName: null },
      view: GIFT_VIEW,
      says: ["Thank you!"],
    },
    {
      payment: "a payment to a funded board",
      receipt: RECEIPT,
      view: CHARITY_VIEW,
      says: ["The goal is reached!", "Everything beyond the gift goes to Food Forward SA", 'data-celebrate="'],
    },
    {
      payment: "a payment to the charity of a funded board",
      receipt: { ...RECEIPT, afterGoal: true },
      view: CHARITY_VIEW,
      says: ["R194 of your R200 goes to Food Forward SA, in Maya’s name."],
    },
    {
      payment: "a payment to a board for a cause",
      receipt: RECEIPT,
      view: CAUSE_VIEW,
      says: ["R194 of your R200 goes to Greenpop, in Maya’s name."],
    },
    {
      payment: "a payment of another amount",
      receipt: { ...RECEIPT, status: "pending" as const, wrongAmount: cents(15_000) },
      view: GIFT_VIEW,
      says: ["You paid R150 instead of R200. It goes back to you in full."],
    },
    {
      payment: "late money that was refunded",
      receipt: { ...RECEIPT, status: "refunded" as const, refund: "late_payment" as const },
      view: CLOSED_VIEW,
      says: ["Maya’s board had already closed.", "We’ve sent your R200 back."],
    },
    {
      payment: "a pending payment",
      receipt: { ...RECEIPT, status: "pending" as const },
      view: GIFT_VIEW,
      says: [
        "Confirming your payment",
        "waiting for PayFast to confirm your R200",
        "thanks.json?ref=8k3m9q2rtw0123456789",
      ],
    },
    {
      payment: "a payment in progress",
      receipt: { ...RECEIPT, status: "processing" as const },
      view: GIFT_VIEW,
      says: ["Confirming your payment"],
    },
    {
      payment: "a failed payment",
      receipt: { ...RECEIPT, status: "failed" as const },
      view: GIFT_VIEW,
      says: ["didn’t go through", "Nothing was taken", "/contribute"],
    },
    {
      payment: "a late payment",
      receipt: { ...RECEIPT, refund: "late_payment" as const },
      view: CLOSED_VIEW,
      says: ["came after closing", "you’ll get your full R200 back, including the fee"],
    },
    {
      payment: "a payment to a cancelled board",
      receipt: { ...RECEIPT, refund: "board_cancelled" as const },
      view: CANCELLED_VIEW,
      says: ["Your contribution is being refunded", "You’ll get your full R200 back, including the fee"],
    },
    {
      payment: "a payment that an operator refunds",
      receipt: { ...RECEIPT, refund: "operator" as const },
      view: GIFT_VIEW,
      says: ["Your contribution is being refunded"],
    },
    {
      payment: "a refunded payment",
      receipt: { ...RECEIPT, status: "refunded" as const },
      view: CLOSED_VIEW,
      says: ["was refunded", "R200"],
    },
    { payment: "an unknown reference", receipt: null, view: GIFT_VIEW, says: ["Thank you for chipping in!"] },
  ])("the thanks page shows the outcome of $payment", ({ receipt, view, says }) => {
    const html = thanks(receipt, view);

    for (const words of says) expect(html).toContain(words);
  });

  it.each(["confirmed", "confirming"])(
    "the thanks page of a %s payment holds what the guest quotes in a question",
    (state) => {
      const receipt = state === "confirmed" ? RECEIPT : { ...RECEIPT, status: "pending" as const };

      const text = readableText(thanks(receipt, GIFT_VIEW)).replace(/\s+/g, " ");

      expect(text).toContain(
        "Amount R200 Paid with Card (PayFast) Date 20 Nov 2026, 12:00 Reference 8k3m9q2rtw0123456789",
      );
    },
  );

  it("the thanks page without a receipt shows no amount and no name", () => {
    expect(readableText(thanks(null))).not.toMatch(RAND);
    expect(thanks(null)).not.toContain("Thandi");
  });

  it("the thanks page of a funded board does not name the gift", () => {
    expect(thanks(RECEIPT, CHARITY_VIEW)).not.toContain(GIFT_NAME);
  });

  it("a pending thanks page refreshes without scripts and after a while says that it is safe to leave", () => {
    const waiting = { ...RECEIPT, status: "pending" as const, payable: true };

    expect(thanks(waiting)).toMatch(/<noscript><meta http-equiv="refresh" content="10;url=[^"]*&amp;look=1"/);
    expect(thanks(waiting)).toMatch(/ data-patience="true" hidden=/);
    expect(thanks(waiting, GIFT_VIEW, 18)).not.toContain("http-equiv");
    expect(thanks(waiting, GIFT_VIEW, 18)).not.toMatch(/ data-patience="true" hidden=/);
    expect(thanks(RECEIPT)).not.toContain("http-equiv");
  });
});

const PAYABLE = { ...RECEIPT, status: "pending", payable: true } as const;

describe("links on the thanks page of a pending payment", () => {
  it("the thanks page of a payable payment links to paying and to a look-up at the provider", () => {
    const html = thanks(PAYABLE);

    expect(html).toContain(`href="/${GIFT_VIEW.slug}/pay?ref=${RECEIPT.reference}"`);
    expect(html).toMatch(new RegExp(`action="/${GIFT_VIEW.slug}/paid".*name="ref" value="${RECEIPT.reference}"`));
  });

  it.each([
    { why: "the payment is not payable", receipt: { ...PAYABLE, payable: false }, view: GIFT_VIEW },
    { why: "the board has closed", receipt: PAYABLE, view: CLOSED_VIEW },
    { why: "the payment is completed", receipt: RECEIPT, view: GIFT_VIEW },
    { why: "the payment failed", receipt: { ...PAYABLE, status: "failed" } as const, view: GIFT_VIEW },
    { why: "the payment is unknown", receipt: null, view: GIFT_VIEW },
  ])("the thanks page has no link to paying when $why", ({ receipt, view }) => {
    expect(thanks(receipt, view)).not.toContain("/pay?");
  });

  it.each([
    { payment: "a completed payment", receipt: RECEIPT },
    { payment: "a failed payment", receipt: { ...RECEIPT, status: "failed" } as const },
    { payment: "a refunded payment", receipt: { ...RECEIPT, status: "refunded" } as const },
    { payment: "a late payment", receipt: { ...RECEIPT, refund: "late_payment" } as const },
    { payment: "an unknown payment", receipt: null },
  ])("the thanks page of $payment offers no look-up at the provider", ({ receipt }) => {
    expect(thanks(receipt)).not.toContain("/paid");
  });
});

describe("checkout pages", () => {
  const props = { view: GIFT_VIEW, site: SITE, charge: cents(20_619), reference: RECEIPT.reference };

  it("the form page posts the provider's fields in order and has a button for browsers without scripts", () => {
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

  it("the code page draws the code, links to the app and waits for the payment", () => {
    const html = renderQrCheckout(snapscan);

    expect(html).toContain('href="https://pos.example/qr/X?id=1&amp;amount=2&amp;s_url=y"');
    expect(html).toContain(renderSVG(QR.code, { ecc: "M", border: 2 }));
    expect(html).not.toMatch(/<img[^>]*pos\.example/);
    expect(html).toContain(`data-confirm="/maya-birthday-8k3m9q2rtw/thanks.json?ref=${RECEIPT.reference}"`);
    expect(html).toContain(`data-then="/maya-birthday-8k3m9q2rtw/thanks?ref=${RECEIPT.reference}"`);
  });

  it("the code page refreshes without scripts for 15 minutes, then offers a fresh code", () => {
    expect(renderQrCheckout(snapscan)).toMatch(
      /<meta http-equiv="refresh" content="10;url=[^"]*\/pay\?[^"]*&amp;look=1"/,
    );
    expect(renderQrCheckout({ ...snapscan, look: 89 })).toContain("look=90");
    const last = renderQrCheckout({ ...snapscan, look: 90 });

    expect(last).not.toContain("http-equiv");
    expect(last).toMatch(/<div data-patience="true">.*Get a fresh code/);
  });
});

describe("renderPaymentFailed", () => {
  it("the page of a failed payment offers another try only while the board accepts contributions", () => {
    expect(renderPaymentFailed(GIFT_VIEW, SITE)).toContain('href="/maya-birthday-8k3m9q2rtw/contribute"');
    expect(renderPaymentFailed(CLOSED_VIEW, SITE)).not.toContain("/contribute");
  });
});

describe("renderLandingPage", () => {
  it("the landing page may be indexed, and leads to the first step of a board and to signing in", () => {
    const html = renderLandingPage(SITE);

    expect(html).not.toContain("noindex");
    expect([...html.matchAll(/<a[^>]*href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      "/create",
      "/create",
      "/create?next=%2Fdashboard",
      "mailto:partners@chipin.co.za",
      "/",
      ...FOOTER_PAGES,
    ]);
  });
});

describe("shareText", () => {
  it.each([
    { view: GIFT_VIEW, names: GIFT_NAME },
    { view: CAUSE_VIEW, names: "Plant Trees" },
    { view: CHARITY_VIEW, names: "Food Forward SA" },
  ])("the share text names $names and no amount", ({ view, names }) => {
    expect(shareText(view, SITE.words)).toContain(names);
    expect(shareText(view, SITE.words)).not.toMatch(RAND);
  });
});
