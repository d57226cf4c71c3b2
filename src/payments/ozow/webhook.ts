import { createHmac } from "node:crypto";
import { sameSecret } from "#platform/same-secret";
import { isObject, type JsonObject, parseJson } from "../json.ts";
import type { CallbackRefusal, CallbackRequest } from "../provider.ts";

/** A delivery with a valid signature. `id` is the same on every retry. */
export type SignedEvent = Readonly<{ id: string; body: Uint8Array }>;

type Proof = Readonly<{ id: string; timestamp: string; signatures: string }>;
type Trust = Readonly<{ keys: readonly Uint8Array[]; toleranceS: number }>;

/** `v1,` and the base64 of the HMAC over id, timestamp and raw body. (payment-providers 2.3) */
export function svixSignature(key: Uint8Array, { id, timestamp }: Omit<Proof, "signatures">, body: Uint8Array): string {
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`;
}

/** Checks every signature against every key, because both may be two while a secret is replaced. */
export function verifyWebhook({ headers, body, now }: CallbackRequest, trust: Trust): SignedEvent | CallbackRefusal {
  const proof = proofIn(headers);
  if (!proof) return { reason: "unsigned", detail: "a signature header is missing" };
  if (!/^\d+$/.test(proof.timestamp)) return { reason: "unsigned", detail: "the timestamp is not a number" };

  const expected = trust.keys.map((key) => svixSignature(key, proof, body));
  const isSigned = proof.signatures.split(" ").some((given) => expected.some((ours) => sameSecret(given, ours)));
  if (!isSigned) return { reason: "signature_mismatch" };

  const ageS = Math.floor(now.getTime() / 1_000) - Number(proof.timestamp);
  if (Math.abs(ageS) > trust.toleranceS) return { reason: "outside_time_window", detail: `${ageS} s old` };
  return { id: proof.id, body };
}

/** The `svix-` headers, or the neutral `webhook-` headers when those are absent. Null when one of the three is missing. */
function proofIn(headers: Headers): Proof | null {
  const names = headers.has("svix-id") ? "svix" : "webhook";
  const id = headers.get(`${names}-id`);
  const timestamp = headers.get(`${names}-timestamp`);
  const signatures = headers.get(`${names}-signature`);
  return id && timestamp && signatures ? { id, timestamp, signatures } : null;
}

export type OzowEvent = Readonly<{ type: string; data: JsonObject }>;

/** Null for a body that is not an event. Only an id of `data` is used. Everything else is read from Ozow. */
export function parseEvent(body: Uint8Array): OzowEvent | null {
  const json = parseJson(new TextDecoder().decode(body));
  if (!isObject(json) || typeof json.type !== "string") return null;
  return { type: json.type, data: isObject(json.data) ? json.data : {} };
}
