import type { Actor } from "#domain/board/actor";
import type { BoardTotals, EventData, PlannedPayout, RecordedEvent } from "#domain/board/events";
import { isOpenStatus } from "#domain/board/lifecycle";
import { snapshotAfter } from "#domain/board/snapshot";
import { derivedId, publicId } from "#domain/ids";
import { ZERO } from "#domain/money";
import { zoneDate } from "#domain/time";
import type { WebhookEventType } from "#domain/webhook-events";
import type { MailKind } from "#mail/kinds";
import { presentBoard } from "#wire/board";
import { presentContribution } from "#wire/contribution";
import { presentPayout } from "#wire/payout";
import { recipientOf } from "./recipient.ts";
import type { ProjectedBoard } from "./rows.ts";

/** What an event announces: to partners (webhook), to people (mail), to the audit log. */
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

/** Everything the system tells anyone derives from a recorded event, here. Ids derive from `(board, seq)`. */
export function announcementsOf(
  board: ProjectedBoard,
  entries: readonly RecordedEvent[],
  context: AnnouncementContext,
): Announcements {
  const announcements: Announcements = { webhooks: [], mails: [], audits: [] };
  for (const entry of entries) announce(board, entry, context, announcer(board, entry, announcements));
  return announcements;
}

function announce(
  board: ProjectedBoard,
  { at, event }: RecordedEvent,
  context: AnnouncementContext,
  to: Announcer,
): void {
  const presented = (after: BoardTotals) =>
    presentBoard(snapshotAfter(board.terms, board.profile, after), context.publicOrigin);
  switch (event.type) {
    case "board_opened": {
      const { goal, giftType, payoutMethod, deadline } = event;
      const empty = { counted: ZERO, returning: ZERO, contributionCount: 0 };
      to.partner("dreamboard.created", presented({ status: "active", ...empty, deadline, updatedAt: at }));
      to.host("board_live");
      to.auditBoard("board.opened", { goal_cents: goal, gift_type: giftType, payout_method: payoutMethod });
      return;
    }
    case "contribution_opened":
    case "contribution_revived":
    case "payment_retried":
    case "payment_requested":
    case "payment_processing":
      return; // Nothing is certain until the provider reports a payment or a failure.
    case "payment_failed":
      to.auditPayment("payment.failed", event.contributionId, { provider_status: event.providerStatus });
      return;
    case "payment_expired":
      to.auditPayment("payment.expired", event.contributionId, {});
      return;
    case "payment_completed": {
      const { contributionId, providerPaymentId: provider_payment_id, amount, after } = event;
      const contribution = presentedContribution(board, event);
      to.partner("contribution.received", { contribution, dream_board: presented(after) });
      // After closing the money goes back: the host has nothing to look forward to.
      if (isOpenStatus(after.status)) to.host("contribution_received", contributionId);
      to.auditPayment("payment.completed", contributionId, { provider_payment_id, amount_cents: amount });
      return;
    }
    case "surplus_payment_received":
      to.auditPayment("payment.surplus", event.contributionId, {
        provider_payment_id: event.providerPaymentId,
        amount_cents: event.amount,
      });
      return;
    case "refund_requested":
      to.auditPayment("refund.requested", event.contributionId, {
        provider_payment_id: event.providerPaymentId,
        amount_cents: event.amount,
        cause: event.cause,
      });
      return;
    case "refund_sent":
      to.auditPayment("refund.sent", event.contributionId, { provider_payment_id: event.providerPaymentId });
      return;
    case "refund_failed":
    case "refund_needs_manual_action": {
      const { contributionId, providerPaymentId: provider_payment_id, reason } = event;
      const action = event.type === "refund_failed" ? "refund.failed" : "refund.needs_manual_action";
      to.auditPayment(action, contributionId, { provider_payment_id, ...(reason && { reason }) });
      to.admins();
      return;
    }
    case "refund_retried":
      to.auditPayment("refund.retried", event.contributionId, { provider_payment_id: event.providerPaymentId });
      return;
    case "refund_withdrawn":
      to.auditPayment("refund.withdrawn", event.contributionId, { provider_payment_id: event.providerPaymentId });
      return;
    case "refund_completed":
      to.auditPayment("refund.completed", event.contributionId, {
        provider_payment_id: event.providerPaymentId,
        provider_refund_id: event.providerRefundId,
      });
      return;
    case "flag_opened":
      to.auditBoard("flag.opened", flagOf(event));
      to.admins();
      return;
    case "flag_cleared":
      to.auditBoard("flag.cleared", flagOf(event));
      return;
    case "goal_reached":
      to.partner("pot.funded", presented(event.after));
      to.host("goal_reached");
      to.auditBoard("board.goal_reached", { raised_cents: event.after.counted });
      return;
    case "board_closed": {
      const { reason, payouts, after } = event;
      to.partner("pot.closed", presented(after));
      // Held payouts are ready when they are released, not before. (product-facts 7)
      if (!event.held) readyPayouts(board, payouts, at, context, to);
      to.host("board_closed");
      to.auditBoard("board.closed", { reason, raised_cents: after.counted, payouts: payouts.length });
      return;
    }
    case "board_updated": {
      const { fields, announced, after } = event;
      if (announced) to.partner("dreamboard.updated", presented(after));
      to.auditBoard("board.updated", { fields, ...(fields.includes("deadline") && { deadline: after.deadline }) });
      return;
    }
    case "board_cancelled":
      to.partner("dreamboard.updated", presented(event.after));
      to.host("board_cancelled");
      to.auditBoard("board.cancelled", { raised_cents: event.after.counted });
      return;
    case "payouts_adjusted": {
      const { payouts, ready, closedAt } = event;
      readyPayouts(
        board,
        payouts.filter(({ id }) => ready.includes(id)),
        closedAt,
        context,
        to,
      );
      to.auditBoard("payouts.adjusted", { payouts: payouts.map(({ id, gross }) => ({ id, gross_cents: gross })) });
      return;
    }
    case "payouts_released":
      readyPayouts(board, event.payouts, event.closedAt, context, to);
      to.auditBoard("payouts.released", {});
      return;
    case "board_expired":
      to.partner("dreamboard.updated", presented(event.after));
      to.host("board_expired");
      to.auditBoard("board.expired", {});
      return;
    default:
      event satisfies never;
  }
}

