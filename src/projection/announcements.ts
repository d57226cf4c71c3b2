import { type Actor, isPerson, NO_ORIGIN, personIdOf } from "#domain/board/actor";
import type { BoardTotals, EventData, Hold, Payout, RecordedEvent, Visibility } from "#domain/board/events";
import { isOpenStatus } from "#domain/board/lifecycle";
import { snapshotAfter } from "#domain/board/snapshot";
import { derivedId, publicId } from "#domain/ids";
import { ZERO } from "#domain/money";
import type { KarriRecipient } from "#domain/payout-recipient";
import { zoneDate } from "#domain/time";
import type { WebhookEventType } from "#domain/webhook-events";
import type { AdminMailKind, MailKind } from "#mail/kinds";
import { parseIpAddress } from "#platform/ip-address";
import { presentBoard } from "#wire/board";
import { presentContribution } from "#wire/contribution";
import { presentPayout } from "#wire/payout";
import { recipientOf } from "./recipient.ts";
import type { ProjectedBoard } from "./rows.ts";

/** What an event announces: to partners (webhook), to people (mail), to the audit log. */
export type WebhookAnnouncement = Readonly<{
  seq: number;
  id: string;
  type: WebhookEventType;
  data: unknown;
  at: string;
}>;

export type MailAnnouncement = Readonly<{
  seq: number;
  id: string;
  kind: MailKind;
  contributionId: string | null;
  payoutId: string | null;
  recipient: "host" | "payout_email" | "admins";
  dedupeKey: string;
  at: string;
}>;

export type AuditAnnouncement = Readonly<{
  seq: number;
  id: string;
  actorType: "system" | "host" | "admin";
  actorId: string | null;
  actorEmail: string | null;
  action: string;
  targetType: "dream_board" | "contribution" | "payout";
  targetId: string;
  metadata: Record<string, unknown>;
  ipAddress: string | null;
  at: string;
}>;

export type Announcements = {
  webhooks: WebhookAnnouncement[];
  mails: MailAnnouncement[];
  audits: AuditAnnouncement[];
};

