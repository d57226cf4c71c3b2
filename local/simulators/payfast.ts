import { randomUUID } from "node:crypto";
import { JsonLines } from "../json-lines.ts";
import { ApiSwitch } from "./api-switch.ts";
import { Courier, type Notice, type NoticeEntry, newNotice } from "./courier.ts";
import {
  type CallbackResult,
  type FindContribution,
  type Outcome,
  type PaymentLine,
  type ProviderSimulator,
  rands,
} from "./outcomes.ts";
import { type AccountEntry, PayfastAccount, type ReceivedPayment } from "./payfast-account.ts";
import { type CheckoutForm, type Merchant, readCheckout } from "./payfast-checkout.ts";
import { moneyIn, type NoticeContent, noticeBody, vouchesFor } from "./payfast-notice.ts";

export type Checkout = CheckoutForm & { token: string; providerPaymentId: string; at: string; notifyUrl: string };
/** What the file keeps: every fact once, in order. */
type Entry = { kind: "checkout"; checkout: Checkout } | NoticeEntry<Notice> | AccountEntry;

/** `vouch` tells the truth, `deny` answers INVALID to everything, `down` answers 503. */
export const VALIDATE_MODES = ["vouch", "deny", "down"] as const;
export type ValidateMode = (typeof VALIDATE_MODES)[number];

type Options = {
  merchant: Merchant;
  path: string | null;
  /** where notices go that no form named an address for */
  notifyUrl: string;
  findContribution: FindContribution;
};

const LATE_MS = 5_000;
/** After an answer other than 200: at once, then later and later. PayFast itself waits ten minutes before the third. */
const RETRY_DELAYS_MS = [0, 10_000, 30_000, 90_000, 300_000];
/** From a range PayFast publishes: what the edge would say about where its notices come from. */
const SOURCE_ADDRESS = "197.97.145.146";

/** PayFast as seen from outside: takes the form, sends notices, vouches for them, keeps the money. */
export class PayfastSimulator implements ProviderSimulator {
  validateMode: ValidateMode = "vouch";
  readonly api = new ApiSwitch();
  readonly account = new PayfastAccount();
  readonly #options: Options;
  readonly #log: JsonLines<Entry>;
  readonly #checkouts = new Map<string, Checkout>();
  readonly #latest = new Map<string, Checkout>();
  readonly #courier: Courier<Notice>;
  #lastPaymentId = Date.now();

  constructor(options: Options) {
    this.#options = options;
    this.#courier = new Courier({
      keep: (entry) => this.#record(entry),
      headersOf: () => ({
        "content-type": "application/x-www-form-urlencoded",
        "cf-connecting-ip": SOURCE_ADDRESS,
      }),
      isTaken: (status) => status === 200,
      retryDelaysMs: RETRY_DELAYS_MS,
    });
    this.#log = new JsonLines<Entry>(options.path);
    for (const entry of this.#log.items) this.#apply(entry);
  }

  get merchant(): Merchant {
    return this.#options.merchant;
  }

  resume(): void {
    this.#courier.resume();
  }

  stop(): void {
    this.#courier.stop();
    this.api.stop();
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
    return this.#courier.of(token);
  }

  payments(): PaymentLine[] {
    return this.checkouts().map(({ token, reference, amountCents, at }) => ({
      provider: "payfast",
      reference,
      amountCents,
      at,
      page: `/eng/payment/${token}`,
      books: this.account.receivedFor(reference).flatMap((payment) => this.#bookLines(payment)),
      notices: this.noticesOf(token),
    }));
  }

  /** The guest pressed a button. Notices go out before the browser does, as PayFast sends them; late ones after. */
  async settle(checkout: Checkout, outcome: Outcome): Promise<string> {
    const late = outcome === "pay_late";
    const notices = this.#noticesFor(checkout, outcome, late ? LATE_MS : 0);
    if (late) this.#courier.deliverLater(notices);
    else await this.#courier.deliver(notices);
    const back = outcome === "cancel" ? checkout.fields.cancel_url : checkout.fields.return_url;
    return back ?? new URL("/", checkout.notifyUrl).href;
  }

  async simulate(reference: string, outcome: Outcome): Promise<CallbackResult[] | null> {
    const checkout = this.#latest.get(reference) ?? (await this.#openUnseen(reference));
    return checkout && this.#courier.deliver(this.#noticesFor(checkout, outcome, 0));
  }

  flush(): Promise<number> {
    return this.#courier.flush();
  }

  validate(body: string): { status: 200 | 503; text: string } {
    if (this.validateMode === "down") return { status: 503, text: "Service Unavailable" };
    const valid = this.validateMode === "vouch" && vouchesFor(body, this.#options.merchant);
    // Somebody signed it by hand: what is vouched for is in the books as well, or the history would contradict it.
    const money = valid ? moneyIn(body) : null;
    if (money) this.#receive(money, "");
    return { status: 200, text: valid ? "VALID" : "INVALID" };
  }

  /** Gives back part or all of a payment, at once, as PayFast's API does. */
  refund({ pfPaymentId }: ReceivedPayment, amountCents: number, reason: string): void {
    const at = new Date().toISOString();
    this.#record({ kind: "refund", refund: { pfPaymentId, amountCents, reason, at } });
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
    const { amountCents, providerPaymentId, token, notifyUrl } = checkout;
    const paid: NoticeContent = { status: "COMPLETE", providerPaymentId, grossCents: amountCents, forged: false };
    const contents: Record<Outcome, NoticeContent[]> = {
      pay: [paid],
      pay_late: [paid],
      // The guest paid the same form twice: real money both times, so PayFast gives it two ids.
      pay_twice: [paid, { ...paid, providerPaymentId: this.#nextId() }],
      // Once-off payments are cancelled silently by some methods; a notice is the harder case for us.
      cancel: [{ ...paid, status: "CANCELLED" }],
      fail: [{ ...paid, status: "FAILED" }],
      wrong_amount: [{ ...paid, grossCents: Math.floor(amountCents / 2) }],
      bad_signature: [{ ...paid, forged: true }],
      silent: [],
      duplicate: [paid, paid, paid],
      reorder: [paid, { ...paid, status: "PENDING" }],
    };
    const money = outcome === "silent" ? [paid] : contents[outcome].filter(isMoney);
    for (const { providerPaymentId: pfPaymentId, grossCents } of money) {
      this.#receive({ pfPaymentId, reference: checkout.reference, grossCents }, checkout.fields.name_first ?? "");
    }
    return contents[outcome].map((content) => {
      const body = noticeBody(checkout, content, this.#options.merchant);
      return newNotice({ token, status: content.status, body, notifyUrl }, delayMs);
    });
  }

  /** The same payment told again is the same money. */
  #receive(payment: Omit<ReceivedPayment, "name" | "at">, name: string): void {
    if (this.account.find(payment.pfPaymentId)) return;
    this.#record({ kind: "received", payment: { ...payment, name, at: new Date().toISOString() } });
  }

  #bookLines(payment: ReceivedPayment): string[] {
    const refunds = this.account.refundsOf(payment.pfPaymentId);
    return [
      `received ${rands(payment.grossCents)}`,
      ...refunds.map(({ amountCents }) => `refunded ${rands(amountCents)}`),
    ];
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
    } else if (entry.kind === "received" || entry.kind === "refund") this.account.apply(entry);
    else this.#courier.apply(entry);
  }
}

/** A forger's notice speaks of money that nobody paid. */
function isMoney({ status, forged }: NoticeContent): boolean {
  return status === "COMPLETE" && !forged;
}
