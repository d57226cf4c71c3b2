import { readCapped } from "../read-capped.ts";

/** A page of fifty transactions is about 30 KB. */
const MAX_ANSWER_BYTES = 256 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** `text` is null where it is larger than any answer should be, and empty for an error: nobody reads an error's text. */
export type Exchanged = Readonly<{ status: number; text: string | null }>;

/** One request. `lost`: no answer came, or not all of it; what was asked may have been done. Never throws. */
export async function exchange(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
): Promise<Exchanged | Readonly<{ lost: unknown }>> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual" });
    if (isSuccess(response.status)) {
      return { status: response.status, text: await readCapped(response, MAX_ANSWER_BYTES) };
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

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
