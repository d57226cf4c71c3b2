import { html } from "hono/html";
import { OUTCOMES, type PaymentLine, type ProviderName } from "../simulators/outcomes.ts";
import type { ExecutedPayout } from "../simulators/payout-books.ts";
import { clock, type Html, rand } from "./layout.ts";

const SHOWN = 8;
const SHOWN_NOTICES = 6;
const NAMES: Record<ProviderName, string> = { payfast: "PayFast", ozow: "Ozow", snapscan: "SnapScan" };
const MATTERS = [
  ["flags", "Flagged"],
  ["refunds", "Refunds"],
  ["payouts", "Payouts"],
  ["losses", "Losses"],
  ["differences", "Differences from the providers"],
  ["providers", "Providers"],
] as const;

/** The newest payments at every provider: its books, the notices it sent, and buttons for further outcomes. */
export function paymentList(payments: readonly PaymentLine[]): Html {
  if (payments.length === 0) return html`<p class="empty">No guest has reached a payment page yet.</p>`;
  return html`<ul class="rows">${payments.slice(0, SHOWN).map(paymentItem)}</ul>
  <form method="post" action="/flush"><button>Send late notices and refunds now</button></form>`;
}

function paymentItem({ provider, reference, amountCents, at, page, books, notices }: PaymentLine): Html {
  return html`<li><div class="row"><b>${rand(amountCents)} with ${NAMES[provider]}</b><a href="${page}">payment page</a></div>
      <div class="row muted"><code>${reference}</code><span>${clock(at)}</span></div>
      <div class="row muted"><span>Its books: ${books.length > 0 ? books.join(", ") : "nothing paid"}</span></div>
      <div class="row">${noticeTags(provider, notices)}</div>
      <details><summary class="muted">Report something</summary><form class="outcomes" method="post" action="/simulate">
        <input type="hidden" name="provider" value="${provider}"><input type="hidden" name="reference" value="${reference}">
        ${OUTCOMES.map((outcome) => html`<button name="outcome" value="${outcome}">${outcome.replaceAll("_", " ")}</button>`)}
      </form></details></li>`;
}

function noticeTags(provider: ProviderName, notices: PaymentLine["notices"]): Html {
  if (notices.length === 0) return html`<span class="tag wait">no notice sent</span>`;
  return html`<span>${notices.slice(-SHOWN_NOTICES).map(({ status, attempts }) => {
    const last = attempts.at(-1)?.status;
    if (last === undefined) return html`<span class="tag wait">${status} due</span> `;
    const taken = provider === "ozow" ? last >= 200 && last < 300 : last === 200;
    return html`<span class="tag ${taken ? "" : "bad"}">${status}: ${last || "no answer"}</span> `;
  })}</span>`;
}

const COUNTERPARTY_NAMES = { takealot: "Takealot", karri: "Karri", givengain: "GivenGain" } as const;

/** The newest payouts at every counterparty. One that was paid more than once is marked. */
export function payoutList(payouts: readonly ExecutedPayout[]): Html {
  if (payouts.length === 0) return html`<p class="empty">Nothing was paid out by itself yet.</p>`;
  return html`<ul class="rows">${payouts.slice(0, SHOWN).map(
    ({ counterparty, reference, amountCents, status, number, recipient, executions, requests, at }) =>
      html`<li><div class="row"><b>${rand(amountCents)} by ${COUNTERPARTY_NAMES[counterparty]} to ${recipient}</b>
          <span class="tag ${executions > 1 ? "bad" : status === "pending" ? "wait" : ""}">${executions > 1 ? `paid ${executions} times` : status}</span></div>
        <div class="row muted"><code>${reference}</code><span>${number}, sent ${requests} times</span><span>${clock(at)}</span></div></li>`,
  )}</ul>`;
}

/** The answer of `GET /internal/payments`. Null when the Worker did not give it. */
export function matterList(matters: Record<string, unknown> | null): Html {
  if (!matters) return html`<p class="empty">The Worker cannot be reached.</p>`;
  return html`<ul class="rows">${MATTERS.map(([name, label]) => {
    const entries = Array.isArray(matters[name]) ? matters[name] : [];
    if (entries.length === 0)
      return html`<li><div class="row"><span>${label}</span><span class="tag">none</span></div></li>`;
    return html`<li><details><summary>${label} <span class="tag ${name === "providers" ? "" : "wait"}">${entries.length}</span></summary>
      <pre>${JSON.stringify(entries, null, 2)}</pre></details></li>`;
  })}</ul>`;
}
