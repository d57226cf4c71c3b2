import { timingSafeEqual } from "node:crypto";

/** Compares two signatures or secrets in constant time. Their length is no secret. */
export function sameSecret(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
