import { html } from "hono/html";
import type { Checkout } from "./payfast.ts";

type Html = ReturnType<typeof html>;

const BUTTONS = [
  { outcome: "cancel", label: "Cancel and go back", hint: "reports CANCELLED" },
  { outcome: "fail", label: "Let the payment fail", hint: "reports FAILED" },
  { outcome: "pay_twice", label: "Pay twice", hint: "two payments, one reference" },
  { outcome: "pay_late", label: "Pay, notify late", hint: "five seconds after going back" },
  { outcome: "wrong_amount", label: "Report half the amount", hint: "rightly signed" },
  { outcome: "bad_signature", label: "Sign wrongly", hint: "as a forger would" },
  { outcome: "silent", label: "Pay, never notify", hint: "only reconciliation can find it" },
] as const;

const STYLE = `
  * { box-sizing: border-box } body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #eef1f6; color: #1b2433 }
  header { background: #0a2540; color: #fff; padding: 14px 20px; display: flex; justify-content: space-between; gap: 12px }
  header b { letter-spacing: .02em } header span { opacity: .8; font-size: 14px }
  main { max-width: 440px; margin: 24px auto; padding: 0 16px 40px } .card { background: #fdfdfe; border: 1px solid #d7deea; border-radius: 14px; padding: 22px }
  .amount { font-size: 40px; font-weight: 700; margin: 0; font-variant-numeric: tabular-nums } .for { margin: 2px 0 18px; color: #46536a }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; font-size: 14px; margin: 0 0 20px } dt { color: #5a677d } dd { margin: 0; overflow-wrap: anywhere }
  button { width: 100%; min-height: 48px; border-radius: 10px; border: 1px solid #c3ccdb; background: #fdfdfe; font: inherit; color: inherit; padding: 9px 14px; text-align: left; cursor: pointer }
  button small { display: block; color: #5a677d } button + button { margin-top: 8px } button:focus-visible { outline: 3px solid #f5a524; outline-offset: 2px }
  button.pay { background: #0b6b3a; border-color: #0b6b3a; color: #fff; text-align: center; font-weight: 700; font-size: 18px }
  details { margin-top: 18px } summary { cursor: pointer; padding: 10px 0; font-weight: 600 } .note { font-size: 13px; color: #5a677d; margin: 18px 4px 0 }
`;

/** The hosted payment page: one form, and every way it can end is one of its buttons. */
export function paymentPage(checkout: Checkout): Html {
  const amount = `R${(checkout.amountCents / 100).toFixed(2)}`;
  return page(
    `Pay ${amount}`,
    html`<div class="card">
      <p class="amount">${amount}</p>
      <p class="for">${checkout.fields.item_name}</p>
      <dl><dt>Merchant</dt><dd>ChipIn (${checkout.fields.merchant_id})</dd><dt>Reference</dt><dd>${checkout.reference}</dd></dl>
      <form method="post" action="/eng/payment/${checkout.token}">
        <button class="pay" name="outcome" value="pay">Pay ${amount}</button>
        <details open><summary>Other ways this can go</summary>
          ${BUTTONS.map(
            ({ outcome, label, hint }) =>
              html`<button name="outcome" value="${outcome}">${label}<small>${hint}</small></button>`,
          )}
        </details>
      </form>
    </div>
    <p class="note">This stands in for PayFast on your own machine. No money moves. What it sends is signed the way PayFast signs.</p>`,
  );
}

export function refusalPage(problem: string): Html {
  return page(
    "400 Bad Request",
    html`<div class="card"><h1>400 Bad Request</h1><p>${problem}</p></div>
      <p class="note">PayFast would refuse this form in the same way. The payment was not started.</p>`,
  );
}

function page(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · PayFast simulator</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><header><b>PayFast</b><span>local simulator</span></header><main>${body}</main></body></html>`;
}
