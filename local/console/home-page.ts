import { html } from "hono/html";
import { createBoardCurl } from "../first-curl.ts";
import { clock, type Html, page, rand } from "./layout.ts";
import { type ModeSwitch, modeSwitches } from "./mode-switches.ts";
import { type BoardLine, type ConsoleParts, newestPayments } from "./parts.ts";
import { matterList, paymentList, payoutList } from "./payment-sections.ts";

const SHOWN = 6;
/** What the sweepers do by themselves every minute; here for the impatient. */
export const JOBS = [
  "dispatch-webhooks",
  "dispatch-mail",
  "close-due-boards",
  "compare-boards",
  "reconcile-payments",
  "send-refunds",
  "execute-payouts",
  "remind-hosts",
  "compare-settlements",
  "scrub-origins",
  "purge-webhook-bodies",
  "purge-old-records",
  "purge-financial-records",
  "purge-audit-log",
  "anonymise-boards",
  "finish-erasures",
  "purge-idempotency-keys",
  "reencrypt",
] as const;

export type HomeState = { boards: BoardLine[] | null; ready: boolean; matters: Record<string, unknown> | null };

export function homePage(parts: ConsoleParts, state: HomeState): Html {
  const { worker, simulators, counterparties, mailbox, receiver } = parts;
  return page(
    "ChipIn, on this machine",
    html`<div class="column">
        <section><h2>Dream boards</h2>${boardList(worker, state.boards)}</section>
        <section><h2>Payments at the providers</h2>${paymentList(newestPayments(simulators))}</section>
        <section><h2>Payouts at the counterparties</h2>${payoutList(counterparties.books.newest())}</section>
        <section><h2>Payments that need a person</h2>${matterList(state.matters)}</section>
        <section><h2>For partners</h2>${partnerCard(parts)}</section>
      </div>
      <div class="column">
        <section><h2>Health and faults</h2>${switches(parts, state.ready)}</section>
        <section><h2><a href="/mail">Mail</a></h2>${mailLines(mailbox)}</section>
        <section><h2><a href="/webhooks">Webhooks received</a></h2>${deliveryLines(receiver)}</section>
        <section><h2>Scheduled jobs</h2>
          <p class="muted">They run by themselves when they are due.</p>
          ${JOBS.map((job) => html`<form class="line" method="post" action="/jobs/${job}"><b>${job}</b><button>Run now</button></form>`)}
        </section>
      </div>`,
    "home",
  );
}

function boardList(worker: string, boards: BoardLine[] | null): Html {
  if (!boards) return html`<p class="empty">Postgres cannot be asked right now. Board pages keep working.</p>`;
  if (boards.length === 0) return html`<p class="empty">None yet. The command below makes one.</p>`;
  return html`<ul class="rows">${boards.map((board) => {
    const percent = Math.min(100, Math.floor((board.raisedCents * 100) / board.goalCents));
    return html`<li><div class="row"><a href="${worker}/${board.slug}"><b>${board.childName}</b></a><span class="tag">${board.status}</span></div>
      <div class="bar"><i style="width: ${percent}%"></i></div>
      <div class="row muted"><span>${rand(board.raisedCents)} of ${rand(board.goalCents)}, ${board.contributions} contributions</span><a href="${worker}/${board.slug}/contribute">Contribute</a></div></li>`;
  })}</ul>`;
}

function partnerCard({ worker, partner, hostEmail, adminEmail }: ConsoleParts): Html {
  const known = partner();
  if (!known) return html`<p class="empty">The demo partner is being made.</p>`;
  return html`<dl><dt>API</dt><dd><a href="${worker}/v1/openapi.json">${worker}/v1</a></dd><dt>Key</dt><dd><code>${known.apiKey}</code></dd>
      <dt>Host</dt><dd>${hostEmail}</dd><dt>Admin</dt><dd>${adminEmail}</dd></dl>
    <p>Make a board from a terminal:</p><pre>${createBoardCurl(worker, known.apiKey, new Date())}</pre>`;
}

function switches(parts: ConsoleParts, ready: boolean): Html {
  const { gateway, worker } = parts;
  return html`
    <form class="line" method="get" action="${worker}/health/ready"><b>Worker</b><span class="tag ${ready ? "" : "bad"}">${ready ? "ready" : "not ready"}</span></form>
    <form class="line" method="post" action="/postgres/${gateway.paused ? "plug" : "unplug"}"><b>Postgres</b>
      <span class="tag ${gateway.paused ? "bad" : ""}">${gateway.paused ? "unplugged" : "there"}</span><button>${gateway.paused ? "Plug in again" : "Unplug"}</button></form>
    ${modeSwitches(parts).map(modeForm)}`;
}

function modeForm({ label, what, modes, current }: ModeSwitch): Html {
  return html`<form class="line modes" method="post" action="/modes/${what}"><b>${label}</b>
    ${modes.map((mode) => html`<button name="mode" value="${mode}" class="${mode === current ? "on" : ""}" aria-pressed="${mode === current}">${mode.replaceAll("_", " ").toLowerCase()}</button>`)}</form>`;
}

function mailLines(mailbox: ConsoleParts["mailbox"]): Html {
  const mails = mailbox.newest().slice(0, SHOWN);
  if (mails.length === 0) return html`<p class="empty">No mail yet.</p>`;
  return html`<ul class="rows">${mails.map(
    ({ id, subject, to, at }) =>
      html`<li><a href="/mail/${id}">${subject}</a><div class="row muted"><span>${to}</span><span>${clock(at)}</span></div></li>`,
  )}</ul>`;
}

function deliveryLines(receiver: ConsoleParts["receiver"]): Html {
  const deliveries = receiver.newest().slice(0, SHOWN);
  if (deliveries.length === 0) return html`<p class="empty">Nothing delivered yet.</p>`;
  return html`<ul class="rows">${deliveries.map(
    ({ body, at, verified }) =>
      html`<li><div class="row"><b>${eventType(body)}</b>${verdictTag(verified)}</div><span class="muted">${clock(at)}</span></li>`,
  )}</ul>`;
}

export function verdictTag(verified: boolean): Html {
  return verified ? html`<span class="tag">signature fits</span>` : html`<span class="tag bad">not verified</span>`;
}

export function eventType(body: string): string {
  try {
    const { type } = JSON.parse(body) as { type?: unknown };
    return typeof type === "string" ? type : "no type";
  } catch {
    return "not JSON";
  }
}