export type AnnouncementContext = Readonly<{ publicOrigin: string; card: KarriRecipient | null }>;

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
      const contribution = presentedContribution(board, event, "completed");
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
    case "refund_completed": {
      const { contributionId, contribution, after } = event;
      if (contribution) {
        const refunded = presentedContribution(board, { contributionId, ...contribution }, "refunded");
        to.partner("contribution.refunded", { contribution: refunded, dream_board: presented(after) });
      }
      to.auditPayment("refund.completed", event.contributionId, {
        provider_payment_id: event.providerPaymentId,
        provider_refund_id: event.providerRefundId,
      });
      return;
    }
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
      if (!event.held) announcePayouts(board, "payout.ready", payouts, context, to);
      if (payouts.length > 0) to.admins("payouts_waiting");
      to.host("board_closed");
      to.auditBoard("board.closed", { reason, raised_cents: after.counted, payouts: payouts.length });
      return;
    }
    case "board_updated": {
      const { fields, contributors, announced, after } = event;
      if (announced) to.partner("dreamboard.updated", presented(after));
      to.auditBoard("board.updated", {
        fields,
        ...(fields.includes("deadline") && { deadline: after.deadline }),
        ...(contributors.length > 0 && { contributors: contributors.map(visibilityOf) }),
      });
      return;
    }
    case "board_cancelled":
      to.partner("dreamboard.updated", presented(event.after));
      to.host("board_cancelled");
      to.auditBoard("board.cancelled", { raised_cents: event.after.counted });
      return;
    case "payouts_adjusted": {
      const { payouts, ready, updated } = event;
      const named = (ids: readonly string[]) => payouts.filter(({ id }) => ids.includes(id));
      announcePayouts(board, "payout.ready", named(ready), context, to);
      announcePayouts(board, "payout.updated", named(updated), context, to);
      to.auditBoard("payouts.adjusted", { payouts: payouts.map(({ id, gross }) => ({ id, gross_cents: gross })) });
      return;
    }
    case "payouts_released":
      announcePayouts(board, "payout.ready", event.payouts, context, to);
      to.admins("payouts_waiting");
      to.auditBoard("payouts.released", { payouts: event.payouts.map(({ id }) => publicId("payout", id)) });
      return;
    case "payout_hold_placed":
      to.admins("payouts_waiting");
      to.auditBoard("payouts.held", holdOf(event));
      return;
    case "payout_hold_lifted":
      to.auditBoard("payouts.hold_lifted", holdOf(event));
      return;
    case "payout_started": {
      const { id, attempt, execution } = event.payout;
      to.auditPayout("payout.started", id, { attempt, method: execution?.method });
      return;
    }
    case "payout_completed": {
      const { id, net, completion } = event.payout;
      announcePayouts(board, "payout.completed", [event.payout], context, to);
      to.payee("payout_sent", id);
      to.auditPayout("payout.completed", id, { external_ref: completion?.externalRef, net_cents: net });
      return;
    }
    case "payout_failed": {
      const { id, attempt, errorCode } = event.payout;
      announcePayouts(board, "payout.failed", [event.payout], context, to);
      to.admins("payout_failed", id);
      to.auditPayout("payout.failed", id, { attempt, error_code: errorCode });
      return;
    }
    case "payout_retried":
      if (event.ready) announcePayouts(board, "payout.ready", [event.payout], context, to);
      to.admins("payouts_waiting");
      to.auditPayout("payout.retried", event.payout.id, { attempt: event.payout.attempt });
      return;
    case "payout_supplemented": {
      const { payout, contributionId, ready } = event;
      if (ready) announcePayouts(board, "payout.ready", [payout], context, to);
      to.admins("payouts_waiting");
      const contribution = publicId("contribution", contributionId);
      to.auditPayout("payout.supplemented", payout.id, { contribution, gross_cents: payout.gross });
      return;
    }
    case "board_paid_out":
      to.partner("dreamboard.updated", presented(event.after));
      to.auditBoard("board.paid_out", {});
      return;
    case "payment_lost": {
      const { contributionId, providerPaymentId: provider_payment_id, lost } = event;
      to.auditPayment("payment.lost", contributionId, { provider_payment_id, lost_cents: lost });
      to.admins("money_needs_a_person");
      return;
    }
    case "board_anonymised":
      to.auditBoard("board.anonymised", { status: event.status });
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

function announcePayouts(
  board: ProjectedBoard,
  type: WebhookEventType,
  payouts: readonly Payout[],
  { card }: AnnouncementContext,
  to: Announcer,
): void {
  for (const payout of payouts) {
    // Nothing was ever to be paid, or refunds have emptied it.
    if (payout.gross === 0 && type !== "payout.updated") continue;
    to.partner(type, presentedPayout(board, payout, card), payout.id);
  }
}

function visibilityOf({ contributionId, nameHidden, messageHidden }: Visibility): Record<string, unknown> {
  return {
    contribution: publicId("contribution", contributionId),
    name_hidden: nameHidden,
    message_hidden: messageHidden,
  };
}

function flagOf({ flag, ...about }: EventData<"flag_cleared">): Record<string, unknown> {
  return { flag, ...aboutOf(about) };
}

function holdOf({ reason, ...about }: Hold): Record<string, unknown> {
  return { reason, ...aboutOf(about) };
}

