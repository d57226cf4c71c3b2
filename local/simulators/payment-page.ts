import { html, raw } from "hono/html";
import type { Outcome } from "./outcomes.ts";

export type Html = ReturnType<typeof html>;

const STYLE = `
  * { box-sizing: border-box } body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #eef1f6; color: #1b2433 }
  header { background: var(--brand, #0a2540); color: #fff; padding: 14px 20px; display: flex; justify-content: space-between; gap: 12px }
  header b { letter-spacing: .02em } header span { opacity: .8; font-size: 14px }
  main { max-width: 440px; margin: 24px auto; padding: 0 16px 40px } .card { background: #fdfdfe; border: 1px solid #d7deea; border-radius: 14px; padding: 22px }
  .amount { font-size: 40px; font-weight: 700; margin: 0; font-variant-numeric: tabular-nums } .for { margin: 2px 0 18px; color: #46536a }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; font-size: 14px; margin: 0 0 20px } dt { color: #5a677d } dd { margin: 0; overflow-wrap: anywhere }
  button { width: 100%; min-height: 48px; border-radius: 10px; border: 1px solid #c3ccdb; background: #fdfdfe; font: inherit; color: inherit; padding: 9px 14px; text-align: left; cursor: pointer }
  button small { display: block; color: #5a677d } button + button { margin-top: 8px } button:focus-visible, select:focus-visible { outline: 3px solid #f5a524; outline-offset: 2px }
  button.pay { background: #0b6b3a; border-color: #0b6b3a; color: #fff; text-align: center; font-weight: 700; font-size: 18px }
  label { display: block; font-size: 14px; margin: 0 0 14px; color: #46536a } select { display: block; width: 100%; min-height: 44px; margin-top: 4px; padding: 8px 10px; border: 1px solid #c3ccdb; border-radius: 10px; background: #fdfdfe; font: inherit; color: #1b2433 }
  details { margin-top: 18px } summary { cursor: pointer; padding: 10px 0; font-weight: 600 } .note { font-size: 13px; color: #5a677d; margin: 18px 4px 0 }
`;

type Button = { outcome: Exclude<Outcome, "pay">; label: string; hint: string };
type Payment = {
  provider: string;
  /** of the header */
  color: string;
  amount: string;
  purpose: string;
  facts: readonly (readonly [name: string, value: string])[];
  action: string;
  buttons: readonly Button[];
  /** inside the form, above its buttons */
  more?: Html | "";
};

/** A hosted payment page: one form, and every way it can end is one of its buttons. */
export function paymentPage({ provider, color, amount, purpose, facts, action, buttons, more = "" }: Payment): Html {
  return shell(
    { provider, color, title: `Pay ${amount}` },
    html`<div class="card">
      <p class="amount">${amount}</p>
      <p class="for">${purpose}</p>
      <dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
      <form method="post" action="${action}">
        ${more}<button class="pay" name="outcome" value="pay">Pay ${amount}</button>
        <details open><summary>Other ways this can go</summary>
          ${buttons.map(
            ({ outcome, label, hint }) =>
              html`<button name="outcome" value="${outcome}">${label}<small>${hint}</small></button>`,
          )}
        </details>
      </form>
    </div>
    <p class="note">This stands in for ${provider} on your own machine. No money moves. What it sends is signed the way ${provider} signs.</p>`,
  );
}

/** A page that ends here: a refusal, or what became of a payment. */
export function messagePage(of: { provider: string; color: string }, title: string, text: string, note = ""): Html {
  return shell(
    { ...of, title },
    html`<div class="card"><h1>${title}</h1><p>${text}</p></div>
      ${note && html`<p class="note">${note}</p>`}`,
  );
}

function shell({ provider, color, title }: { provider: string; color: string; title: string }, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${provider} simulator</title><link rel="icon" href="data:,"><style>:root { --brand: ${raw(color)} } ${raw(STYLE)}</style></head>
<body><header><b>${provider}</b><span>local simulator</span></header><main>${body}</main></body></html>`;
}
