import type { PaymentToStart } from "../provider.ts";
import { presentMoney } from "./amount.ts";
import { type ApiCall, OZOW_ID, type OzowApi, unavailable } from "./api.ts";
import { isObject } from "./exchange.ts";
import type { OzowSettings } from "./settings.ts";

/** Integrators report that staging needs it; without it Ozow guesses from the address of our Worker. */
const REGION = "ZA";

type Site = Pick<OzowSettings, "siteCode">;

/** A payment at Ozow: the page a guest pays on. `redirectUrl` is optional in Ozow's schema. */
export type CreatedPayment = Readonly<{ id: string; redirectUrl: string | null }>;

/**
 * Creates the payment, or gets the one created before: the same key with the same bytes is answered alike for ever, and
 * with other bytes by a 409. So nothing in it is computed anew. (payment-providers 2.1)
 */
export async function createPayment(
  api: OzowApi,
  { siteCode }: Site,
  payment: PaymentToStart,
): Promise<CreatedPayment | { refused: number }> {
  const { reference, attempt, amount, returnUrl, offerExpiresAt } = payment;
  const call: ApiCall = {
    scope: "payments",
    method: "POST",
    path: "/payments",
    idempotencyKey: `${reference}-${attempt}`,
    repeatsWhenLost: true,
    body: JSON.stringify({
      siteCode,
      region: REGION,
      amount: presentMoney(amount),
      merchantReference: reference,
      returnUrl,
      expireAt: isoSeconds(offerExpiresAt),
    }),
  };
  const answer = await api(call);
  if ("refused" in answer) return answer;
  const { id, redirectUrl } = isObject(answer.json) ? answer.json : {};
  if (typeof id !== "string" || !OZOW_ID.test(id)) throw unavailable(call, "answered without an id");
  return { id, redirectUrl: typeof redirectUrl === "string" ? redirectUrl : null };
}

/**
 * The address to send a guest to. The exact host is not documented, its domain is.
 * @throws Error when it is missing or not Ozow's; the text does not quote it, for it may carry a secret.
 */
export function trustedRedirect(redirectUrl: string | null, hostSuffix: string | null): string {
  const url = redirectUrl === null ? null : URL.parse(redirectUrl);
  if (!url) throw new Error("Ozow gave no address to send the guest to");
  const isLocal = hostSuffix === null && url.protocol === "http:";
  if (url.protocol !== "https:" && !isLocal) throw new Error("Ozow gave an address that is not https");
  const isOzow = hostSuffix === null || `.${url.hostname}`.endsWith(hostSuffix);
  if (!isOzow) throw new Error(`Ozow gave an address whose host is not ${hostSuffix}`);
  return url.href;
}

/** `2026-03-01T12:00:00Z` */
export function isoSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
