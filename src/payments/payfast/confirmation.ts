import type { CallbackRefusal } from "../provider.ts";
import type { Itn } from "./itn.ts";
import type { ValidateBody } from "./settings.ts";

const CONFIRMATION_TIMEOUT_MS = 10_000;
const ENOUGH_CHARACTERS = 1024;

type Answer = "VALID" | "INVALID" | { unclear: string };

/**
 * Asks PayFast whether it sent this notification: null when it did. Only its two words decide anything; whatever else
 * comes back leaves the question open, and PayFast will send the notification again. (payment-providers 1.3, step 5)
 */
export async function confirmWithPayfast(
  validateUrl: string,
  itn: Itn,
  rule: ValidateBody,
  fetch: typeof globalThis.fetch,
): Promise<CallbackRefusal | null> {
  // One deadline for both questions: PayFast wants its own answer within seconds.
  const signal = AbortSignal.timeout(CONFIRMATION_TIMEOUT_MS);
  const ask = (body: Uint8Array) => askPayfast(validateUrl, body, signal, fetch);

  let answer = await ask(rule === "with" ? itn.body : Buffer.from(itn.received, "latin1"));
  if (answer === "INVALID" && rule === "auto") answer = await ask(itn.body);
  if (answer === "VALID") return null;
  if (answer === "INVALID") return { reason: "not_confirmed" };
  return { reason: "provider_unavailable", detail: answer.unclear };
}

async function askPayfast(
  url: string,
  body: Uint8Array,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch,
): Promise<Answer> {
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

/** No more of the answer than two words need, however much is sent. */
async function readStart(response: Response): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.getReader();
  let text = "";
  while (text.length < ENOUGH_CHARACTERS) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += Buffer.from(value).toString("latin1");
  }
  await reader.cancel();
  return text;
}
