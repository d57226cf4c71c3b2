import { timingSafeEqual } from "node:crypto";

/** Equality of two signatures or secrets, in a time that does not tell where they differ. Their length is no secret. */
export function sameSecret(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
