/** Mail to the host of a board. (product-facts 14) */
export const HOST_MAIL_KINDS = [
  "board_live",
  "contribution_received",
  "goal_reached",
  "board_closed",
  "board_expired",
  "board_cancelled",
] as const;

/** Mail to admins: money that waits for a person. */
export const ADMIN_MAIL_KINDS = [
  /** refunds to make by hand, refunds that failed, and flags, of one board */
  "money_needs_a_person",
  /** a provider's list and ours differ, for one day */
  "settlement_difference",
] as const;

/** Every mail the projection and the jobs may ask for. Stored in `mail_messages.kind`. */
export const MAIL_KINDS = [...HOST_MAIL_KINDS, ...ADMIN_MAIL_KINDS] as const;

export type HostMailKind = (typeof HOST_MAIL_KINDS)[number];
export type AdminMailKind = (typeof ADMIN_MAIL_KINDS)[number];
export type MailKind = (typeof MAIL_KINDS)[number];

export function isHostMailKind(text: string): text is HostMailKind {
  return (HOST_MAIL_KINDS as readonly string[]).includes(text);
}

export function isAdminMailKind(text: string): text is AdminMailKind {
  return (ADMIN_MAIL_KINDS as readonly string[]).includes(text);
}
