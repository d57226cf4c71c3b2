import { findBoard, findPublicView } from "#boards/read-board";
import { ADMIN } from "#domain/board/actor";
import { isReportReason, MAX_REPORT_LENGTH } from "#domain/board-report";
import type { RateRule } from "#domain/rate-limit";
import { codeOfSlug, withoutTrailingMarks } from "#domain/slug";
import { reportBoard } from "#operations/board-reports";
import { networkOf } from "#platform/network";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import type { ReportErrors, ReportForm } from "./report-page.tsx";

/** A report costs a visitor nothing, so it is bounded by network, by board and over all. */
const perHour = (name: string, limit: number): RateRule => ({ name, limit, windowMs: 3_600_000, kind: "sliding" });
const OF_NETWORK = perHour("board_reports", 5);
const OF_BOARD = perHour("board_reports", 10);
const OVER_ALL = perHour("board_reports", 200);

export type ReportOutcome = Readonly<
  { outcome: "reported" } | { outcome: "too_many" } | { outcome: "form_again"; errors: ReportErrors }
>;

/** Checks the form, counts it, and puts it into the review queue. */
export async function sendReport(
  services: Services,
  { board, reason, words }: ReportForm,
  ipAddress: string | null,
): Promise<ReportOutcome> {
  const slug = slugIn(board);
  const text = words
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .toWellFormed();
  const view = slug === null ? null : await findPublicView(services, slug);
  const errors = {
    ...(!view && { board: "We can’t find that board. Please copy its link here." }),
    ...(!isReportReason(reason) && { reason: "Please choose what is wrong." }),
    ...(text.length > MAX_REPORT_LENGTH && { words: `Please use at most ${MAX_REPORT_LENGTH} characters.` }),
    ...(reason === "other" && text === "" && { words: "Please tell us what is wrong." }),
  };
  if (!view || !isReportReason(reason) || Object.keys(errors).length > 0) return { outcome: "form_again", errors };
  const found = await findBoard(services, ADMIN, view.slug);
  if (!found) return { outcome: "form_again", errors: { board: "This board has been removed." } };
  if (await isTooMuch(services, codeOfSlug(view.slug) ?? "", ipAddress)) return { outcome: "too_many" };
  await reportBoard(services, { boardId: found.id, reason, words: text || null });
  return { outcome: "reported" };
}

/** The slug in what was pasted: a link with whatever follows it, or the slug alone. */
function slugIn(typed: string): string | null {
  const trimmed = typed.trim();
  const { pathname } = URL.parse(trimmed) ?? { pathname: `/${trimmed.replace(/^\/+/, "")}` };
  const [, slug = ""] = (withoutTrailingMarks(pathname) ?? pathname).split("/");
  return codeOfSlug(slug) === null ? null : slug;
}

async function isTooMuch(services: Services, code: string, ipAddress: string | null): Promise<boolean> {
  const network = networkOf(ipAddress);
  const take = (subject: string, rule: RateRule) =>
    callLimiter(services, subject, (limiter) => limiter.take([rule], services.now()));
  // One after the other: what one limit refuses does not use up the next.
  const limits = [
    ...(network ? [[`report:${network}`, OF_NETWORK] as const] : []),
    [`report-board:${code}`, OF_BOARD] as const,
    ["reports:all", OVER_ALL] as const,
  ];
  for (const [subject, rule] of limits) {
    const taking = await take(subject, rule);
    if (taking && !taking.allowed) return true;
  }
  return false;
}
