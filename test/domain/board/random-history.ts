import fc from "fast-check";
import { type Actor, ADMIN, SYSTEM } from "#domain/board/actor";
import { Board } from "#domain/board/board";
import type { BoardCommand, OpenBoard, ReportRefund } from "#domain/board/commands";
import type { decide } from "#domain/board/decide";
import type { RecordedEvent } from "#domain/board/events";
import { evolve } from "#domain/board/evolve";
import type { CloseReason, ExecutionMethod, PaymentProviderName, PaymentStatus, Signal } from "#domain/board/lifecycle";
import { type BoardState, unopenedBoard } from "#domain/board/state";
import { boardCode, derivedId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import {
  boardProfile,
  DEADLINE,
  later,
  MemoryJournal,
  NO_CONTRIBUTOR,
  OPENED_AT,
  openCommand,
} from "../../support/board.ts";
import { Ledger } from "./ledger.ts";

export type Step = Readonly<{ command: BoardCommand; at: Date; by: Actor }>;
export type DecideRules = typeof decide;

const HOUR_MS = 3_600_000;
const BOARD_ID = derivedId(OPENED_AT, "a board");
const PARTNER_ID = derivedId(OPENED_AT, "a partner");
const HOST_ID = derivedId(OPENED_AT, "a host");
const OTHER_OWNER_ID = derivedId(OPENED_AT, "another owner");

/** Every kind of actor; the last two are owners of other boards. */
const actor = often<Actor>(
  [18, SYSTEM],
  [4, ADMIN],
  [4, { kind: "partner", partnerId: PARTNER_ID, apiKeyId: "key" }],
  [4, { kind: "host", hostId: HOST_ID }],
  [1, { kind: "partner", partnerId: OTHER_OWNER_ID, apiKeyId: "key" }],
  [1, { kind: "host", hostId: OTHER_OWNER_ID }],
);

type Guest = Readonly<{
  id: string;
  reference: string;
  submission: string;
  provider: PaymentProviderName;
  amount: number;
  signals: Signal[];
}>;

/** Small gifts, two large ones whose pot opens a flag, and two with a signal. */
const FORMS = [
  ["payfast", 2_000, []],
  ["ozow", 14_345, ["unexpected_country"]],
  ["snapscan", 26_690, []],
  ["payfast", 390_000, ["unexpected_country"]],
  ["ozow", 650_000, []],
] as const;

const guests = (which: string): readonly Guest[] =>
  FORMS.map(([provider, amount, signals], n) => {
    const id = derivedId(OPENED_AT, which, n);
    const reference = paymentReference(boardCode(BOARD_ID), id);
    return { id, reference, submission: `form ${n}`, provider, amount, signals: [...signals] };
  });
const GUESTS = guests("contribution");
/** The same forms again. Each is another contribution once the first one has left the state. */
const SENT_AGAIN = guests("contribution again");
const ALL = [...GUESTS, ...SENT_AGAIN];
const PAYMENTS = ["first", "second"] as const;

const guest = fc.constantFrom(...GUESTS, ...GUESTS, ...GUESTS, ...GUESTS, ...SENT_AGAIN);
const paymentOf = ({ reference }: Guest, which: string) => `${which} of ${reference}`;

function contribute({ id, submission, provider, amount, signals }: Guest): BoardCommand {
  const form = { contributionId: id, submission, provider, amount: cents(amount), signals };
  return { type: "open_contribution", ...form, challengePassed: false };
}

/** A report of a provider: mostly on the first payment and of the right amount, sometimes of another provider. */
const report = fc
  .record({
    of: guest,
    status: often<Exclude<PaymentStatus, "pending">>(
      [6, "completed"],
      [1, "processing"],
      [2, "failed"],
      [1, "refunded"],
    ),
    off: often([9, 0], [1, -1], [1, 1], [1, null]),
    which: often([4, "first"], [1, "second"]),
    reporter: often<PaymentProviderName | null>([15, null], [1, "snapscan"]),
  })
  .map(({ of, status, off, which, reporter }): BoardCommand => {
    const { reference, provider } = of;
    const payment = { providerPaymentId: paymentOf(of, which), providerStatus: "any" };
    const amount = off === null ? null : cents(of.amount + off);
    return { type: "report_payment", provider: reporter ?? provider, reference, status, amount, ...payment };
  });

const refundStatus = often<ReportRefund["status"]>(
  [4, "completed"],
  [3, "requested"],
  [2, "processing"],
  [3, "failed"],
  [1, "needs_manual_action"],
  [1, "returned"],
);
const reportRefund = fc
  .record({
    of: guest,
    which: often([3, "first"], [1, "second"]),
    status: refundStatus,
    name: fc.constantFrom(null, "r1", "r2"),
    byReference: fc.boolean(),
  })
  .map(({ of, which, status, name, byReference }) => refundReport(of, which, status, { name, byReference }));

function refundReport(
  of: Guest,
  which: string,
  status: ReportRefund["status"],
  { name = null, byReference = false }: { name?: string | null; byReference?: boolean } = {},
): BoardCommand {
  const contribution = byReference ? { reference: of.reference } : { id: of.id };
  const report = { contribution, providerPaymentId: paymentOf(of, which), status };
  return { type: "report_refund", ...report, providerRefundId: name, reason: null };
}

const requestRefund = fc
  .record({ of: guest, which: fc.constantFrom(null, null, ...PAYMENTS) })
  .map(({ of, which }): BoardCommand => {
    const providerPaymentId = which && paymentOf(of, which);
    return { type: "request_refund", contributionId: of.id, providerPaymentId };
  });

const withdrawRefund = fc
  .record({ of: guest, which: often([4, "first"], [1, "second"]) })
  .map(({ of, which }): BoardCommand => {
    return { type: "withdraw_refund", contributionId: of.id, providerPaymentId: paymentOf(of, which) };
  });

/** Every flag that a history may open, as an admin would clear it. */
const CLEARINGS: readonly BoardCommand[] = [
  ...(["new_board_spike", "new_host"] as const).map((flag) => ({
    flag,
    contributionId: null,
    providerPaymentId: null,
  })),
  ...ALL.flatMap((of) => [
    { flag: "unexpected_country" as const, contributionId: of.id, providerPaymentId: null },
    ...PAYMENTS.flatMap((which) =>
      (["amount_mismatch", "refund_returned", "refund_reversed"] as const).map((flag) => ({
        flag,
        contributionId: of.id,
        providerPaymentId: paymentOf(of, which),
      })),
    ),
  ]),
].map((flag) => ({ type: "clear_flag", ...flag }));

const attempt = fc
  .record({
    of: fc.nat(FORMS.length - 1),
    kind: fc.constantFrom("retry", "retry", "note", "expire", "form"),
    nth: fc.constantFrom(1, 1, 2, 3),
    again: often([4, false], [1, true]),
  })
  .map(({ of, kind, nth, again }): BoardCommand => {
    // A repeated form has another contribution id.
    const named = (again || kind === "form" ? SENT_AGAIN : GUESTS)[of] as Guest;
    const { reference } = named;
    if (kind === "retry") return { type: "retry_payment", reference };
    if (kind === "expire") return { type: "expire_payment", reference };
    if (kind === "form") return contribute(named);
    return { type: "note_payment_request", reference, attempt: nth, requestId: `request ${nth}` };
  });

const shown = often<"hidden" | "shown" | null>([1, null], [2, "hidden"], [1, "shown"]);

/** Edits by the owner. A moved deadline is near, so that histories still pass it. */
const update = fc
  .record({
    message: fc.constantFrom(undefined, null, "Hello", "Good day"),
    days: fc.constantFrom(null, -1, 0, 1, 3, 100),
    end: often<"cancelled" | "expired" | null>([8, null], [1, "cancelled"], [1, "expired"]),
    photo: often([3, null], [1, "/photo-1"], [1, "/photo-2"]),
    giftPicture: often([3, null], [1, "/picture-1"], [1, "/picture-2"]),
    contributors: fc.array(fc.record({ of: guest, name: shown, message: shown }), { maxLength: 2 }),
  })
  .map(
    ({ message, days, end, photo, giftPicture, contributors }): BoardCommand => ({
      type: "update_board",
      ...(message !== undefined && { message }),
      ...(photo !== null && { photo }),
      ...(giftPicture !== null && { giftPicture }),
      contributors: contributors.map(({ of, name, message }) => ({
        contributionId: of.id,
        ...(name && { name }),
        ...(message && { message }),
      })),
      ...(days !== null && { deadline: later(DEADLINE, days * 24 * HOUR_MS) }),
      ...(end !== null && { end }),
    }),
  );

/** What became of a picture at one of the addresses that a board may have. */
const copy = fc
  .record({
    of: fc.constantFrom("photo" as const, "gift" as const),
    from: fc.constantFrom(
      "https://example.com/maya.jpg",
      "https://media.takealot.com/lego.jpg",
      "/photo-1",
      "/picture-2",
    ),
    to: fc.constantFrom("/copy-1", "/copy-2", null),
  })
  .map(({ to, ...about }) => (to === null ? { ...about, problem: "too_large" as const } : { ...about, to }));
const copies = fc
  .array(copy, { minLength: 1, maxLength: 2 })
  .map((made): BoardCommand => ({ type: "copy_pictures", copies: made }));

/** Payouts are named by their number on the board, because their ids follow from the instant of closing. */
const payoutStep = fc
  .record({
    nth: often([4, 0], [3, 1], [1, 2]),
    kind: often([4, "start"], [5, "complete"], [3, "fail"], [3, "retry"], [2, "hold"], [2, "lift"]),
    method: often<ExecutionMethod>([3, "hand"], [2, "partner"], [3, "automation"]),
    execution: fc.constantFrom("execution 1", "execution 2"),
    externalRef: fc.constantFrom("order 1", "order 2"),
  })
  .map(({ nth, kind, method, execution, externalRef }): BoardCommand => {
    const payoutId = `payout ${nth}`;
    switch (kind) {
      case "start":
        return { type: "start_payout", payoutId, method, execution };
      case "complete":
        return { type: "complete_payout", payoutId, method, execution, externalRef, completedAt: null };
      case "fail":
        return { type: "fail_payout", payoutId, method, execution, errorCode: "refused", errorMessage: null };
      case "retry":
        return { type: "retry_payout", payoutId };
      default:
        return { type: kind === "hold" ? "place_hold" : "lift_hold" };
    }
  });

const supplement = guest.map(({ id: contributionId }): BoardCommand => ({ type: "supplement_payout", contributionId }));

const end = fc
  .record({
    kind: often([4, "close"], [2, "cancel"], [2, "deadline"], [2, "anonymise"]),
    reason: often<CloseReason>([4, "manual"], [1, "goal_reached"], [1, "deadline_reached"]),
    providersLookedUp: fc.boolean(),
  })
  .map(({ kind, reason, providersLookedUp }): BoardCommand => {
    if (kind === "close") return { type: "close_board", reason };
    if (kind === "anonymise") return { type: "anonymise_board" };
    return kind === "cancel" ? { type: "cancel_board" } : { type: "pass_deadline", providersLookedUp };
  });

/**
 * Instants four times a day for thirty days, so that many commands share one; some minutes later; or near the deadline.
 * `lean` makes payments early and refunds late, because a refund needs a payment.
 */
const instantLeaning = (lean: (a: number, b: number) => number) =>
  fc
    .record({
      slots: fc.tuple(fc.nat(120), fc.nat(120)),
      minutes: often([3, 0], [1, 30], [1, 61]),
      near: often([11, null], [1, -1], [1, 0], [1, 15]),
    })
    .map(({ slots: [a, b], minutes, near }) =>
      near === null ? later(OPENED_AT, lean(a, b) * 6 * HOUR_MS + minutes * 60_000) : later(DEADLINE, near * 60_000),
    );
const early = instantLeaning(Math.min);
const late = instantLeaning(Math.max);
const whenever = instantLeaning((a) => a);
/** From the day after the deadline on. */
const overdue = instantLeaning((a, b) => 82 + ((a + b) % 38));

const at = (moment: fc.Arbitrary<Date>, commands: fc.Arbitrary<BoardCommand>): fc.Arbitrary<Step> =>
  fc.record({ command: commands, at: moment, by: actor });

const middle = (paid: fc.Arbitrary<Date>) =>
  fc.array(
    fc.oneof(
      { weight: 30, arbitrary: at(paid, report) },
      { weight: 14, arbitrary: at(paid, attempt) },
      { weight: 15, arbitrary: at(late, reportRefund) },
      { weight: 8, arbitrary: at(late, requestRefund) },
      { weight: 6, arbitrary: at(late, withdrawRefund) },
      { weight: 6, arbitrary: at(late, fc.constantFrom(...CLEARINGS)) },
      { weight: 2, arbitrary: at(whenever, update) },
      { weight: 1, arbitrary: at(whenever, copies) },
      { weight: 10, arbitrary: at(late, payoutStep) },
      { weight: 3, arbitrary: at(late, supplement) },
      { weight: 1, arbitrary: at(late, end) },
    ),
    { maxLength: 80, size: "max" },
  );

const PAYOUT_NUMBERS = [0, 1, 2];

function completedByHand(nth: number): BoardCommand {
  const said = { externalRef: "order 3", completedAt: null, method: "hand" } as const;
  return { type: "complete_payout", payoutId: `payout ${nth}`, ...said };
}

function failedAndRetried(nth: number): BoardCommand[] {
  const payoutId = `payout ${nth}`;
  const claim = { payoutId, method: "automation", execution: `last ${nth}` } as const;
  return [
    { type: "start_payout", ...claim },
    { type: "fail_payout", ...claim, errorCode: "refused", errorMessage: null },
    { type: "retry_payout", payoutId },
  ];
}

/** A chargeback. */
function sentBack(of: Guest): BoardCommand {
  const payment = { providerPaymentId: paymentOf(of, "first"), providerStatus: "any" };
  const { provider, reference } = of;
  return { type: "report_payment", provider, reference, status: "refunded", amount: null, ...payment };
}

/**
 * Commands in random order: repeated, late and contradictory. Most guests begin early, most boards are ended by a
 * command, and in some all refunds are completed or all flags cleared at the end. Otherwise few histories get that far.
 */
export const steps: fc.Arbitrary<Step[]> = fc
  .record({
    beginnings: fc.tuple(...GUESTS.map(() => often([1, null], [5, 0], [1, 60]))),
    middle: fc.oneof({ weight: 5, arbitrary: middle(early) }, { weight: 1, arbitrary: middle(overdue) }),
    ending: fc.option(at(whenever, end), { freq: 8 }),
    jobRuns: fc.boolean(),
    refundsEnd: fc.boolean(),
    flagsCleared: fc.boolean(),
    payouts: fc.constantFrom<"left" | "completed" | "failed first">("left", "completed", "failed first"),
    takenBack: fc.subarray([...GUESTS]),
    anonymised: fc.boolean(),
  })
  .map(({ beginnings, middle, ending, jobRuns, refundsEnd, flagsCleared, payouts, takenBack, anonymised }) => {
    const begun = GUESTS.flatMap((of, n) => {
      const slot = beginnings[n] ?? null;
      return slot === null ? [] : [{ command: contribute(of), at: later(OPENED_AT, slot * HOUR_MS), by: SYSTEM }];
    });
    const last = later(OPENED_AT, 31 * 24 * HOUR_MS);
    const ended = ALL.flatMap((of) => PAYMENTS.map((which) => refundReport(of, which, "completed")));
    const finalSteps = [
      ...(refundsEnd ? ended : []),
      ...(flagsCleared ? [...CLEARINGS, { type: "lift_hold" } as const] : []),
      ...(payouts === "failed first" ? PAYOUT_NUMBERS.flatMap(failedAndRetried) : []),
      ...(payouts === "left" ? [] : PAYOUT_NUMBERS.map(completedByHand)),
      // Sometimes before the last news of a payment.
      ...(anonymised ? [{ type: "anonymise_board" } as const] : []),
      ...takenBack.map(sentBack),
    ];
    const asked = later(DEADLINE, HOUR_MS);
    const job: Step = { command: { type: "pass_deadline", providersLookedUp: true }, at: asked, by: SYSTEM };
    const ends = [...(ending ? [ending] : []), ...(jobRuns ? [job] : [])];
    const all = [...begun, ...middle, ...ends, ...finalSteps.map((command) => ({ command, at: last, by: ADMIN }))];
    return all.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  });

export const opening: fc.Arbitrary<OpenBoard> = fc
  .record({
    goal: fc.oneof(fc.integer({ min: 2_000, max: 60_000 }), fc.integer({ min: 2_000, max: 1_200_000 })),
    philanthropy: fc.boolean(),
    hostDays: fc.constantFrom(null, 0, 100),
  })
  .map(({ goal, philanthropy, hostDays }) =>
    openCommand({
      boardId: BOARD_ID,
      partnerId: PARTNER_ID,
      hostId: HOST_ID,
      goal: cents(goal),
      hostSince: hostDays === null ? null : later(OPENED_AT, -hostDays * 24 * HOUR_MS),
      giftType: philanthropy ? "philanthropy" : "takealot_product",
      payoutMethod: philanthropy ? "philanthropy_donation" : "takealot_gift_card",
    }),
  );

export type PlayedHistory = Readonly<{
  board: Board;
  journal: MemoryJournal;
  state: Readonly<BoardState>;
  log: readonly RecordedEvent[];
  /** The descriptions of the invariants that were broken. */
  broken: ReadonlySet<string>;
}>;

/**
 * Plays a history on a real board and checks it with a ledger. `watch` is called before and after each command. The
 * name of a guest is the id of the contribution.
 */
export function playHistory(
  first: OpenBoard,
  history: readonly Step[],
  { rules, watch }: { rules?: DecideRules; watch?: (board: Board, at: Date) => void } = {},
): PlayedHistory {
  const journal = new MemoryJournal();
  const board = new Board(journal, rules && { rules });
  const ledger = new Ledger(first);
  const log: RecordedEvent[] = [];
  const opened = new Set<string>();
  let state = unopenedBoard();
  for (const { command, at: now, by } of [{ command: first, at: OPENED_AT, by: SYSTEM }, ...history]) {
    if (command.type === "open_contribution") {
      // The id of a contribution that has left the state is not used for a new contribution.
      if (opened.has(command.contributionId) && !board.state.contributions.has(command.contributionId)) continue;
    }
    watch?.(board, now);
    ledger.observe(command, by);
    const { events } = board.execute(named(command, board.state), { at: now, by, profiles: profilesOf(command) });
    for (const recorded of events) {
      const { event, at: instant } = recorded;
      ledger.expect(event, state, now);
      state = evolve(state, event, instant);
      ledger.note(event, state, instant);
      log.push(recorded);
      if (event.type === "contribution_opened") opened.add(event.contributionId);
    }
    ledger.balance(board.state);
    watch?.(board, now);
  }
  return { board, journal, state: board.state, log, broken: ledger.broken };
}

/** The command, with the id of the payout it names by number. */
function named(command: BoardCommand, { payouts }: Readonly<BoardState>): BoardCommand {
  if (!("payoutId" in command)) return command;
  const id = [...payouts.keys()][Number(command.payoutId.split(" ")[1])];
  return { ...command, payoutId: id ?? command.payoutId };
}

function profilesOf(command: BoardCommand) {
  if (command.type === "open_board") return { board: boardProfile(command.boardId) };
  if (command.type !== "open_contribution") return {};
  const { contributionId: id } = command;
  return { contributor: { id, profile: { ...NO_CONTRIBUTOR, name: id } } };
}

function often<T>(...choices: readonly (readonly [number, T])[]): fc.Arbitrary<T> {
  return fc.constantFrom(...choices.flatMap(([weight, value]) => Array.from({ length: weight }, () => value)));
}
