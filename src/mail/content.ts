/**
 * A mail before it is rendered. It holds plain text only: `renderMail` is the one place that escapes what people typed, and that
 * keeps it from becoming a link (`inert`).
 */
export type MailContent = Readonly<{
  subject: string;
  heading: string;
  blocks: readonly Block[];
  /** Why the reader gets the mail. The reason of a host unless given. */
  reason?: string;
}>;

export type Block =
  | { kind: "text"; text: string }
  /** Less important, in small letters. */
  | { kind: "small"; text: string }
  /** Two or three of them side by side where there is room; the first is the one to press. */
  | { kind: "buttons"; buttons: readonly Readonly<{ label: string; url: string }>[] }
  | { kind: "list"; items: readonly string[] }
  /** A guest's message, with its line breaks. */
  | { kind: "quote"; text: string }
  /** Shown to the letter: an address of ours, a code, a sentence that names a file. Never what a stranger typed. */
  | { kind: "exact"; text: string }
  | { kind: "button"; label: string; url: string };

export type RenderedMail = Readonly<{ subject: string; html: string; text: string }>;
