import type { Actor, BoardEvent, PlannedPayout, RecordedEvent, Standing } from "#domain/board/events";
import { boardSnapshot } from "#domain/board/snapshot";
import { isOpen } from "#domain/board/standing";
import { derivedId, publicId } from "#domain/ids";
import { ZERO } from "#domain/money";
import { zoneDate } from "#domain/time";
import type { WebhookEventType } from "#domain/webhook-events";
import type { MailKind } from "#mail/kinds";
import { presentBoard } from "#wire/board";
import { presentContribution } from "#wire/contribution";
import { presentPayout } from "#wire/payout";
import { recipientOf } from "./recipient.ts";
import { contributionOf, type ProjectedBoard, termsOf } from "./rows.ts";

/** What an event makes the system say: to partners (webhook), to people (mail), to the audit log. */
export type WebhookAnnouncement = Readonly<{
  seq: number;
  /** Unique within the event: one event may announce several payouts. */
  subject: string;
  type: WebhookEventType;
  data: unknown;
  at: string;
}>;

export type MailAnnouncement = Readonly<{
  seq: number;
  id: string;
  kind: MailKind;
  contributionId: string | null;
  recipient: "host" | "admins";
  dedupeKey: string;
  at: string;
}>;

export type AuditAnnouncement = Readonly<{
  seq: number;
  id: string;
  actorType: "system" | "host" | "admin";
  actorId: string | null;
  action: string;
  targetType: "dream_board" | "contribution";
  targetId: string;
  metadata: Record<string, unknown>;
  at: string;
}>;

export type Announcements = {
  webhooks: WebhookAnnouncement[];
  mails: MailAnnouncement[];
  audits: AuditAnnouncement[];
};

export type AnnouncementContext = Readonly<{ publicOrigin: string; cardNumber: string | null }>;

const SYSTEM: Actor = { kind: "system" };

/** Everything the system tells anyone derives from a recorded event, here. Ids derive from `(board, seq)`. */
export function announcementsOf(
  board: ProjectedBoard,
  batch: readonly RecordedEvent[],
  context: AnnouncementContext,
): Announcements {
  const announcements: Announcements = { webhooks: [], mails: [], audits: [] };
  for (const entry of batch) announce(board, entry, context, announcer(board, entry, announcements));
  return announcements;
}

function announce(
  board: ProjectedBoard,
  { at, event }: RecordedEvent,
  context: AnnouncementContext,
  tell: Announcer,
): void {
  const { goal, giftType, payoutMethod } = termsOf(board.state);
  const presented = (standing: Standing) => {
    const snapshot = boardSnapshot(board.state, board.about, standing);
    return snapshot && presentBoard(snapshot, context.publicOrigin);
  };
  switch (event.type) {
    case "board_opened":
      tell.partner("dreamboard.created", presented({ status: "active", raised: ZERO, contributionCount: 0 }));
      tell.host("board_live");
      tell.auditBoard("board.opened", { goal_cents: goal, gift_type: giftType, payout_method: payoutMethod });
      return;
    case "contribution_opened":
    case "payment_retried":
    case "payment_requested":
      return; // A wish until the provider says it was paid.
    case "payment_progressed":
      if (event.status !== "failed") return;
      tell.auditPayment(event.expiredUnpaid ? "payment.expired" : "payment.failed", event.contributionId, {
        provider_status: event.providerStatus,
      });
      return;
    case "payment_completed": {
      const { contributionId, providerPaymentId: provider_payment_id, after } = event;
      const contribution = presentedContribution(board, contributionId);
      tell.partner("contribution.received", { contribution, dream_board: presented(after) });
      // After closing the money goes back: nothing for the host to look forward to.
      if (isOpen(after)) tell.host("contribution_received", contributionId);
      const { amount } = contributionOf(board.state, contributionId);
      tell.auditPayment("payment.completed", contributionId, { provider_payment_id, amount_cents: amount });
      return;
    }
    case "surplus_payment_received":
    case "refund_requested": {
      const { contributionId, providerPaymentId: provider_payment_id, amount: amount_cents } = event;
      const about = { provider_payment_id, amount_cents };
      if (event.type === "surplus_payment_received") tell.auditPayment("payment.surplus", contributionId, about);
      else tell.auditPayment("refund.requested", contributionId, { ...about, cause: event.cause }, event.requestedBy);
      return;
    }
    case "refund_progressed": {
      const { contributionId, status, providerPaymentId: provider_payment_id, reason, by } = event;
      const action = status === "requested" ? "refund.requested_again" : `refund.${status}`;
      tell.auditPayment(action, contributionId, { provider_payment_id, ...(reason && { reason }) }, by);
      if (status === "failed" || status === "by_hand") tell.admins();
      return;
    }
    case "refund_completed": {
      const { contributionId, providerPaymentId: provider_payment_id, providerRefundId, by } = event;
      const about = { provider_payment_id, provider_refund_id: providerRefundId };
      tell.auditPayment("refund.completed", contributionId, about, by);
      return;
    }
    case "flag_raised":
      tell.auditBoard("flag.raised", flagOf(event));
      tell.admins();
      return;
    case "flag_cleared":
      tell.auditBoard("flag.cleared", flagOf(event), event.clearedBy);
      return;
    case "goal_reached":
      tell.partner("pot.funded", presented(event.after));
      tell.host("goal_reached");
      tell.auditBoard("board.goal_reached", { raised_cents: event.after.raised });
      return;
    case "board_closed": {
      const { reason, closedBy, payouts, after } = event;
      tell.partner("pot.closed", presented(after));
      // Held payouts are ready when they are released, not before. (product-facts 7)
      if (!event.held) readyPayouts(board, payouts, at, context, tell);
      tell.host("board_closed");
      tell.auditBoard("board.closed", { reason, raised_cents: after.raised, payouts: payouts.length }, closedBy);
      return;
    }
    case "board_cancelled":
      tell.partner("dreamboard.updated", presented(event.after));
      tell.host("board_cancelled");
      tell.auditBoard("board.cancelled", { raised_cents: event.after.raised }, event.cancelledBy);
      return;
    case "payouts_reduced":
      tell.auditBoard("payouts.reduced", {
        payouts: event.payouts.map(({ id, gross }) => ({ id, gross_cents: gross })),
      });
      return;
    case "payouts_released":
      readyPayouts(board, board.state.closing?.payouts ?? [], board.state.updatedAt, context, tell);
      tell.auditBoard("payouts.released", {});
      return;
    case "board_expired":
      tell.partner("dreamboard.updated", presented(event.after));
      tell.host("board_expired");
      tell.auditBoard("board.expired", {});
      return;
    default:
      event satisfies never;
  }
}

