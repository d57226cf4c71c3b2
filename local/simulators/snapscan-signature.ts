import { createHmac } from "node:crypto";
import { phpUrlencode } from "./form-encoding.ts";

/** The webhook's body: one form field, the payment as JSON. */
export function webhookBody(payment: object): string {
  return `payload=${phpUrlencode(JSON.stringify(payment))}`;
}

/** The `Authorization` of a webhook: HMAC-SHA256 over the body as it is sent, still encoded. */
export function webhookAuthorization(key: string, body: string): string {
  return `SnapScan signature=${createHmac("sha256", key).update(body).digest("hex")}`;
}
