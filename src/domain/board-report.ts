/** Why a visitor reports a board: one of our words, stored and shown to operators. */
export const REPORT_REASONS = ["child", "fake", "offensive", "other"] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

export const MAX_REPORT_LENGTH = 1_000;

export function isReportReason(text: unknown): text is ReportReason {
  return (REPORT_REASONS as readonly unknown[]).includes(text);
}
