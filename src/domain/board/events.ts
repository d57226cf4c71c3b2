import * as z from "zod/mini";
import { GIFT_TYPES, PAYOUT_METHODS } from "../gift.ts";
import type { Cents } from "../money.ts";
import { Actor } from "./actor.ts";
import {
  BOARD_STATUSES,
  CLOSE_REASONS,
  EXECUTION_METHODS,
  FLAG_KINDS,
  HOLD_REASONS,
  PAYMENT_PROVIDERS,
  PAYMENT_STATUSES,
  PAYOUT_STATUSES,
  REFUND_CAUSES,
  SIGNALS,
  UPDATED_FIELDS,
} from "./lifecycle.ts";

/** Whole cents. */
const cents = z.custom<Cents>((value) => Number.isSafeInteger(value));
/** ISO 8601 in UTC, with milliseconds. */
const instant = z.string();
const id = z.string();

/**
 * The board's totals right after an event, so that whatever derives from the event needs no second fold. `counted` and
 * `returning` as in `potOf`; `updatedAt` is the instant of the last change of status, or of an edit before the board ended.
 */
const totals = z.strictObject({
  status: z.enum(BOARD_STATUSES),
  counted: cents,
  returning: cents,
  contributionCount: z.int(),
  deadline: instant,
  updatedAt: instant,
});
export type BoardTotals = Readonly<z.infer<typeof totals>>;

const payoutItem = z.strictObject({ id, type: z.enum(["gift", "overflow"]), amount: cents });
const plannedPayout = z.strictObject({
  id,
  type: z.enum(PAYOUT_METHODS),
  gross: cents,
  fee: cents,
  net: cents,
  items: z.array(payoutItem),
});
/**
 * A payout with everything that is recorded of it, as it is after the event, so that rows and announcements need nothing
 * else. `execution`: who works on it, or did last; `attempt` counts from 1 and grows with each retry. Why it failed is a
 * code; the text is beside the log. `completion.by`: who said that it is paid.
 */
const payout = z.extend(plannedPayout, {
  createdAt: instant,
  status: z.enum(PAYOUT_STATUSES),
  attempt: z.int(),
  execution: z.nullable(z.strictObject({ id, method: z.enum(EXECUTION_METHODS), startedAt: instant, by: Actor })),
  completion: z.nullable(z.strictObject({ externalRef: z.string(), completedAt: instant, by: Actor })),
  errorCode: z.nullable(z.string()),
});
export type PayoutItem = Readonly<z.infer<typeof payoutItem>>;
export type UpdatedField = (typeof UPDATED_FIELDS)[number];
export type PlannedPayout = Readonly<z.infer<typeof plannedPayout>>;
export type Payout = Readonly<z.infer<typeof payout>>;

/** `hostSince`: since when we have known the host. */
const opening = {
  boardId: id,
  partnerId: id,
  hostId: id,
  hostSince: z.nullable(instant),
  giftType: z.enum(GIFT_TYPES),
  payoutMethod: z.enum(PAYOUT_METHODS),
  goal: cents,
  deadline: instant,
};
/** One payment at a provider, by the provider's id. */
const payment = { contributionId: id, provider: z.enum(PAYMENT_PROVIDERS), providerPaymentId: z.string() };
const refund = { ...payment, attempt: z.int(), providerRefundId: z.nullable(z.string()) };
/** `providerPaymentId`: the payment the flag is about, where that is not the contribution's own. */
const flag = {
  flag: z.enum(FLAG_KINDS),
  contributionId: z.nullable(id),
  providerPaymentId: z.nullable(z.string()),
};
/** What holds the payouts: a flag, named as there, or a person. */
const hold = z.strictObject({
  reason: z.enum(HOLD_REASONS),
  contributionId: z.nullable(id),
  providerPaymentId: z.nullable(z.string()),
});
export type Hold = Readonly<z.infer<typeof hold>>;

/** What is hidden of one contribution from guests and mails. */
const visibility = z.strictObject({ contributionId: id, nameHidden: z.boolean(), messageHidden: z.boolean() });
export type Visibility = Readonly<z.infer<typeof visibility>>;

/**
 * Everything that can happen to a board, each type with the schemas of its versions, oldest first. The log keeps events for
 * ever and holds no personal data. A field that is added, removed or changes its meaning makes a new version, with a step
 * in `UPCASTERS` (read-event.ts). A release that reads a new type or version goes out before one that writes it
 * (docs/deploy.md). An event carries everything its rows and announcements need. By `zod/mini`, and made when a log is first
 * read or written, because every isolate loads this: the whole of zod takes a fifth of the start-up that is allowed.
 */
