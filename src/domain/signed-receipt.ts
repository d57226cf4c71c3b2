import { type Cents, cents } from "./money.ts";

/*
 * A receipt that can be checked without us: a line of text with an Ed25519 signature, no names in it. It says that a payment was
 * received, and what was true then; a later refund does not change it.
 *
 *     CHIPIN1.2026-12.8k3m9q2rtw0x1sr4s2h2.20000.20261128T160512Z.<86 characters>
 *     version . key id . reference . amount in cents . when, in UTC . signature in base64url
 *
 * Signed are the ASCII bytes of everything before the last dot. Each receipt has one spelling only.
 */

export type PaymentReceived = Readonly<{
  keyId: string;
  /** 20 letters and digits. The first ten are the board's code. */
  reference: string;
  amount: Cents;
  /** To the second. */
  paidAt: Date;
}>;

/** A public key as `/.well-known/chipin-receipts.json` lists it: a JSON Web Key (RFC 8037). `x`: 32 bytes in base64url. */
export type ReceiptKey = Readonly<{ kid: string; kty: "OKP"; crv: "Ed25519"; x: string }>;
export type ReceiptKeys = Readonly<{ keys: readonly ReceiptKey[] }>;

export type ReceiptVerdict =
  | Readonly<{ genuine: true; receipt: PaymentReceived }>
  /** `unreadable`: no receipt of ours. `unknown_key`: its key is not listed. `changed`: the signature is of another text. */
  | Readonly<{ genuine: false; why: "unreadable" | "unknown_key" | "changed" }>;

const VERSION = "CHIPIN1";
const FORM =
  /^CHIPIN1\.([A-Za-z0-9_-]{1,32})\.([0-9a-hjkmnp-tv-z]{20})\.([1-9]\d{0,8})\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.([\w-]{86})$/;

/** What is signed. */
export function receiptStatement({ keyId, reference, amount, paidAt }: PaymentReceived): string {
  const instant = `${paidAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  return [VERSION, keyId, reference, amount, instant].join(".");
}

/** @param signature 64 bytes */
export function receiptText(receipt: PaymentReceived, signature: Uint8Array): string {
  return `${receiptStatement(receipt)}.${toBase64Url(signature)}`;
}

/** Whether the text is a receipt that one of these keys has signed. Spaces and line breaks, which mail programs add, do not count. */
export async function verifyReceipt(text: string, { keys }: ReceiptKeys): Promise<ReceiptVerdict> {
  const read = readReceipt(text.replaceAll(/\s/g, ""));
  if (!read) return { genuine: false, why: "unreadable" };
  const { receipt, signature } = read;
  const listed = keys.find(({ kid }) => kid === receipt.keyId);
  if (!listed) return { genuine: false, why: "unknown_key" };
  const { kty, crv, x } = listed;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, "Ed25519", false, ["verify"]);
  const signed = new TextEncoder().encode(receiptStatement(receipt));
  const genuine = await crypto.subtle.verify("Ed25519", key, signature, signed);
  return genuine ? { genuine, receipt } : { genuine, why: "changed" };
}

function readReceipt(text: string) {
  const [, keyId = "", reference = "", amount, year, month, day, hour, minute, second, encoded = ""] =
    FORM.exec(text) ?? [];
  const paidAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(paidAt.getTime())) return null;
  const receipt = { keyId, reference, amount: cents(Number(amount)), paidAt };
  const signature = fromBase64Url(encoded);
  // A day that no month has, or bits after the last byte, are another spelling.
  return receiptText(receipt, signature) === text ? { receipt, signature } : null;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
