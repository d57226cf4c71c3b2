import { html } from "hono/html";
import type { Mail } from "../mailbox.ts";
import type { Delivery } from "../receiver.ts";
import type { LogLine } from "../worker/messages.ts";
import { eventType, verdictTag } from "./home-page.ts";
import { clock, type Html, page } from "./layout.ts";

const SHOWN = 200;

/** As in a mail program, nothing in a mail may run or reach the console. Where its links lead is a page like any other. */
export const MAIL_SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

export function mailListPage(mails: Mail[]): Html {
  const lines = mails
    .slice(0, SHOWN)
    .map(
      ({ id, subject, to, at }) =>
        html`<li><a href="/mail/${id}"><b>${subject}</b></a><div class="row muted"><span>${to}</span><span>${clock(at)}</span></div></li>`,
    );
  const list = html`<ul class="rows">${lines}</ul>`;
  return page("Mailbox", html`<section>${mails.length > 0 ? list : html`<p class="empty">No mail yet.</p>`}</section>`);
}

export function mailPage(mail: Mail): Html {
  return page(
    mail.subject,
    html`<section><dl><dt>From</dt><dd>${mail.from}</dd><dt>To</dt><dd>${mail.to}</dd><dt>At</dt><dd>${mail.at}</dd></dl></section>
      ${mail.html ? html`<section><h2>As HTML</h2><iframe sandbox="${MAIL_SANDBOX}" title="The mail as HTML" src="/mail/${mail.id}/html"></iframe></section>` : ""}
      <section><h2>As plain text</h2><pre>${mail.text || "(no plain text part)"}</pre></section>`,
  );
}

export function webhookListPage(deliveries: Delivery[]): Html {
  const lines = deliveries.slice(0, SHOWN).map(
    (delivery) => html`<li><div class="row"><b>${eventType(delivery.body)}</b>${verdictTag(delivery.verified)}</div>
      <div class="row muted"><span>${delivery.url}, answered ${delivery.answered}</span><span>${clock(delivery.at)}</span></div>
      <details><summary class="muted">Body and headers</summary><pre>${pretty(delivery.body)}</pre>
      <pre>${Object.entries(delivery.headers).map(([name, value]) => `${name}: ${value}\n`)}</pre></details></li>`,
  );
  const list = html`<ul class="rows">${lines}</ul>`;
  const empty = html`<p class="empty">Nothing delivered yet.</p>`;
  return page("Webhooks received", html`<section>${deliveries.length > 0 ? list : empty}</section>`);
}

export function logPage(lines: LogLine[]): Html {
  const text = lines
    .toReversed()
    .map(({ at, level, message }) => `${clock(at)} ${level === "log" ? "" : `${level} `}${message}\n`);
  return page(
    "Log of the Worker",
    html`<section><p class="muted">Newest first, at most 500 lines.</p><pre>${text}</pre></section>`,
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
