/**
 * A mail before it is HTML: templates speak plain text only, so what people typed can be escaped in one place, when it is
 * rendered, and forgotten nowhere.
 */
export type MailContent = Readonly<{
  subject: string;
  heading: string;
  blocks: readonly Block[];
  /** Why the reader gets it; the host's reason unless given. */
  reason?: string;
}>;

export type Block =
  | { kind: "text"; text: string }
  | { kind: "list"; items: readonly string[] }
  /** Somebody's own words, line breaks kept. */
  | { kind: "quote"; text: string }
  | { kind: "button"; label: string; url: string };

export type RenderedMail = Readonly<{ subject: string; html: string; text: string }>;
