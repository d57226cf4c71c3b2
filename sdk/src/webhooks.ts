import type { WebhookEvent } from "./types.ts";

/** The delivery is not ChipIn's, or too old: answer it with 401 and do nothing. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
}

export type VerifyOptions = Readonly<{
  /** How far the time of the attempt may be from now; 300 seconds unless given. */
  toleranceSeconds?: number;
  /** For tests, in ms since 1970. */
  now?: number;
}>;

/** As a server has them: `Headers`, or Node's `request.headers`. */
export type ReceivedHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

type Signed = Readonly<{
  time: string;
  /** What is signed before the body. */
  prefix: string;
  signatures: readonly Bytes[];
  keyOf: (secret: string) => Bytes;
}>;
type Bytes = Uint8Array<ArrayBuffer>;

const TOLERANCE_SECONDS = 300;
const STANDARD_SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/**
 * The event of a delivery, once its signature is found to be right: by `webhook-signature` (Standard Webhooks) or by `X-ChipIn-Signature`,
 * with any of the secrets. Two are valid while you replace one. `rawBody` is the body exactly as it came.
 * @throws WebhookVerificationError
 */
export async function verifyWebhook(
  rawBody: string | Uint8Array | ArrayBuffer,
  headers: ReceivedHeaders,
  secrets: string | readonly string[],
  { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now() }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const body = bytesOf(rawBody);
  const signed = [standardOf(headers), ownOf(headers)].filter((one) => one !== null);
  if (signed.length === 0) throw new WebhookVerificationError("The delivery has no signature");
  const current = signed.filter(({ time }) => Math.abs(now / 1_000 - Number(time)) <= toleranceSeconds);
  if (current.length === 0)
    throw new WebhookVerificationError(`The signature is not of the last ${toleranceSeconds} s`);
  for (const one of current) {
    for (const secret of [secrets].flat()) {
      if (await fits(one, body, secret)) return JSON.parse(new TextDecoder().decode(body));
    }
  }
  throw new WebhookVerificationError("The signature fits none of the secrets");
}

async function fits({ prefix, signatures, keyOf }: Signed, body: Bytes, secret: string): Promise<boolean> {
  if (secret === "") return false;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", keyOf(secret), algorithm, false, ["verify"]);
  const start = utf8(prefix);
  const text = new Uint8Array(start.length + body.length);
  text.set(start);
  text.set(body, start.length);
  for (const signature of signatures) if (await crypto.subtle.verify("HMAC", key, signature, text)) return true;
  return false;
}

/** `webhook-signature: v1,<base64> v1,<base64>`. Their key is what `whsec_` stands for; any other secret is its own bytes. */
function standardOf(headers: ReceivedHeaders): Signed | null {
  const [id, time, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    read(headers, name),
  );
  if (!id || !isTime(time) || !signature) return null;
  const signatures = signature
    .split(" ")
    .map((one) => one.split(","))
    .flatMap(([version, base64]) => (version === "v1" && base64 ? (fromBase64(base64) ?? []) : []));
  const keyOf = (secret: string) => fromBase64(STANDARD_SECRET.exec(secret)?.[1] ?? "") ?? utf8(secret);
  return { time, prefix: `${id}.${time}.`, signatures, keyOf };
}

/** `X-ChipIn-Signature: t=<unix seconds>,v1=<hex>,v1=<hex>`. */
function ownOf(headers: ReceivedHeaders): Signed | null {
  const parts = (read(headers, "x-chipin-signature") ?? "").split(",").map((part) => part.trim().split("="));
  const time = parts.find(([name]) => name === "t")?.[1];
  if (!isTime(time)) return null;
  const signatures = parts.flatMap(([name, hex = ""]) => (name === "v1" ? (fromHex(hex) ?? []) : []));
  return { time, prefix: `${time}.`, signatures, keyOf: utf8 };
}

function read(headers: ReceivedHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  return typeof found === "string" ? found : found?.[0];
}

function isTime(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,12}$/.test(text);
}

function bytesOf(body: string | Uint8Array | ArrayBuffer): Bytes {
  return typeof body === "string" ? utf8(body) : Uint8Array.from(new Uint8Array(body));
}

function utf8(text: string): Bytes {
  return new Uint8Array(new TextEncoder().encode(text));
}

function fromBase64(text: string): Bytes | null {
  try {
    return text === "" ? null : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function fromHex(text: string): Bytes | null {
  const pairs = /^(?:[0-9a-f]{2})+$/i.test(text) ? text.match(/../g) : null;
  return pairs && Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}
