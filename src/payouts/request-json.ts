import { isObject, type JsonObject, parseJson } from "#payments/json";
import { untilTimeout } from "#platform/in-time";
import { readCappedText } from "#platform/read-capped";

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export type CounterpartyAccount = Readonly<{
  /** without a trailing slash */
  baseUrl: string;
  apiKey: string;
}>;

export type CounterpartyDeps = Readonly<{ fetch: typeof fetch }>;

type JsonRequest = Readonly<{ path: string; body?: JsonObject; idempotencyKey?: string }>;

/** `answer` is null when the text is larger than the limit or is not a JSON object. */
export type JsonAnswer = Readonly<{ status: number; answer: JsonObject | null }>;

/**
 * One request with a bearer key: a POST when there is a body, else a GET. Null when no complete answer came, and then the
 * counterparty may have acted on it. Never throws.
 */
export async function requestJson(
  { baseUrl, apiKey }: CounterpartyAccount,
  { path, body, idempotencyKey }: JsonRequest,
  { fetch }: CounterpartyDeps, // Workers refuse a `fetch` that is called as a method of another object.
): Promise<JsonAnswer | null> {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    accept: "application/json",
    ...(body && { "content-type": "application/json" }),
    ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
  };
  const method = body ? "POST" : "GET";
  const init: RequestInit = {
    method,
    headers,
    redirect: "manual",
    ...(body && { body: JSON.stringify(body) }),
  };
  try {
    return await untilTimeout(TIMEOUT_MS, async (signal) => {
      const response = await fetch(`${baseUrl}${path}`, { ...init, signal });
      const text = await readCappedText(response, MAX_ANSWER_BYTES);
      const json = text === null ? undefined : parseJson(text);
      return { status: response.status, answer: isObject(json) ? json : null };
    });
  } catch {
    return null;
  }
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The counterparty's `errorCode`. Null unless it looks like a code: it must not carry a name or a number into our log. */
export function errorCodeOf(answer: JsonObject | null): string | null {
  const code = answer?.errorCode;
  return typeof code === "string" && /^[A-Za-z][A-Za-z_]{1,40}$/.test(code) ? code.toLowerCase() : null;
}
