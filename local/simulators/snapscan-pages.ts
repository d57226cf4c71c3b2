import { Hono } from "hono";
import { html } from "hono/html";
import { isOutcome, rands } from "./outcomes.ts";
import { type Html, messagePage, paymentPage } from "./payment-page.ts";
import type { PaymentResult, SnapscanSimulator } from "./snapscan.ts";
import type { Scan } from "./snapscan-books.ts";

const SNAPSCAN = { provider: "SnapScan", color: "#1463a5" };
const TIPS_CENTS = [0, 1_000, 2_000, 5_000];
const BUTTONS = [
  { outcome: "cancel", label: "Cancel", hint: "reports error" },
  { outcome: "fail", label: "Let the payment fail", hint: "reports error" },
  { outcome: "pay_twice", label: "Pay twice", hint: "two payments, also where the code is strict" },
  { outcome: "pay_late", label: "Pay, notify late", hint: "five seconds later" },
  { outcome: "wrong_amount", label: "Pay half the amount", hint: "as with an edited link; rightly signed" },
  { outcome: "bad_signature", label: "Sign wrongly", hint: "as a forger would" },
  { outcome: "silent", label: "Pay, never notify", hint: "only a look-up can find it" },
  { outcome: "duplicate", label: "Pay, notify three times", hint: "the same notice each time" },
  { outcome: "reorder", label: "Pay at the second try", hint: "the first one's error comes last" },
] as const;

/** The page of a code. SnapScan has no way back to the merchant. */
export function snapscanPages(snapscan: SnapscanSimulator): Hono {
  const pages = new Hono();
  const open = (snapCode: string, query: Record<string, string>) =>
    snapCode === snapscan.options.snapCode ? snapscan.open(query) : { problem: `${snapCode}: no such snap code` };

  pages.get("/snapscan/qr/:snapCode", (c) => {
    const scan = open(c.req.param("snapCode"), c.req.query());
    return "problem" in scan ? c.html(refusalPage(scan.problem), 404) : c.html(codePage(scan, c.req.url));
  });
  pages.post("/snapscan/qr/:snapCode", async (c) => {
    const scan = open(c.req.param("snapCode"), c.req.query());
    if ("problem" in scan) return c.html(refusalPage(scan.problem), 404);
    const { outcome, tip = "0" } = await c.req.parseBody();
    if (!isOutcome(outcome)) return c.html(refusalPage("outcome: press one of the buttons"), 400);
    const tipCents = TIPS_CENTS.find((cents) => String(cents) === tip);
    if (tipCents === undefined) return c.html(refusalPage("tip: choose one of the list"), 400);
    const result = await snapscan.finish(scan, outcome, tipCents);
    return "refused" in result ? c.html(refusalPage(result.refused), 409) : c.html(resultPage(result));
  });
  return pages;
}

function codePage({ reference, amountCents, strict }: Scan, url: string): Html {
  const { pathname, search } = new URL(url);
  return paymentPage({
    ...SNAPSCAN,
    amount: rands(amountCents),
    purpose: "ChipIn",
    facts: [
      ["Reference", reference],
      ["Can be paid", strict ? "once" : "again and again"],
    ],
    action: `${pathname}${search}`,
    more: html`<label>Add a tip<select name="tip">${TIPS_CENTS.map(
      (cents) => html`<option value="${cents}">${cents === 0 ? "none" : rands(cents)}</option>`,
    )}</select></label>`,
    buttons: BUTTONS,
  });
}

function resultPage({ payment }: Exclude<PaymentResult, { refused: string }>): Html {
  const note = "SnapScan has no way back. Close this page and look at the one with the code.";
  if (!payment)
    return messagePage(SNAPSCAN, "Not paid", "The payment did not go through. The code can be tried again.", note);
  const { totalAmount, authCode } = payment;
  return messagePage(SNAPSCAN, `Paid ${rands(totalAmount)}`, `Show this code if asked: ${authCode ?? "none"}`, note);
}

function refusalPage(problem: string): Html {
  return messagePage(SNAPSCAN, "This cannot be paid", problem);
}
