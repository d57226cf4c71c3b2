import { randomUUID } from "node:crypto";
import { JsonLines } from "../json-lines.ts";
import type { CallbackResult, KnownContribution, Outcome } from "./outcomes.ts";
import { type CheckoutForm, type Merchant, readCheckout } from "./payfast-checkout.ts";
import { type NoticeContent, type NoticeStatus, noticeBody, vouchesFor } from "./payfast-notice.ts";

export type Checkout = CheckoutForm & { token: string; providerPaymentId: string; at: string; notifyUrl: string };
export type Notice = {
  id: string;
  token: string;
  status: NoticeStatus;
  body: string;
  notifyUrl: string;
  dueAt: string;
  attempts: { status: number; at: string }[];
};
/** What the file keeps: every fact once, in order. */
type Entry =
  | { kind: "checkout"; checkout: Checkout }
  | { kind: "notice"; notice: Notice }
  | { kind: "attempt"; noticeId: string; status: number; at: string };

/** `vouch` tells the truth, `deny` answers INVALID to everything, `down` answers 503. */
export const VALIDATE_MODES = ["vouch", "deny", "down"] as const;
export type ValidateMode = (typeof VALIDATE_MODES)[number];

type Options = {
  merchant: Merchant;
  path: string | null;
  /** where notices go that no form named an address for */
  notifyUrl: string;
  findContribution: (reference: string) => Promise<KnownContribution | null>;
};

const LATE_MS = 5_000;
/** After an answer other than 200: at once, then later and later. PayFast itself waits ten minutes before the third. */
const RETRY_DELAYS_MS = [0, 10_000, 30_000, 90_000, 300_000];
const ANSWER_TIMEOUT_MS = 30_000;
/** From a range PayFast publishes: what the edge would say about where its notices come from. */
const SOURCE_ADDRESS = "197.97.145.146";

/** PayFast as seen from outside: takes the form, sends notices, vouches for them. */
export class PayfastSimulator {
  validateMode: ValidateMode = "vouch";
  readonly #options: Options;
  readonly #log: JsonLines<Entry>;
  readonly #checkouts = new Map<string, Checkout>();
  readonly #latest = new Map<string, Checkout>();
  readonly #notices = new Map<string, Notice>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #lastPaymentId = Date.now();
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
    this.#log = new JsonLines<Entry>(options.path);
    for (const entry of this.#log.items) this.#apply(entry);
  }

