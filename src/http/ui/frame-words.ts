import type { Language } from "#domain/languages";
import type { ErrorCode } from "#platform/errors";
import type { FooterPage } from "./footer-pages.ts";

type ErrorWords = Readonly<{ title: string; sentence: string }>;

/** What is around a page's own text, and what is said when a page could not be made. */
export type FrameWords = Readonly<{
  language: Language;
  /** As `html lang` and `Content-Language` name it (BCP 47). */
  locale: string;
  sandbox: Readonly<{ title: string; sentence: string }>;
  motto: string;
  /** The name of the choice of languages. */
  languages: string;
  preview: string;
  /** The name of the links to the footer's pages, and how each is called. */
  about: string;
  pages: Readonly<Record<FooterPage, string>>;
  /** Where nothing else is known, it was our fault. */
  errors: Readonly<Record<"internal_error", ErrorWords> & Partial<Record<ErrorCode, ErrorWords>>>;
  mention(requestId: string): string;
}>;

export const FRAME: FrameWords = {
  language: "en",
  locale: "en-ZA",
  sandbox: { title: "Test board.", sentence: "No real money moves here." },
  motto: "Many small gifts, one dream come true.",
  languages: "Language",
  preview: "Friends chip in for one dream gift.",
  about: "About ChipIn",
  pages: {
    "/about": "About us",
    "/contact": "Contact",
    "/privacy": "Privacy",
    "/terms": "Terms",
    "/fees": "Refunds and fees",
    "/report": "Report a board",
  },
  errors: {
    internal_error: { title: "Something went wrong on our side", sentence: "Please try again in a moment." },
    forbidden: { title: "That form came from another page", sentence: "Please open the board and chip in from there." },
    payload_too_large: { title: "That was too much to send", sentence: "Please shorten your message and try again." },
    rate_limited: { title: "One moment, please", sentence: "That was a lot at once. Please try again in a minute." },
    unavailable: { title: "We will be right back", sentence: "Please try again in a moment." },
    validation_error: { title: "We could not read that", sentence: "Please go back and try again." },
  },
  mention: (requestId) => `If you write to us about this, please mention ${requestId}.`,
};
