import { Hono } from "hono";
import { isOutcome, rands } from "./outcomes.ts";
import type { OzowSimulator } from "./ozow.ts";
import type { OzowPayment } from "./ozow-books.ts";
import { statusOf } from "./ozow-views.ts";
import { type Html, messagePage, paymentPage } from "./payment-page.ts";

const OZOW = { provider: "Ozow", color: "#00695f" };
const BUTTONS = [
  { outcome: "cancel", label: "Cancel and go back", hint: "the transaction reads Cancelled" },
  { outcome: "fail", label: "Let the payment fail", hint: "the transaction reads Error" },
  { outcome: "pay_twice", label: "Pay twice", hint: "two transactions, one reference" },
  { outcome: "pay_late", label: "Pay, notify late", hint: "five seconds after going back" },
  { outcome: "wrong_amount", label: "Pay half the amount", hint: "rightly signed" },
  { outcome: "bad_signature", label: "Sign wrongly", hint: "as a forger would" },
  { outcome: "silent", label: "Pay, never notify", hint: "only a look-up can find it" },
  { outcome: "duplicate", label: "Pay, notify three times", hint: "one message id, a new signature each time" },
  { outcome: "reorder", label: "Pay at the second try", hint: "the first one's message comes last" },
] as const;

/** The page that a guest is redirected to. With `Accept: application/json` it gives the payment as JSON. */
export function ozowPages(ozow: OzowSimulator): Hono {
  const pages = new Hono();
  pages.get("/ozow/pay/:id", (c) => {
    const payment = ozow.books.payments.get(c.req.param("id"));
    if (!payment) return c.html(refusalPage("This payment is not known."), 404);
    if (c.req.header("accept")?.startsWith("application/json")) {
      return c.json({ id: payment.id, reference: payment.reference, amountCents: payment.amountCents });
    }
    const problem = problemOf(payment);
    return problem ? c.html(refusalPage(problem), 410) : c.html(pageOf(payment));
  });
  pages.post("/ozow/pay/:id", async (c) => {
    const payment = ozow.books.payments.get(c.req.param("id"));
    if (!payment) return c.html(refusalPage("This payment is not known."), 404);
    const problem = problemOf(payment);
    if (problem) return c.html(refusalPage(problem), 410);
    const { outcome } = await c.req.parseBody();
    if (!isOutcome(outcome)) return c.html(refusalPage("outcome: press one of the buttons"), 400);
    return c.redirect(await ozow.finish(payment, outcome), 303);
  });
  return pages;
}

function problemOf(payment: OzowPayment): string | null {
  const status = statusOf(payment);
  return status === "Created" ? null : `This payment is ${status.toLowerCase()}.`;
}

function pageOf(payment: OzowPayment): Html {
  return paymentPage({
    ...OZOW,
    amount: rands(payment.amountCents),
    purpose: "Choose your bank, log in, approve",
    facts: [
      ["Site", payment.siteCode],
      ["Reference", payment.reference],
      ["Open until", payment.expireAt],
    ],
    action: `/ozow/pay/${payment.id}`,
    buttons: BUTTONS,
  });
}

function refusalPage(problem: string): Html {
  return messagePage(OZOW, "This cannot be paid", problem);
}