const makeEventSchemas = () =>
  ({
    board_opened: [
      z.strictObject(opening),
      /** `sandbox`: its partner tries ChipIn out, and no money of the board is real. */
      z.strictObject({ ...opening, sandbox: z.boolean() }),
    ],
    contribution_opened: [
      z.strictObject({
        contributionId: id,
        reference: z.string(),
        /** Digest of the form that was sent: sending it again is the same contribution. */
        submission: z.string(),
        provider: z.enum(PAYMENT_PROVIDERS),
        amount: cents,
        fee: cents,
        /** Until when the first attempt may be paid. */
        attemptExpiresAt: instant,
        /** What was odd about its beginning. It becomes a flag when the money arrives. */
        signals: z.array(z.enum(SIGNALS)),
      }),
    ],
    /** An attempt that had left the state comes back, because the guest or the provider names it again. */
    contribution_revived: [
      z.strictObject({
        contributionId: id,
        reference: z.string(),
        submission: z.string(),
        provider: z.enum(PAYMENT_PROVIDERS),
        amount: cents,
        fee: cents,
        openedAt: instant,
        attempt: z.int(),
        /** The provider's id of that attempt, where it gave one. */
        requestId: z.nullable(z.string()),
        signals: z.array(z.enum(SIGNALS)),
        failedPaymentIds: z.array(z.string()),
      }),
    ],
    /** The guest starts another attempt under the same reference. `status` is the contribution's after it. */
    payment_retried: [
      z.strictObject({
        contributionId: id,
        status: z.enum(PAYMENT_STATUSES),
        attempt: z.int(),
        attemptExpiresAt: instant,
      }),
    ],
    /** The provider gave this attempt an id of its own. A look-up needs it. */
    payment_requested: [z.strictObject({ contributionId: id, attempt: z.int(), requestId: z.string() })],
    payment_processing: [z.strictObject({ ...payment, providerStatus: z.string() })],
    payment_failed: [z.strictObject({ ...payment, providerStatus: z.string() })],
    /** No provider reported a failure: we stopped waiting. The money may still arrive. */
    payment_expired: [z.strictObject({ contributionId: id })],
    payment_completed: [
      z.strictObject({
        ...payment,
        amount: cents,
        fee: cents,
        openedAt: instant,
        /** Paid after the board had closed: never part of the pot. */
        late: z.boolean(),
        after: totals,
      }),
    ],
    /** A second successful payment for one reference: never part of the pot, always refunded. */
    surplus_payment_received: [z.strictObject({ ...payment, amount: cents })],
    refund_requested: [
      /** `attempt` is above 1 when a withdrawn refund is requested anew. */
      z.strictObject({ ...payment, amount: cents, cause: z.enum(REFUND_CAUSES), attempt: z.int(), after: totals }),
    ],
    /** The provider has accepted the refund and works on it. */
    refund_sent: [z.strictObject(refund)],
    refund_failed: [z.strictObject({ ...refund, reason: z.nullable(z.string()) })],
    /** Only a person can send this refund, in the provider's own portal. */
    refund_needs_manual_action: [z.strictObject({ ...refund, reason: z.nullable(z.string()) })],
    /** A failed refund is requested again, as another request at the provider. */
    refund_retried: [z.strictObject(refund)],
    /** The refund is called off and the money counts again. */
    refund_withdrawn: [z.strictObject({ ...refund, after: totals })],
    /** `ofContribution`: the payment that completed the contribution went back, not a surplus one. */
    refund_completed: [
      z.strictObject({ ...refund, ofContribution: z.boolean(), after: totals }),
      /** `contribution`: what was refunded; null when it was a surplus payment, and in what was version 1. */
      z.strictObject({
        ...refund,
        ofContribution: z.boolean(),
        contribution: z.nullable(z.strictObject({ amount: cents, fee: cents, openedAt: instant })),
        after: totals,
      }),
    ],
    goal_reached: [z.strictObject({ after: totals })],
    board_closed: [
      z.strictObject({
        reason: z.enum(CLOSE_REASONS),
        payouts: z.array(plannedPayout),
        /** A flag was open: the payouts wait until it is cleared. */
        held: z.boolean(),
        after: totals,
      }),
      /** `held`: the payouts may not be paid yet. */
      z.strictObject({ reason: z.enum(CLOSE_REASONS), payouts: z.array(payout), held: z.boolean(), after: totals }),
    ],
    /**
     * The owner changed these fields. Texts and addresses are in the profile beside the log. `contributors` has what is hidden
     * from now on of each contribution that changed. `announced` is false when another event of the same command announces
     * the board.
     */
    board_updated: [
      z.strictObject({ fields: z.array(z.enum(["message", "deadline"])), announced: z.boolean(), after: totals }),
      z.strictObject({
        fields: z.array(z.enum(UPDATED_FIELDS)),
        contributors: z.array(visibility),
        announced: z.boolean(),
        after: totals,
      }),
    ],
    /** The profiles beside the log were replaced by ones that name no person. `status`: how the board had ended. */
    board_anonymised: [z.strictObject({ status: z.enum(BOARD_STATUSES) })],
    board_expired: [z.strictObject({ after: totals })],
    board_cancelled: [z.strictObject({ after: totals })],
    /**
     * The pot of a closed board changed: the payouts that changed with it, or were added. `ready` names those that had nothing
     * to pay before and may be paid now, `updated` those that were announced as ready with another amount.
     */
    payouts_adjusted: [
      z.strictObject({ payouts: z.array(plannedPayout), ready: z.array(id), closedAt: instant }),
      z.strictObject({ payouts: z.array(payout), ready: z.array(id), updated: z.array(id) }),
    ],
    /** Nothing holds the payouts of this closed board any more: those that may be paid now. */
    payouts_released: [
      z.strictObject({ payouts: z.array(plannedPayout), closedAt: instant }),
      z.strictObject({ payouts: z.array(payout) }),
    ],
    payout_hold_placed: [hold],
    payout_hold_lifted: [hold],
    payout_started: [z.strictObject({ payout })],
    payout_completed: [z.strictObject({ payout })],
    payout_failed: [z.strictObject({ payout })],
    /** A failed payout may be paid again. `ready`: nothing holds it. */
    payout_retried: [z.strictObject({ payout, ready: z.boolean() })],
    /** Late money of this contribution stays and is paid out on top, instead of going back. */
    payout_supplemented: [z.strictObject({ payout, contributionId: id, ready: z.boolean() })],
    /** The last payout is completed. */
    board_paid_out: [z.strictObject({ after: totals })],
    /** The provider took back money that had been paid out. `lost` of it no payout could give back: it is our loss. */
    payment_lost: [z.strictObject({ ...payment, lost: cents })],
    /** `received`: what the provider took, for a payment of another amount than ours. */
    flag_opened: [
      z.strictObject({ ...flag, provider: z.nullable(z.enum(PAYMENT_PROVIDERS)), received: z.nullable(cents) }),
    ],
    flag_cleared: [z.strictObject(flag)],
  }) as const satisfies Record<string, readonly [z.ZodMiniType, ...z.ZodMiniType[]]>;