function readyPayouts(
  board: ProjectedBoard,
  payouts: readonly PlannedPayout[],
  createdAt: string,
  { cardNumber }: AnnouncementContext,
  to: Announcer,
): void {
  for (const payout of payouts) {
    // A payout that refunds have emptied pays nothing.
    if (payout.gross === 0) continue;
    to.partner("payout.ready", presentedPayout(board, payout, createdAt, cardNumber), payout.id);
  }
}

function flagOf({ flag, contributionId, providerPaymentId }: EventData<"flag_cleared">): Record<string, unknown> {
  const contribution = contributionId && publicId("contribution", contributionId);
  return {
    flag,
    ...(contribution && { contribution }),
    ...(providerPaymentId && { provider_payment_id: providerPaymentId }),
  };
}

type Announcer = ReturnType<typeof announcer>;

/** The specified actors are admin, host and system: a partner acts as `system`, named in the metadata. */
const ACTOR_TYPES = { system: "system", partner: "system", host: "host", admin: "admin" } as const satisfies Record<
  Actor["kind"],
  AuditAnnouncement["actorType"]
>;

/** The ways to announce one event. */
function announcer({ terms: { boardId } }: ProjectedBoard, { seq, at, by }: RecordedEvent, out: Announcements) {
  const audit = (
    action: string,
    target: Pick<AuditAnnouncement, "targetType" | "targetId">,
    metadata: Record<string, unknown>,
  ) => {
    const partner = by.kind === "partner" ? { partner_id: by.partnerId, api_key_id: by.apiKeyId } : {};
    out.audits.push({
      seq,
      id: derivedId(new Date(at), boardId, seq, "audit"),
      actorType: ACTOR_TYPES[by.kind],
      actorId: by.kind === "host" ? by.hostId : null,
      action,
      ...target,
      metadata: { ...metadata, ...partner },
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
    /** Once a board and day: the mail lists the board's whole review queue when it is sent. */
    admins() {
      const kind = "money_needs_a_person";
      const id = derivedId(new Date(at), boardId, seq, "mail", kind);
      const dedupeKey = [boardId, kind, zoneDate(new Date(at))].join("/");
      out.mails.push({ seq, id, kind, contributionId: null, recipient: "admins", dedupeKey, at });
    },
    auditBoard(action: string, metadata: Record<string, unknown>) {
      audit(action, { targetType: "dream_board", targetId: publicId("board", boardId) }, metadata);
    },
    auditPayment(action: string, contributionId: string, metadata: Record<string, unknown>) {
      audit(action, { targetType: "contribution", targetId: publicId("contribution", contributionId) }, metadata);
    },
  };
}

function presentedContribution(
  board: ProjectedBoard,
  { contributionId: id, amount, fee, openedAt }: EventData<"payment_completed">,
): unknown {
  const profile = board.contributor(id);
  return presentContribution({
    id,
    dreamBoardId: board.terms.boardId,
    contributorName: profile?.name ?? null,
    message: profile?.message ?? null,
    amountCents: amount,
    feeCents: fee,
    netCents: amount - fee,
    paymentStatus: "completed",
    createdAt: openedAt,
  });
}

function presentedPayout(
  { terms, profile }: ProjectedBoard,
  payout: PlannedPayout,
  createdAt: string,
  cardNumber: string | null,
): unknown {
  return presentPayout({
    id: payout.id,
    dreamBoardId: terms.boardId,
    grossCents: payout.gross,
    feeCents: payout.fee,
    netCents: payout.net,
    status: "pending",
    createdAt,
    completedAt: null,
    externalRef: null,
    errorMessage: null,
    ...recipientOf(payout.type, profile, cardNumber),
  });
}
