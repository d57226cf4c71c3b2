import { untilTimeout } from "#platform/in-time";
import { parseJson } from "../json.ts";
import { type ProviderDeps, ProviderError } from "../provider.ts";
import { type Exchanged, exchange, isSuccess } from "./exchange.ts";
import type { OzowSettings } from "./settings.ts";
import { type ScopeName, tokenStore } from "./token.ts";

export const TIMEOUT_MS = 10_000;

/** The ids of payments, transactions and refunds. No other text is put into a path. */
export const OZOW_ID = /^[A-Za-z0-9-]{1,64}$/;

export type OzowCall = Readonly<{
  scope: ScopeName;
  method: "GET" | "POST";
  /** with the ids, without the query. Errors contain it. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** JSON, already serialised */
  body?: string;
  idempotencyKey?: string;
  /** a deadline of the caller, in place of ten seconds */
  signal?: AbortSignal;
  /** whether the same request is sent once more when the answer is lost */
  repeatsWhenLost?: boolean;
  /** whether a 403 is about this call only, and not about our credentials */
  isForbiddenRefusal?: boolean;
}>;

/** `refused`: the status of a 4xx that is about this call only. */
export type OzowAnswer = Readonly<{ json: unknown } | { refused: number }>;

/** One call. @throws ProviderError when it fails. The message names the call and the status. */
export type OzowApi = (call: OzowCall) => Promise<OzowAnswer>;

/** Sends calls with a bearer token. A call answered 401 is sent once more with a new token. (payment-providers 2.1) */
export function ozowApi(settings: OzowSettings, deps: ProviderDeps): OzowApi {
  const tokens = tokenStore(settings, deps);
  const { fetch } = deps; // Workers refuse a `fetch` that is called as a method of another object.

  function sendInTime(call: OzowCall): ReturnType<typeof exchange> {
    if (call.signal) return sendAuthorized(call, call.signal);
    return untilTimeout(TIMEOUT_MS, (signal) => sendAuthorized(call, signal));
  }

  async function sendAuthorized(call: OzowCall, signal: AbortSignal): ReturnType<typeof exchange> {
    const token = await tokens.take(call.scope, signal);
    const answer = await send(call, token, signal);
    if ("lost" in answer || answer.status !== 401) return answer;
    tokens.discard(call.scope, token);
    const fresh = await tokens.take(call.scope, signal);
    const again = await send(call, fresh, signal);
    if ("status" in again && again.status === 401) tokens.discard(call.scope, fresh);
    return again;
  }

  function send({ method, path, query, body, idempotencyKey }: OzowCall, token: string, signal: AbortSignal) {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      // Unquoted, as in Ozow's examples. The draft that its documentation refers to quotes it.
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
    };
    const url = `${settings.baseUrl}${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
    return exchange(fetch, url, { method, headers, body: body ?? null, signal });
  }

  return async (call) => {
    let answer = await sendInTime(call);
    if ("lost" in answer && call.repeatsWhenLost) answer = await sendInTime(call);
    if ("lost" in answer) throw unavailable(call, "did not answer", { cause: answer.lost });
    return readAnswer(call, answer);
  };
}

export function unavailable({ method, path }: OzowCall, what: string, options?: ErrorOptions): ProviderError {
  return new ProviderError("unavailable", `Ozow ${method} ${path} ${what}`, options);
}

function readAnswer(call: OzowCall, { status, text }: Exchanged): OzowAnswer {
  if (!isSuccess(status)) return refusalOf(call, status);
  if (text === null) throw unavailable(call, "answered more than its limit");
  const json = parseJson(text);
  if (json === undefined) throw unavailable(call, "did not answer with JSON");
  return { json };
}

function refusalOf(call: OzowCall, status: number): OzowAnswer {
  const { method, path } = call;
  if (status === 401 || (status === 403 && !call.isForbiddenRefusal)) {
    throw new ProviderError("refuses_us", `Ozow ${method} ${path} answered ${status}`);
  }
  if (status === 429) throw new ProviderError("busy", `Ozow ${method} ${path} answered 429`);
  // 408 and 425 are about the timing of the request, and not about the call.
  if (status < 400 || status >= 500 || status === 408 || status === 425) throw unavailable(call, `answered ${status}`);
  return { refused: status };
}
