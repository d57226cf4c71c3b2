/** Mail to the host of a board. (product-facts 14) */
export const HOST_MAIL_KINDS = [
  "board_live",
  "contribution_received",
  "goal_reached",
  "closing_tomorrow",
  "board_closed",
  "board_expired",
  "board_cancelled",
] as const;

/** What the second parent of a board gets as well. */
export const SECOND_PARENT_MAIL_KINDS: readonly HostMailKind[] = [
  "goal_reached",
  "closing_tomorrow",
  "board_closed",
  "board_expired",
  "board_cancelled",
];

/** Mail to the address that receives a payout. The only one that may hold a gift-card code. */
const PAYEE_MAIL_KINDS = ["payout_sent"] as const;

/** Mail to admins: money that needs a decision. */
const ADMIN_MAIL_KINDS = [
  /** Manual refunds, failed refunds, flags and losses of one board. */
  "money_needs_a_person",
  /** A provider's list and ours differ for one day. */
  "settlement_difference",
  /** The payouts of one board that wait to be paid, and what holds them. */
  "payouts_waiting",
  "payout_failed",
  /** Visitors say that something is wrong with a board. */
  "board_reported",
] as const;

/** Mail to a partner's contact: one of its webhook endpoints fails, or was disabled. */
const PARTNER_MAIL_KINDS = ["webhook_endpoint_failing", "webhook_endpoint_disabled"] as const;

export type HostMailKind = (typeof HOST_MAIL_KINDS)[number];
type PayeeMailKind = (typeof PAYEE_MAIL_KINDS)[number];
export type AdminMailKind = (typeof ADMIN_MAIL_KINDS)[number];
export type PartnerMailKind = (typeof PARTNER_MAIL_KINDS)[number];
/** Stored in `mail_messages.kind`. */
export type MailKind = HostMailKind | PayeeMailKind | AdminMailKind | PartnerMailKind;

export function isHostMailKind(text: string): text is HostMailKind {
  return (HOST_MAIL_KINDS as readonly string[]).includes(text);
}

export function isPayeeMailKind(text: string): text is PayeeMailKind {
  return (PAYEE_MAIL_KINDS as readonly string[]).includes(text);
}

export function isAdminMailKind(text: string): text is AdminMailKind {
  return (ADMIN_MAIL_KINDS as readonly string[]).includes(text);
}

export function isPartnerMailKind(text: string): text is PartnerMailKind {
  return (PARTNER_MAIL_KINDS as readonly string[]).includes(text);
}
