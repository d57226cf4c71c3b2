import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { serialize } from "hono/utils/cookie";
import { codeOfReference } from "#domain/ids";

/*
 * The reference of a payment is in the address of its thanks page, and addresses are passed on. Who began the payment is known by a
 * cookie for each, which a browser sends to that page only, so that the board's page stays the same for everyone.
 */

const PREFIX = "payer-";
/** A board is open for 90 days at most, and money that goes back takes a while. */
const MAX_AGE_SECONDS = 120 * 86_400;

/** The references of the payments that this browser began on the board of this page, the newest first. */
export function ownReferences(c: Context): readonly string[] {
  const own = Object.entries(getCookie(c)).flatMap(([name, at]) => {
    const reference = name.slice(PREFIX.length);
    return name.startsWith(PREFIX) && codeOfReference(reference) !== null ? [{ reference, at: Number(at) }] : [];
  });
  return own.sort((one, other) => other.at - one.at).map(({ reference }) => reference);
}

/** Tells the browser of this answer that it began the payment. */
export function rememberPayer(
  answer: Response,
  { slug, reference }: { slug: string; reference: string },
  { now, secure }: { now: Date; secure: boolean },
): Response {
  const options = {
    path: `/${slug}/thanks`,
    maxAge: MAX_AGE_SECONDS,
    httpOnly: true,
    sameSite: "Lax",
    secure,
  } as const;
  answer.headers.append("Set-Cookie", serialize(PREFIX + reference, String(now.getTime()), options));
  return answer;
}
