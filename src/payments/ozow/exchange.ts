import { readCappedText } from "#platform/read-capped";

/** A page of fifty transactions is about 30 KB. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** `text` is null for an answer above the limit. It is empty for an error status, whose text is not read. */
export type Exchanged = Readonly<{ status: number; text: string | null }>;

/** Sends one request. `lost`: no complete answer came, and Ozow may have acted on the request. Never throws. */
export async function exchange(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
): Promise<Exchanged | Readonly<{ lost: unknown }>> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual" });
    if (isSuccess(response.status)) {
      return { status: response.status, text: await readCappedText(response, MAX_ANSWER_BYTES) };
    }
    await response.body?.cancel();
    return { status: response.status, text: "" };
  } catch (error) {
    return { lost: error };
  }
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