function readyPayouts(
  board: ProjectedBoard,
  payouts: readonly PlannedPayout[],
  closedAt: string,
  { cardNumber }: AnnouncementContext,
  tell: Announcer,
): void {
  for (const payout of payouts) {
    // What refunds have emptied is nobody's to pay out.
    if (payout.gross === 0) continue;
    tell.partner("payout.ready", presentedPayout(board, payout, closedAt, cardNumber), payout.id);
  }
}

function flagOf({ flag, contributionId, providerPaymentId }: FlagEvent): Record<string, unknown> {
  const contribution = contributionId && publicId("contribution", contributionId);
  return {
    flag,
    ...(contribution && { contribution }),
    ...(providerPaymentId && { provider_payment_id: providerPaymentId }),
  };
}

type FlagEvent = Pick<Extract<BoardEvent, { type: "flag_raised" }>, "flag" | "contributionId" | "providerPaymentId">;

type Announcer = ReturnType<typeof announcer>;

const ACTOR_TYPES = { system: "system", partner: "system", host: "host", operator: "admin" } as const satisfies Record<
  Actor["kind"],
  AuditAnnouncement["actorType"]
>;

/** The ways to say something about one event. */
function announcer(board: ProjectedBoard, { seq, at }: RecordedEvent, out: Announcements) {
  const { boardId } = termsOf(board.state);
  const audit = (
    action: string,
    [targetType, targetId]: readonly [AuditAnnouncement["targetType"], string],
    metadata: Record<string, unknown>,
    actor: Actor,
  ) => {
    const id = derivedId(new Date(at), boardId, seq, "audit");
    // The specified actors are admin, host and system: a partner acts as `system`, named in the metadata.
    const by = actor.kind === "partner" ? { partner_id: actor.partnerId, api_key_id: actor.apiKeyId } : {};
    const actorType = ACTOR_TYPES[actor.kind];
    const actorId = actor.kind === "host" ? actor.hostId : null;
    out.audits.push({
      seq,
      id,
      actorType,
      actorId,
      action,
      targetType,
      targetId,
      metadata: { ...metadata, ...by },
      at,
    });
  };
  return {
    partner(type: WebhookEventType, data: unknown, subject = "") {
      out.webhooks.push({ seq, subject, type, data, at });
    },
    host(kind: MailKind, contributionId: string | null = null) {
      const dedupeKey = [boardId, kind, contributionId ?? []].flat().join("/");
      const id = derivedId(new Date(at), boardId, seq, "mail", kind);
      out.mails.push({ seq, id, kind, contributionId, recipient: "host", dedupeKey, at });
    },
    /** Once a board and day: the mail lists all that waits for a person when it is sent. */
    admins() {
      const kind = "money_needs_a_person";
      const id = derivedId(new Date(at), boardId, seq, "mail", kind);
      const dedupeKey = [boardId, kind, zoneDate(new Date(at))].join("/");
      out.mails.push({ seq, id, kind, contributionId: null, recipient: "admins", dedupeKey, at });
    },
    auditBoard(action: string, metadata: Record<string, unknown>, actor: Actor = SYSTEM) {
      audit(action, ["dream_board", publicId("board", boardId)], metadata, actor);
    },
    auditPayment(action: string, contributionId: string, metadata: Record<string, unknown>, actor: Actor = SYSTEM) {
      audit(action, ["contribution", publicId("contribution", contributionId)], metadata, actor);
    },
  };
}

function presentedContribution(board: ProjectedBoard, id: string): unknown {
  const { amount, fee, openedAt } = contributionOf(board.state, id);
  const about = board.contributor(id);
  return presentContribution({
    id,
    dreamBoardId: termsOf(board.state).boardId,
    contributorName: about?.name ?? null,
    message: about?.message ?? null,
    amountCents: amount,
    feeCents: fee,
    netCents: amount - fee,
    paymentStatus: "completed",
    createdAt: openedAt,
  });
}

function presentedPayout(board: ProjectedBoard, payout: PlannedPayout, at: string, cardNumber: string | null): unknown {
  const { id, type, gross: grossCents, fee: feeCents, net: netCents } = payout;
  const { boardId: dreamBoardId } = termsOf(board.state);
  const fresh = { status: "pending", createdAt: at, completedAt: null, externalRef: null, errorMessage: null } as const;
  return presentPayout({
    ...{ id, dreamBoardId, grossCents, feeCents, netCents, ...fresh },
    ...recipientOf(type, board.about, cardNumber),
  });
}
