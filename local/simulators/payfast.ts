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
/** The entries of the file. */
type Entry = { kind: "checkout"; checkout: Checkout } | NoticeEntry<Notice> | AccountEntry;

/** `vouch` answers correctly, `deny` answers INVALID to everything, `down` answers 503. */
export const VALIDATE_MODES = ["vouch", "deny", "down"] as const;
export type ValidateMode = (typeof VALIDATE_MODES)[number];

type PayfastOptions = {
  merchant: Merchant;
  path: string | null;
  /** the address of notices whose form has none */
  notifyUrl: string;
  findContribution: FindContribution;
};

const LATE_MS = 5_000;
/** The retries after an answer other than 200. PayFast itself waits ten minutes before the third attempt. */
const RETRY_DELAYS_MS = [0, 10_000, 30_000, 90_000, 300_000];
/** The address of notices, from a range that PayFast publishes. */
const SOURCE_ADDRESS = "197.97.145.146";

/** PayFast: its form, notices and their confirmation, history and refunds. */
export class PayfastSimulator implements ProviderSimulator {
  validateMode: ValidateMode = "vouch";
  readonly api = new ApiSwitch();
  readonly account = new PayfastAccount();
  readonly #options: PayfastOptions;
  readonly #log: JsonLines<Entry>;
  readonly #checkouts = new Map<string, Checkout>();
  readonly #latest = new Map<string, Checkout>();
  readonly #courier: Courier<Notice>;
  #lastPaymentId = Date.now();

  constructor(options: PayfastOptions) {
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

  /** Handles a button of the payment page. As at PayFast, the notices are sent before the browser goes on. */
  async finish(checkout: Checkout, outcome: Outcome): Promise<string> {
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
    // A confirmed hand-signed notice is entered into the books, so that the history agrees with it.
    const money = valid ? moneyIn(body) : null;
    if (money) this.#receive(money, "");
    return { status: 200, text: valid ? "VALID" : "INVALID" };
  }

  /** Refunds a part or all of a payment at once, as PayFast's API does. */
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
      // The guest paid the same form twice, so PayFast has two payments with two ids.
      pay_twice: [paid, { ...paid, providerPaymentId: this.#nextId() }],
      // Some payment methods send no notice of a cancellation. This sends one.
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

  /** A payment that is reported again is entered once. */
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

/** A forged notice is about a payment that does not exist. */
function isMoney({ status, forged }: NoticeContent): boolean {
  return status === "COMPLETE" && !forged;
}