type Schemas = ReturnType<typeof makeEventSchemas>;
let made: Schemas | null = null;

export function eventSchemas(): Schemas {
  made ??= makeEventSchemas();
  return made;
}

type Newest<T extends readonly z.ZodMiniType[]> = T extends readonly [
  ...z.ZodMiniType[],
  infer Last extends z.ZodMiniType,
]
  ? Last
  : never;

export type BoardEventType = keyof Schemas;
export type EventData<T extends BoardEventType> = Readonly<z.infer<Newest<Schemas[T]>>>;
export type BoardEventOf<T extends BoardEventType> = { [Type in T]: { readonly type: Type } & EventData<Type> }[T];
/** An event in its newest version, as the rules read it. */
export type BoardEvent = BoardEventOf<BoardEventType>;

/** An event in its place in the board's log. `by`: who caused it. */
export type RecordedEvent = Readonly<{ seq: number; at: string; by: Actor; event: BoardEvent }>;

/**
 * An event as it is stored and chained, in the board's object and in Postgres. `v` counts the versions of `type` from 1;
 * `hash` covers all other fields and, through the hash before it, the past.
 */
export type StoredEvent = Readonly<{
  seq: number;
  at: string;
  by: Actor;
  v: number;
  type: string;
  data: Readonly<Record<string, unknown>>;
  hash: string;
}>;
