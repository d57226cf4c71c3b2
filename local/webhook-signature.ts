import { createHmac, timingSafeEqual } from "node:crypto";
import { Webhook } from "standardwebhooks";

const TOLERANCE_SECONDS = 5 * 60;

/** Which of the two signatures of a delivery are valid. `verified` means both. */
export type DeliveryVerdict = { verified: boolean; chipin: boolean; standard: boolean };

/** Verifies a delivery as a partner would, from the published rules only. */
export function verifyDelivery(
  body: string,
  headers: Record<string, string>,
  secrets: readonly string[],
): DeliveryVerdict {
  const chipin = secrets.some((secret) => hasChipinSignature(body, headers["x-chipin-signature"] ?? "", secret));
  const standard = secrets.some((secret) => hasStandardSignature(body, headers, secret));
  return { verified: chipin && standard, chipin, standard };
}

/** `t=<unix>,v1=<hex>`, one `v1` per valid secret: HMAC-SHA256 over `<t>.<body>`, at most five minutes off. */
export function hasChipinSignature(body: string, header: string, secret: string, now = new Date()): boolean {
  const parts = header.split(",").map((part) => part.trim().split("=", 2));
  const time = parts.find(([name]) => name === "t")?.[1] ?? "";
  if (!/^\d+$/.test(time) || Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", secret).update(`${time}.${body}`).digest();
  return parts.some(([name, value = ""]) => {
    const given = Buffer.from(value, "hex");
    return name === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The standard verifier. Its secret is `whsec_` and base64, or the base64 of any other text. */
function hasStandardSignature(body: string, headers: Record<string, string>, secret: string): boolean {
  try {
    const key = secret.startsWith("whsec_") ? secret : Buffer.from(secret, "utf8").toString("base64");
    new Webhook(key).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