  /** Sends what an earlier run still owed. */
  resume(): void {
    for (const notice of this.#notices.values()) if (isOwed(notice)) this.#schedule(notice, msUntil(notice.dueAt));
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** What the browser posted to `/eng/process`. */
  open(body: string): Checkout | { problem: string } {
    const form = readCheckout(body, this.#options.merchant);
    return "problem" in form ? form : this.#remember(form, form.fields.notify_url ?? this.#options.notifyUrl);
  }

  find(token: string): Checkout | null {
    return this.#checkouts.get(token) ?? null;
  }

  /** Newest first. */
  checkouts(): Checkout[] {
    return [...this.#checkouts.values()].toReversed();
  }

  noticesOf(token: string): Notice[] {
    return [...this.#notices.values()].filter((notice) => notice.token === token);
  }

  /** The guest pressed a button. Notices go out before the browser does, as PayFast sends them; late ones after. */
  async settle(checkout: Checkout, outcome: Outcome): Promise<string> {
    const notices = this.#noticesFor(checkout, outcome, outcome === "pay_late" ? LATE_MS : 0);
    for (const notice of notices) {
      if (outcome === "pay_late") this.#schedule(notice, LATE_MS);
      else await this.#deliver(notice);
    }
    const back = outcome === "cancel" ? checkout.fields.cancel_url : checkout.fields.return_url;
    return back ?? new URL("/", checkout.notifyUrl).href;
  }

  /** Reports `outcome` for a payment now; null when nobody knows the reference. */
  async simulate(reference: string, outcome: Outcome): Promise<CallbackResult[] | null> {
    const checkout = this.#latest.get(reference) ?? (await this.#openUnseen(reference));
    if (!checkout) return null;
    const results: CallbackResult[] = [];
    for (const notice of this.#noticesFor(checkout, outcome, 0)) results.push(await this.#deliver(notice));
    return results;
  }

  /** Everything due later, now. */
  async flush(): Promise<number> {
    const owed = [...this.#timers.keys()].flatMap((id) => this.#notices.get(id) ?? []);
    for (const notice of owed) await this.#deliver(notice);
    return owed.length;
  }

  validate(body: string): { status: 200 | 503; text: string } {
    if (this.validateMode === "down") return { status: 503, text: "Service Unavailable" };
    const valid = this.validateMode === "vouch" && vouchesFor(body, this.#options.merchant);
    return { status: 200, text: valid ? "VALID" : "INVALID" };
  }

  async #openUnseen(reference: string): Promise<Checkout | null> {
    const known = await this.#options.findContribution(reference);
    if (!known) return null;
    const fields = { item_name: "ChipIn gift contribution" };
    return this.#remember({ reference, amountCents: known.amountCents, fields }, this.#options.notifyUrl);
  }

  #remember(form: CheckoutForm, notifyUrl: string): Checkout {
    const token = randomUUID();
    const checkout = { ...form, token, notifyUrl, providerPaymentId: this.#nextId(), at: new Date().toISOString() };
    this.#record({ kind: "checkout", checkout });
    return checkout;
  }

  #noticesFor(checkout: Checkout, outcome: Outcome, delayMs: number): Notice[] {
    const plain = { providerPaymentId: checkout.providerPaymentId, grossCents: checkout.amountCents, forged: false };
    const paid: NoticeContent = { status: "COMPLETE", ...plain };
    const contents: Record<Outcome, NoticeContent[]> = {
      pay: [paid],
      pay_late: [paid],
      // The guest paid the same form twice: real money both times, so PayFast gives it two ids.
      pay_twice: [paid, { ...paid, providerPaymentId: this.#nextId() }],
      // Once-off payments are cancelled silently by some methods; a notice is the harder case for us.
      cancel: [{ ...paid, status: "CANCELLED" }],
      fail: [{ ...paid, status: "FAILED" }],
      wrong_amount: [{ ...paid, grossCents: Math.floor(checkout.amountCents / 2) }],
      bad_signature: [{ ...paid, forged: true }],
      silent: [],
    };
    return contents[outcome].map((content) => {
      const notice: Notice = {
        id: randomUUID(),
        token: checkout.token,
        status: content.status,
        body: noticeBody(checkout, content, this.#options.merchant),
        notifyUrl: checkout.notifyUrl,
        dueAt: new Date(Date.now() + delayMs).toISOString(),
        attempts: [],
      };
      this.#record({ kind: "notice", notice });
      return this.#notices.get(notice.id) ?? notice;
    });
  }

  async #deliver(notice: Notice): Promise<CallbackResult> {
    this.#unschedule(notice.id);
    const result = await post(notice);
    this.#record({ kind: "attempt", noticeId: notice.id, status: result.status, at: new Date().toISOString() });
    const delay = RETRY_DELAYS_MS[notice.attempts.length - 1];
    if (result.status !== 200 && delay !== undefined) this.#schedule(notice, delay);
    return result;
  }

  #schedule(notice: Notice, delayMs: number): void {
    this.#unschedule(notice.id);
    if (this.#stopped) return;
    this.#timers.set(
      notice.id,
      setTimeout(() => void this.#deliver(notice), delayMs),
    );
  }

  #unschedule(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  #nextId(): string {
    this.#lastPaymentId += 1;
    return String(this.#lastPaymentId);
  }

  #record(entry: Entry): void {
    this.#log.append(entry);
    this.#apply(entry);
  }

  #apply(entry: Entry): void {
    if (entry.kind === "checkout") {
      this.#checkouts.set(entry.checkout.token, entry.checkout);
      this.#latest.set(entry.checkout.reference, entry.checkout);
    } else if (entry.kind === "notice") {
      this.#notices.set(entry.notice.id, { ...entry.notice, attempts: [] });
    } else {
      this.#notices.get(entry.noticeId)?.attempts.push({ status: entry.status, at: entry.at });
    }
  }
}

function isOwed({ attempts }: Notice): boolean {
  return attempts.length <= RETRY_DELAYS_MS.length && attempts.every(({ status }) => status !== 200);
}

function msUntil(instant: string): number {
  return Math.max(0, Date.parse(instant) - Date.now());
}

async function post(notice: Notice): Promise<CallbackResult> {
  try {
    const response = await fetch(notice.notifyUrl, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", "cf-connecting-ip": SOURCE_ADDRESS },
      body: notice.body,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return { status: response.status };
  } catch (error) {
    return { status: 0, error: error instanceof Error ? error.message : String(error) };
  }
}
