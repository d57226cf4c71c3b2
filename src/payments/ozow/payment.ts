import { isObject } from "../json.ts";
import type { PaymentToStart } from "../provider.ts";
import { presentMoney } from "./amount.ts";
import { OZOW_ID, type OzowApi, type OzowCall, unavailable } from "./api.ts";
import type { OzowSettings } from "./settings.ts";

/** Staging needs it, as integrators report. Without it Ozow derives the region from our IP address. */
const REGION = "ZA";

type Site = Pick<OzowSettings, "siteCode">;

/** A payment at Ozow. `redirectUrl`, the page for the guest, is optional in Ozow's schema. */
export type CreatedPayment = Readonly<{ id: string; redirectUrl: string | null }>;

/**
 * Creates the payment, or reads the one that was created before. Ozow answers a repeated key with the first payment when
 * the body is identical, and 409 otherwise, so nothing in the body may depend on the time. (payment-providers 2.1)
 */
export async function createPayment(
  api: OzowApi,
  { siteCode }: Site,
  payment: PaymentToStart,
): Promise<CreatedPayment | { refused: number }> {
  const { reference, attempt, amount, returnUrl, attemptExpiresAt } = payment;
  const call: OzowCall = {
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
      expireAt: isoSeconds(attemptExpiresAt),
    }),
  };
  const answer = await api(call);
  if ("refused" in answer) return answer;
  const { id, redirectUrl } = isObject(answer.json) ? answer.json : {};
  if (typeof id !== "string" || !OZOW_ID.test(id)) throw unavailable(call, "answered without an id");
  return { id, redirectUrl: typeof redirectUrl === "string" ? redirectUrl : null };
}

/**
 * The address that the guest is sent to. Ozow documents its domain and not its host.
 * @throws Error when it is missing or not Ozow's. The message does not quote the address, which may contain a secret.
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
