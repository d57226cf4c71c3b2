import fc from "fast-check";
import type { BoardCommand, ReportRefund } from "#domain/board/commands";
import { decide, isRefusal } from "#domain/board/decide";
import type { BoardEvent } from "#domain/board/events";
import { evolve } from "#domain/board/evolve";
import type { Signal } from "#domain/board/flags";
import type { CloseReason, PaymentProviderName, PaymentStatus } from "#domain/board/lifecycle";
import { type BoardState, unopenedBoard } from "#domain/board/state";
import { boardCode, derivedId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import { DEADLINE, later, OPENED_AT, OPERATOR, openCommand } from "./history.ts";
import { Ledger } from "./ledger.ts";

export type Step = Readonly<{ command: BoardCommand; at: Date }>;
export type Judge = typeof decide;

const HOUR_MS = 3_600_000;
const BOARD_ID = derivedId(OPENED_AT, "a board");
const SYSTEM = { kind: "system" } as const;

type Guest = Readonly<{
  id: string;
  reference: string;
  provider: PaymentProviderName;
  amount: number;
  signals: Signal[];
}>;

/** Small gifts, and two that together make a pot a person should look at; two begin in an odd way. */
const GUESTS: readonly Guest[] = (
  [
    ["payfast", 2_000, []],
    ["ozow", 14_345, ["unexpected_country"]],
    ["snapscan", 26_690, []],
    ["payfast", 390_000, ["unexpected_country"]],
    ["ozow", 650_000, []],
  ] as const
).map(([provider, amount, signals], n) => {
  const id = derivedId(OPENED_AT, "contribution", n);
  return { id, reference: paymentReference(boardCode(BOARD_ID), id), provider, amount, signals: [...signals] };
});
const PAYMENTS = ["first", "second"] as const;

const guest = fc.constantFrom(...GUESTS);
const paymentOf = ({ reference }: Guest, which: string) => `${which} of ${reference}`;

function contribute({ id, reference, provider, amount, signals }: Guest): BoardCommand {
  const form = { contributionId: id, submission: `form of ${reference}`, provider, amount: cents(amount) };
  return { type: "open_contribution", ...form, signals };
}

/** A provider's word: mostly of the first payment and of the right amount, now and then neither, nor its to tell. */
const report = fc
  .record({
    of: guest,
    status: often<Exclude<PaymentStatus, "pending">>(
      [6, "completed"],
      [1, "processing"],
      [1, "failed"],
      [1, "refunded"],
    ),
    off: often([9, 0], [1, -1], [1, 1], [1, null]),
    which: often([4, "first"], [1, "second"]),
    teller: often<PaymentProviderName | null>([15, null], [1, "snapscan"]),
  })
  .map(({ of, status, off, which, teller }): BoardCommand => {
    const { reference, provider } = of;
    const payment = { providerPaymentId: paymentOf(of, which), providerStatus: "any" };
    const amount = off === null ? null : cents(of.amount + off);
    return { type: "report_payment", provider: teller ?? provider, reference, status, amount, ...payment };
  });

const news = often<ReportRefund["status"]>(
  ...([
    [4, "completed"],
    [3, "requested"],
    [2, "processing"],
    [3, "failed"],
    [1, "by_hand"],
    [1, "returned"],
  ] as const),
);
const reportRefund = fc
  .record({
    of: guest,
    which: often([3, "first"], [1, "second"]),
    status: news,
    name: fc.constantFrom(null, "r1", "r2"),
  })
  .map(({ of, which, status, name }) => refundNews(of, which, status, name));

function refundNews(of: Guest, which: string, status: ReportRefund["status"], name: string | null): BoardCommand {
  const about = { contributionId: of.id, providerPaymentId: paymentOf(of, which), status };
  return { type: "report_refund", ...about, providerRefundId: name, reason: null, by: SYSTEM };
}

const giveBack = fc
  .record({ of: guest, which: fc.constantFrom(null, null, ...PAYMENTS) })
  .map(({ of, which }): BoardCommand => {
    const providerPaymentId = which && paymentOf(of, which);
    return { type: "request_refund", contributionId: of.id, providerPaymentId, cause: "operator", by: OPERATOR };
  });

/** Every flag that a history may raise, as an operator would clear it. */
const CLEARINGS: readonly BoardCommand[] = [
  ...(["new_board_spike", "new_host"] as const).map((flag) => ({
    flag,
    contributionId: null,
    providerPaymentId: null,
  })),
  ...GUESTS.flatMap((of) => [
    { flag: "unexpected_country" as const, contributionId: of.id, providerPaymentId: null },
    ...PAYMENTS.flatMap((which) =>
      (["amount_mismatch", "refund_returned"] as const).map((flag) => ({
        ...{ flag, contributionId: of.id, providerPaymentId: paymentOf(of, which) },
      })),
    ),
  ]),
].map((flag) => ({ type: "clear_flag", ...flag, by: OPERATOR }));

const attempt = fc
  .record({
    of: guest,
    kind: fc.constantFrom("retry", "retry", "note", "expire", "form"),
    nth: fc.constantFrom(1, 1, 2, 3),
  })
  .map(({ of, kind, nth }): BoardCommand => {
    const { reference } = of;
    if (kind === "retry") return { type: "retry_payment", reference };
    if (kind === "expire") return { type: "expire_payment", reference };
    if (kind === "form") return contribute(of);
    return { type: "note_payment_request", reference, attempt: nth, requestId: `request ${nth}` };
  });

const end = fc
  .record({
    kind: often([4, "close"], [2, "cancel"], [2, "deadline"]),
    reason: often<CloseReason>([4, "manual"], [1, "goal_reached"], [1, "deadline_reached"]),
    providersAsked: fc.boolean(),
  })
  .map(({ kind, reason, providersAsked }): BoardCommand => {
    if (kind === "close") return { type: "close_board", reason, by: SYSTEM };
    return kind === "cancel" ? { type: "cancel_board", by: SYSTEM } : { type: "pass_deadline", providersAsked };
  });

/**
 * Four times a day for thirty days, so that much meets in one instant; a little beside it; and around the deadline.
 * `lean`: payments mostly come early and refunds late, or there would be nothing to give back.
 */
const momentLeaning = (lean: (a: number, b: number) => number) =>
  fc
    .record({
      slots: fc.tuple(fc.nat(120), fc.nat(120)),
      minutes: often([3, 0], [1, 30], [1, 61]),
      near: often([11, null], [1, -1], [1, 0], [1, 15]),
    })
    .map(({ slots: [a, b], minutes, near }) =>
      near === null ? later(OPENED_AT, lean(a, b) * 6 * HOUR_MS + minutes * 60_000) : later(DEADLINE, near * 60_000),
    );
const early = momentLeaning(Math.min);
const late = momentLeaning(Math.max);
const whenever = momentLeaning((a) => a);
/** From the day after the deadline on. */
const overdue = momentLeaning((a, b) => 82 + ((a + b) % 38));

const at = (moment: fc.Arbitrary<Date>, commands: fc.Arbitrary<BoardCommand>): fc.Arbitrary<Step> =>
  fc.record({ command: commands, at: moment });

const middle = (paid: fc.Arbitrary<Date>) =>
  fc.array(
    fc.oneof(
      { weight: 30, arbitrary: at(paid, report) },
      { weight: 10, arbitrary: at(paid, attempt) },
      { weight: 15, arbitrary: at(late, reportRefund) },
      { weight: 8, arbitrary: at(late, giveBack) },
      { weight: 6, arbitrary: at(late, fc.constantFrom(...CLEARINGS)) },
      { weight: 1, arbitrary: at(late, end) },
    ),
    { maxLength: 70, size: "max" },
  );

/**
 * Commands as the world sends them: shuffled, repeated, late, contradicting each other. Most guests begin early, most
 * boards are ended by somebody, and in some an operator tidies up at last; without that random play rarely gets deep.
 */
export const steps: fc.Arbitrary<Step[]> = fc
  .record({
    beginnings: fc.tuple(...GUESTS.map(() => often([1, null], [5, 0], [1, 60]))),
    middle: fc.oneof({ weight: 5, arbitrary: middle(early) }, { weight: 1, arbitrary: middle(overdue) }),
    ending: fc.option(at(whenever, end), { freq: 8 }),
    jobRuns: fc.boolean(),
    refundsSettle: fc.boolean(),
    flagsCleared: fc.boolean(),
  })
  .map(({ beginnings, middle, ending, jobRuns, refundsSettle, flagsCleared }) => {
    const begun = GUESTS.flatMap((of, n) => {
      const slot = beginnings[n] ?? null;
      return slot === null ? [] : [{ command: contribute(of), at: later(OPENED_AT, slot * HOUR_MS) }];
    });
    const last = later(OPENED_AT, 31 * 24 * HOUR_MS);
    const settled = GUESTS.flatMap((of) => PAYMENTS.map((which) => refundNews(of, which, "completed", null)));
    const tidied = [...(refundsSettle ? settled : []), ...(flagsCleared ? CLEARINGS : [])];
    const job: Step = { command: { type: "pass_deadline", providersAsked: true }, at: later(DEADLINE, HOUR_MS) };
    const ends = [...(ending ? [ending] : []), ...(jobRuns ? [job] : [])];
    const all = [...begun, ...middle, ...ends, ...tidied.map((command) => ({ command, at: last }))];
    return all.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  });

export const opening: fc.Arbitrary<BoardCommand> = fc
  .record({
    goal: fc.oneof(fc.integer({ min: 2_000, max: 60_000 }), fc.integer({ min: 2_000, max: 1_200_000 })),
    philanthropy: fc.boolean(),
    hostDays: fc.constantFrom(null, 0, 100),
  })
  .map(({ goal, philanthropy, hostDays }) =>
    openCommand({
      ...{ boardId: BOARD_ID, goal: cents(goal) },
      ...(hostDays !== null && { hostSince: later(OPENED_AT, -hostDays * 24 * HOUR_MS) }),
      giftType: philanthropy ? "philanthropy" : "takealot_product",
      payoutMethod: philanthropy ? "philanthropy_donation" : "takealot_gift_card",
    }),
  );

export type Life = Readonly<{
  state: BoardState;
  log: readonly { at: string; event: BoardEvent }[];
  /** Names of the invariants that did not hold at every moment. */
  broken: ReadonlySet<string>;
}>;

/** Plays a history by the rules of `judge`, watched by a ledger of its own. */
export function live(first: BoardCommand, history: readonly Step[], judge: Judge = decide): Life {
  let state = unopenedBoard();
  const log: { at: string; event: BoardEvent }[] = [];
  const ledger = new Ledger();
  for (const { command, at: now } of [{ command: first, at: OPENED_AT }, ...history]) {
    ledger.hear(command, state);
    const outcome = judge(state, command, now);
    const events = isRefusal(outcome) ? [] : outcome;
    for (const event of events) {
      ledger.expect(event, state, now);
      state = evolve(state, event, now.toISOString());
      ledger.note(event, state);
      log.push({ at: now.toISOString(), event });
    }
    ledger.balance(state);
  }
  return { state, log, broken: ledger.broken };
}

function often<T>(...choices: readonly (readonly [number, T])[]): fc.Arbitrary<T> {
  return fc.constantFrom(...choices.flatMap(([weight, value]) => Array.from({ length: weight }, () => value)));
}
