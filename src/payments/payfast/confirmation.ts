import { untilTimeout } from "#platform/in-time";
import { isDeclaredWithin } from "#platform/read-capped";
import type { CallbackRefusal } from "../provider.ts";
import type { Itn } from "./itn.ts";
import type { ValidateBody } from "./settings.ts";

const CONFIRMATION_TIMEOUT_MS = 10_000;
/** More than the two words that are read. */
const MAX_CHARACTERS = 1024;

type Validation = "VALID" | "INVALID" | { unclear: string };

/**
 * Lets PayFast confirm that it sent this notification. Null when it did. An answer other than its two words decides
 * nothing, and PayFast sends the notification again. (payment-providers 1.3, step 5)
 */
export async function confirmWithPayfast(
  validateUrl: string,
  itn: Itn,
  rule: ValidateBody,
  fetch: typeof globalThis.fetch,
): Promise<CallbackRefusal | null> {
  // One deadline for both posts, because PayFast expects its own answer within seconds.
  const validation = await untilTimeout(CONFIRMATION_TIMEOUT_MS, async (signal) => {
    const post = (body: Uint8Array) => postToValidate(validateUrl, body, signal, fetch);
    const said = await post(rule === "with" ? itn.body : Buffer.from(itn.received, "latin1"));
    return said === "INVALID" && rule === "auto" ? await post(itn.body) : said;
  });
  if (validation === "VALID") return null;
  if (validation === "INVALID") return { reason: "not_confirmed" };
  return { reason: "provider_unavailable", detail: validation.unclear };
}

async function postToValidate(
  url: string,
  body: Uint8Array,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch,
): Promise<Validation> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
      redirect: "manual",
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { unclear: `validate answered ${response.status}` };
    }
    const [firstLine] = (await readStart(response)).trim().split(/\r?\n/, 1);
    return firstLine === "VALID" || firstLine === "INVALID"
      ? firstLine
      : { unclear: "validate answered something else" };
  } catch (error) {
    return { unclear: `validate did not answer: ${String(error)}` };
  }
}

/** The first characters of the answer. An endless answer is not read to the end. */
async function readStart(response: Response): Promise<string> {
  if (!response.body) return "";
  if (isDeclaredWithin(response, MAX_CHARACTERS)) return await response.text();
  const reader = response.body.getReader();
  let text = "";
  while (text.length < MAX_CHARACTERS) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += Buffer.from(value).toString("latin1");
  }
  await reader.cancel();
  return text;
}
