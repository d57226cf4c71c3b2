import { snapscanPayment } from "../local/simulators/snapscan-payment.ts";

/** What the world outside answers ChipIn. It is computed in advance, so that no measurement includes it. */

/** R20: the platform keeps R3 of it. */
export const GIFT_CENTS = 2_000;
export const NET_CENTS = 1_700;

/** Who ChipIn is to Ozow and to SnapScan. */
export const OZOW_SITE_CODE = "BEN-BEN-001";
export const SNAP_CODE = "CHIPBENCH";

/** Below the sink's origin. */
export const OZOW_BASE_PATH = "/ozow/v1";
export const SNAPSCAN_BASE_PATH = "/snapscan";
export const VALIDATE_PATH = "/eng/query/validate";
export const SITEVERIFY_PATH = "/turnstile/v0/siteverify";

/** An unrelated payment, for baselines that need an answer as long as ChipIn's. */
export const NOBODYS = { reference: "0".repeat(20), number: 0 };

const AT = new Date("2026-03-01T10:00:00Z");

/** Where Ozow sends the guest on to; the reference is its last part. */
export function ozowPagePath(reference: string): string {
  return `/ozow/pay/${reference}`;
}

/** One transaction pays for each reference, and is named after it. */
export function ozowTransactionPath(id: string): string {
  return `${OZOW_BASE_PATH}/transactions/${id}`;
}

export function snapscanPaymentPath(number: number | ""): string {
  return `${SNAPSCAN_BASE_PATH}/merchant/api/v1/payments/${number}`;
}

export function ozowToken(): object {
  return { access_token: "a-token-of-the-bench", token_type: "Bearer", expires_in: 14_400 };
}

export function ozowPayment(origin: string, reference: string): object {
  const self = `${origin}${OZOW_BASE_PATH}/payments/${reference}`;
  return {
    links: { self, cancel: `${self}/cancel`, transactions: `${self}/transactions` },
    id: reference,
    status: "Created",
    reason: "",
    redirectUrl: origin + ozowPagePath(reference),
  };
}

export function ozowTransaction(origin: string, id: string): object {
  const self = origin + ozowTransactionPath(id);
  const date = AT.toISOString();
  return {
    links: { self, refund: `${self}/refunds` },
    id,
    amount: { currency: "ZAR", value: GIFT_CENTS / 100 },
    merchantReference: id,
    siteCode: OZOW_SITE_CODE,
    institution: "Local Bank",
    status: "Successful",
    reason: "",
    createdDate: date,
    completedDate: date,
  };
}

/** The same in the notice and in the answer. `number`: SnapScan's own, which says nothing of the reference. */
export function snapscanPaymentOf({ number, reference }: { number: number; reference: string }): object {
  const about = { snapCode: SNAP_CODE, requiredCents: GIFT_CENTS, tipCents: 0, authCode: "123456", at: AT };
  const extra = { id: reference, amount: String(GIFT_CENTS), strict: "true" };
  return snapscanPayment({ ...about, id: number, reference, status: "completed", extra });
}
