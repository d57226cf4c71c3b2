/** Every mail the projection may ask for. Stored in `mail_messages.kind`. (product-facts 14) */
export const MAIL_KINDS = [
  "board_live",
  "contribution_received",
  "goal_reached",
  "board_closed",
  "board_expired",
] as const;

export type MailKind = (typeof MAIL_KINDS)[number];

export function isMailKind(text: string): text is MailKind {
  return (MAIL_KINDS as readonly string[]).includes(text);
}
