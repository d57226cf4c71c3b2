import { untilTimeout } from "#platform/in-time";
import { readCappedText } from "#platform/read-capped";
import { isObject, type JsonObject, parseJson } from "../json.ts";
import { type ProviderDeps, ProviderError } from "../provider.ts";
import type { PayfastSettings } from "./settings.ts";
import { apiSignature, type Field } from "./signature.ts";

const API_TIMEOUT_MS = 10_000;
/** A history page of 1,000 rows with every custom field filled is about 3 MB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const SAST_OFFSET_MS = 2 * 3_600_000;

export type PayfastCall = Readonly<{
  method: "GET" | "POST";
  path: string;
  query?: Readonly<Record<string, string>>;
  /** sent as JSON; the values are signed as text */
  body?: Readonly<Record<string, string | number>>;
}>;

/** `json` is null when the answer is not a JSON object. `refused`: the status of a 4xx that is about this call only. */
export type PayfastAnswer = Readonly<{ text: string; json: JsonObject | null } | { refused: number }>;

/** One signed call. @throws ProviderError when it fails. */
export type PayfastApi = (call: PayfastCall) => Promise<PayfastAnswer>;

type Account = Pick<PayfastSettings, "apiBaseUrl" | "merchantId" | "sandbox">;

/** The API of both environments. It requires an account with a passphrase. (payment-providers 1.5) */
export function payfastApi(
  account: Account,
  passphrase: string,
  deps: Pick<ProviderDeps, "fetch" | "now">,
): PayfastApi {
  const { fetch } = deps; // Workers refuse a `fetch` that is called as a method of another object.

  return async (call) => {
    const name = `PayFast ${call.method} ${call.path}`;
    const query = new URLSearchParams({ ...call.query, ...(account.sandbox && { testing: "true" }) });
    const url = `${account.apiBaseUrl}${call.path}${query.size > 0 ? `?${query}` : ""}`;
    const headers = signedHeaders(account.merchantId, passphrase, call, deps.now());
    const body = call.body ? JSON.stringify(call.body) : null;
    const init = { method: call.method, headers, body, redirect: "manual" } as const;

    const { status, text } = await untilTimeout(API_TIMEOUT_MS, (signal) =>
      exchange(() => fetch(url, { ...init, signal })),
    ).catch((error) => {
      throw new ProviderError("unavailable", `${name} did not answer`, { cause: error });
    });
    if (text === null) throw new ProviderError("unavailable", `${name} answered more than its limit`);
    const json = parseObject(text);
    // Some errors are sent with the status 200.
    const failure = isSuccess(status) ? json && failureIn(json) : status;
    if (failure === null) return { text, json };
    const trouble = troubleOf(failure);
    if (trouble) throw new ProviderError(trouble, `${name} answered ${failure}`);
    return { refused: failure };
  };
}

/** The whole text of a success, or null above the limit. The text of an error status is not read. */
async function exchange(send: () => Promise<Response>): Promise<{ status: number; text: string | null }> {
  const response = await send();
  if (isSuccess(response.status))
    return { status: response.status, text: await readCappedText(response, MAX_ANSWER_BYTES) };
  await response.body?.cancel();
  return { status: response.status, text: "" };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function signedHeaders(merchantId: string, passphrase: string, call: PayfastCall, now: Date): Record<string, string> {
  const headers = { "merchant-id": merchantId, version: "v1", timestamp: sastTimestamp(now) };
  const fields = [headers, call.query ?? {}, call.body ?? {}]
    .flatMap((part) => Object.entries(part))
    .map(([name, value]): Field => [name, String(value)]);
  const signature = apiSignature(fields, passphrase);
  return { ...headers, signature, ...(call.body && { "content-type": "application/json" }) };
}

/** `2026-03-01T10:00:00+02:00` */
function sastTimestamp(at: Date): string {
  return `${new Date(at.getTime() + SAST_OFFSET_MS).toISOString().slice(0, 19)}+02:00`;
}

function troubleOf(status: number): ProviderError["trouble"] | null {
  if (status === 401 || status === 403) return "refuses_us";
  if (status === 429) return "busy";
  // 408 and 425 are about the timing of the request, and not about the call.
  if (status === 408 || status === 425) return "unavailable";
  return status >= 400 && status < 500 ? null : "unavailable";
}

/** The status inside an answer that reports an error, else null. */
function failureIn({ code, status, data }: JsonObject): number | null {
  const reported = Number(code);
  const isError = Number.isInteger(reported) && reported >= 400;
  const isDenied = isObject(data) && data.response === false;
  if (isError) return reported;
  return status === "failed" || isDenied ? 400 : null;
}

function parseObject(text: string): JsonObject | null {
  const value = parseJson(text);
  return isObject(value) ? value : null;
}
