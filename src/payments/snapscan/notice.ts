import { createHmac } from "node:crypto";
import { sameSecret } from "#platform/same-secret";
import { isObject, type JsonObject, parseJson } from "../json.ts";
import type { CallbackRefusal } from "../provider.ts";
import { isPaymentId } from "./payment.ts";

const AUTHORIZATION = /^(\S+) +signature=([0-9a-f]{64})$/;

/** The signature in `Authorization: SnapScan signature=<64 hex>`, with the scheme in any letter case. Null for another shape. */
export function signatureIn(headers: Headers): string | null {
  const [, scheme, signature] = AUTHORIZATION.exec(headers.get("authorization") ?? "") ?? [];
  return scheme?.toLowerCase() === "snapscan" ? (signature ?? null) : null;
}

/** SnapScan signs the body as sent, with `payload=` and escapes. */
export function isNoticeSigned(body: Uint8Array, signature: string, webhookAuthKey: string): boolean {
  return sameSecret(signature, createHmac("sha256", webhookAuthKey).update(body).digest("hex"));
}

/** The payment's id and object in a body with a valid signature. (payment-providers 3.3, step 3) */
export function parseNotice(body: Uint8Array): { id: number; payload: JsonObject } | CallbackRefusal {
  const fields = decodeForm(body);
  if (!fields) return malformed("the body is not form-encoded UTF-8");
  const [value, ...others] = fields.filter(([name]) => name === "payload").map(([, value]) => value);
  if (value === undefined) return malformed("no payload field");
  if (others.length > 0) return malformed(`${others.length + 1} payload fields`);
  const payload = parseJson(value);
  if (!isObject(payload)) return malformed("payload is not a JSON object");
  const { id } = payload;
  return isPaymentId(id) ? { id, payload } : malformed("the id in payload is missing or not a positive integer");
}

export function malformed(detail: string): CallbackRefusal {
  return { reason: "malformed", detail, signed: true };
}

function decodeForm(body: Uint8Array): [name: string, value: string][] | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return text.split("&").map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [decodePart(name), decodePart(value.join("="))];
    });
  } catch {
    return null;
  }
}

/** @throws URIError for a broken escape. */
function decodePart(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll("+", " "));
}
