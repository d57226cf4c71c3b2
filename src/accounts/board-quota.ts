import { eq } from "drizzle-orm";
import { partnerLimits } from "#database/own-tables";
import type { RateRule } from "#domain/rate-limit";
import type { Services } from "#platform/services";
import { takeOrRefuse } from "#rate-limits/take-or-refuse";

const HOUR_MS = 3_600_000;

/** Boards that one partner may open for one host within an hour, unless an operator raised it. (product-facts 17.3) */
export const BOARDS_PER_HOST = 5;
/** Boards that all partners together may open for one host within an hour. */
const BOARDS_OF_ALL_PARTNERS = 10;

/**
 * Counts a board that a partner is about to open for a host: each one writes to the host, from our domain. A partner with a limit
 * of its own is not counted with the others, nor is a sandbox, which sends no mail. When the limiter cannot be reached, the board is opened.
 * @throws ChipInError `rate_limited`, naming the limit and when to try again.
 */
export async function countBoardOfHost(
  services: Services,
  { partnerId, sandbox }: Readonly<{ partnerId: string; sandbox: boolean }>,
  email: string,
): Promise<void> {
  const { database } = services;
  const [raised] = await database.select().from(partnerLimits).where(eq(partnerLimits.partnerId, partnerId));
  const sliding = { windowMs: HOUR_MS, kind: "sliding" } as const;
  const own: RateRule = { name: `boards:${partnerId}`, limit: raised?.boardsPerHost ?? BOARDS_PER_HOST, ...sliding };
  const all: RateRule = { name: "boards", limit: BOARDS_OF_ALL_PARTNERS, ...sliding };
  const rules = raised || sandbox ? [own] : [own, all];
  await takeOrRefuse(services, `host:${mailboxOf(email)}`, rules, ({ retryAfterMs, verdicts }) => {
    const minutes = Math.ceil(retryAfterMs / 60_000);
    const isOwn = verdicts[0]?.remaining === 0;
    const limit = isOwn ? `you may open ${own.limit} boards` : `all partners together may open ${all.limit} boards`;
    return {
      sentence: `For one parent ${limit} within an hour; try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`,
      details: [{ field: "payout_email", reason: "has had many boards within the last hour" }],
    };
  });
}

/** The mailbox behind an address: `Parent+1@example.com` and `parent@example.com` are read by the same person. */
function mailboxOf(email: string): string {
  const [local = "", ...domain] = email.trim().toLowerCase().split("@");
  return [local.split("+")[0], ...domain].join("@");
}
