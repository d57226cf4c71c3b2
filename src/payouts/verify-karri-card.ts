import type { Services } from "#platform/services";
import { PATHS } from "./api-contract.ts";
import { karriAccount } from "./configure.ts";
import { type CounterpartyDeps, errorCodeOf, isSuccess, requestJson } from "./request-json.ts";

const MAX_NAME_LENGTH = 100;

/** `unreachable`: Karri gave no answer that can be used, so nothing is known about the card. Reasons are short codes. */
export type CardVerification = Readonly<
  | { result: "valid"; cardholderFirstName: string | null }
  | { result: "invalid"; errorCode: string | null }
  | { result: "unreachable"; reason: string }
  | { result: "not_configured" }
>;

/**
 * Asks Karri whether a card can be topped up: when a board is created, and again before its payout. The answer is
 * `{valid, cardholderFirstName?, errorCode?}`. Never throws. (product-facts 21.4)
 */
export async function verifyKarriCard(
  { settings }: Pick<Services, "settings">,
  cardNumber: string,
  deps: CounterpartyDeps = { fetch },
): Promise<CardVerification> {
  const account = karriAccount(settings);
  if (!account) return { result: "not_configured" };
  const got = await requestJson(account, { path: PATHS.karriCardVerification, body: { cardNumber } }, deps);
  if (!got) return { result: "unreachable", reason: "no_answer" };
  const { status, answer } = got;
  if (!isSuccess(status)) return { result: "unreachable", reason: `answered_${status}` };
  if (answer?.valid === true) return { result: "valid", cardholderFirstName: nameOf(answer.cardholderFirstName) };
  if (answer?.valid === false) return { result: "invalid", errorCode: errorCodeOf(answer) };
  return { result: "unreachable", reason: "unreadable_answer" };
}

function nameOf(value: unknown): string | null {
  if (typeof value !== "string" || /\p{Cc}/u.test(value)) return null;
  const name = value.trim();
  return name && [...name].length <= MAX_NAME_LENGTH ? name : null;
}