function aboutOf({ contributionId, providerPaymentId }: Omit<Hold, "reason">): Record<string, unknown> {
  const contribution = contributionId && publicId("contribution", contributionId);
  return {
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
function announcer(board: ProjectedBoard, { seq, at, by }: RecordedEvent, out: Announcements) {
  const { boardId } = board.terms;
  const audit = (
    action: string,
    target: Pick<AuditAnnouncement, "targetType" | "targetId">,
    metadata: Record<string, unknown>,
  ) => {
    const { email, ipAddress } = (isPerson(by) && board.origin(seq)) || NO_ORIGIN;
    const partner = by.kind === "partner" ? { partner_id: by.partnerId, api_key_id: by.apiKeyId } : {};
    out.audits.push({
      seq,
      id: derivedId(new Date(at), boardId, seq, "audit"),
      actorType: ACTOR_TYPES[by.kind],
      actorId: personIdOf(by),
      actorEmail: email,
      action,
      ...target,
      metadata: { ...metadata, ...partner },
      ipAddress: parseIpAddress(ipAddress),
      at,
    });
  };
  const mail = (
    kind: MailKind,
    {
      contributionId = null,
      payoutId = null,
      recipient,
      key,
    }: Partial<Pick<MailAnnouncement, "contributionId" | "payoutId">> &
      Pick<MailAnnouncement, "recipient"> & { key: readonly (string | never[])[] },
  ) => {
    // A sandbox sends no mail: the addresses of its boards may be real.
    if (board.terms.sandbox) return;
    const dedupeKey = [boardId, kind, ...key.flat()].join("/");
    const id = derivedId(new Date(at), boardId, seq, "mail", kind);
    out.mails.push({ seq, id, kind, contributionId, payoutId, recipient, dedupeKey, at });
  };
  return {
    /** `subject` is unique within the event: one event may announce several payouts. */
    partner(type: WebhookEventType, data: unknown, subject = "") {
      const id = derivedId(new Date(at), boardId, seq, type, subject);
      out.webhooks.push({ seq, id, type, data, at });
    },
    host(kind: MailKind, contributionId: string | null = null) {
      mail(kind, { recipient: "host", contributionId, key: [contributionId ?? []] });
    },
    /** To the address that receives the payout, once a payout. */
    payee(kind: MailKind, payoutId: string) {
      mail(kind, { recipient: "payout_email", payoutId, key: [payoutId] });
    },
    /**
     * The review queue once a board and day: the mail lists the whole of it when it is sent. Payouts each time: what waits
     * is read when it is sent, too, and may have changed since the mail of the morning.
     */
    admins(kind: AdminMailKind = "money_needs_a_person", payoutId: string | null = null) {
      const key = kind === "money_needs_a_person" ? [zoneDate(new Date(at))] : [String(seq)];
      mail(kind, { recipient: "admins", payoutId, key });
    },
    auditBoard(action: string, metadata: Record<string, unknown>) {
      audit(action, { targetType: "dream_board", targetId: publicId("board", boardId) }, metadata);
    },
    auditPayout(action: string, payoutId: string, metadata: Record<string, unknown>) {
      audit(action, { targetType: "payout", targetId: publicId("payout", payoutId) }, metadata);
    },
    auditPayment(action: string, contributionId: string, metadata: Record<string, unknown>) {
      audit(action, { targetType: "contribution", targetId: publicId("contribution", contributionId) }, metadata);
    },
  };
}

function presentedContribution(
  board: ProjectedBoard,
  {
    contributionId: id,
    amount,
    fee,
    openedAt,
  }: Pick<EventData<"payment_completed">, "contributionId" | "amount" | "fee" | "openedAt">,
  paymentStatus: "completed" | "refunded",
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
    paymentStatus,
    createdAt: openedAt,
  });
}

function presentedPayout({ terms, profile }: ProjectedBoard, payout: Payout, card: KarriRecipient | null): unknown {
  const { id, type, gross, fee, net, status, createdAt, completion, errorCode } = payout;
  return presentPayout({
    id,
    dreamBoardId: terms.boardId,
    grossCents: gross,
    feeCents: fee,
    netCents: net,
    status,
    createdAt,
    completedAt: completion?.completedAt ?? null,
    externalRef: completion?.externalRef ?? null,
    errorCode,
    errorMessage: errorCode === null ? null : (profile.payoutErrors?.[id] ?? null),
    ...recipientOf(type, profile, card),
  });
}
