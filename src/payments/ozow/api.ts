import { type ProviderDeps, ProviderError } from "../provider.ts";
import { type Exchanged, exchange, isSuccess, parseJson } from "./exchange.ts";
import type { OzowSettings } from "./settings.ts";
import { type ScopeName, tokenStore } from "./token.ts";

export const TIMEOUT_MS = 10_000;

/** The ids of payments, transactions and refunds. Nothing else is ever put into a path. */
export const OZOW_ID = /^[A-Za-z0-9-]{1,64}$/;

export type ApiCall = Readonly<{
  scope: ScopeName;
  method: "GET" | "POST";
  /** with the ids in it, without the query; it is named in errors */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** JSON, byte for byte */
  body?: string;
  idempotencyKey?: string;
  /** the caller's own deadline, in place of ten seconds */
  signal?: AbortSignal;
  /** An answer that is lost is asked for once more, by the same request. */
  repeatsWhenLost?: boolean;
  /** A 403 speaks of this call only, not of us. */
  isForbiddenRefusal?: boolean;
}>;

/** `refused`: a 4xx that speaks of this call only. */
export type ApiAnswer = Readonly<{ json: unknown } | { refused: number }>;

/** One call. @throws ProviderError when Ozow could not be asked; its text names the call and the status. */
export type OzowApi = (call: ApiCall) => Promise<ApiAnswer>;

/** Bearer tokens around every call; a 401 is tried again once under a new one. (payment-providers 2.1) */
export function ozowApi(settings: OzowSettings, deps: ProviderDeps): OzowApi {
  const tokens = tokenStore(settings, deps);
  const { fetch } = deps; // called bare: Workers refuse a fetch with a foreign `this`

  async function ask(call: ApiCall): ReturnType<typeof exchange> {
    const signal = call.signal ?? AbortSignal.timeout(TIMEOUT_MS);
    const token = await tokens.take(call.scope, signal);
    const answer = await send(call, token, signal);
    if ("lost" in answer || answer.status !== 401) return answer;
    tokens.discard(call.scope, token);
    const fresh = await tokens.take(call.scope, signal);
    const again = await send(call, fresh, signal);
    if ("status" in again && again.status === 401) tokens.discard(call.scope, fresh);
    return again;
  }

  function send({ method, path, query, body, idempotencyKey }: ApiCall, token: string, signal: AbortSignal) {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      // Examples send it unquoted; a draft that the documentation refers to quotes it.
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
    };
    const url = `${settings.baseUrl}${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
    return exchange(fetch, url, { method, headers, body: body ?? null, signal });
  }

  return async (call) => {
    let answer = await ask(call);
    if ("lost" in answer && call.repeatsWhenLost) answer = await ask(call);
    if ("lost" in answer) throw unavailable(call, "did not answer", { cause: answer.lost });
    return read(call, answer);
  };
}

export function unavailable({ method, path }: ApiCall, what: string, options?: ErrorOptions): ProviderError {
  return new ProviderError("unavailable", `Ozow ${method} ${path} ${what}`, options);
}

function read(call: ApiCall, { status, text }: Exchanged): ApiAnswer {
  if (!isSuccess(status)) return refusalOf(call, status);
  if (text === null) throw unavailable(call, "answered too much");
  const json = parseJson(text);
  if (json === undefined) throw unavailable(call, "answered what is no JSON");
  return { json };
}

function refusalOf(call: ApiCall, status: number): ApiAnswer {
  const { method, path } = call;
  if (status === 401 || (status === 403 && !call.isForbiddenRefusal)) {
    throw new ProviderError("refuses_us", `Ozow ${method} ${path} answered ${status}`);
  }
  if (status === 429) throw new ProviderError("busy", `Ozow ${method} ${path} answered 429`);
  // 408, 425: it was too late or too early to be read, which says nothing about the call.
  if (status < 400 || status >= 500 || status === 408 || status === 425) throw unavailable(call, `answered ${status}`);
  return { refused: status };
}
