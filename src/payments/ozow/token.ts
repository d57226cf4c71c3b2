import { isObject, parseJson } from "../json.ts";
import { type ProviderDeps, ProviderError } from "../provider.ts";
import { exchange, isSuccess } from "./exchange.ts";
import type { OzowSettings } from "./settings.ts";

/** A token is replaced this long before it expires. */
const MARGIN_S = 60;
/** Used when `expires_in` is unreadable. */
const FALLBACK_LIFE_S = 300;
/** Sources disagree on these names, so a scope that is refused under one is requested under the other. */
const OTHER_SPELLING: ReadonlyMap<string, string> = new Map([
  ["payments", "payment"],
  ["payment", "payments"],
  ["refund", "refunds"],
  ["refunds", "refund"],
]);
const HEADER_SAFE = /^[\x21-\x7e]+$/;

export type ScopeName = keyof OzowSettings["scopes"];

/** Both throw only ProviderError. `discard` is for a token that was answered 401. */
export type Tokens = Readonly<{
  take(scope: ScopeName, signal: AbortSignal): Promise<string>;
  discard(scope: ScopeName, token: string): void;
}>;

type Token = Readonly<{ value: string; goodUntil: number }>;
type Account = Pick<OzowSettings, "baseUrl" | "clientId" | "clientSecret" | "scopes">;

/**
 * Caches one token for each scope. It never shares the promise of a token, because in Workers one request may not wait for
 * the I/O of another. (payment-providers 2.1)
 */
export function tokenStore(account: Account, deps: ProviderDeps): Tokens {
  const { fetch, now, log } = deps; // Workers refuse a `fetch` that is called as a method of another object.
  const cached = new Map<ScopeName, Token>();
  const proven = new Map<ScopeName, string>();

  async function take(scope: ScopeName, signal: AbortSignal): Promise<string> {
    const known = cached.get(scope);
    if (known && now().getTime() < known.goodUntil) return known.value;
    const spelling = proven.get(scope) ?? account.scopes[scope].name;
    const token = (await request(spelling, signal)) ?? (await requestOtherSpelling(scope, spelling, signal));
    if (!token) throw refusal(400);
    cached.set(scope, token);
    return token.value;
  }

  async function requestOtherSpelling(scope: ScopeName, refused: string, signal: AbortSignal): Promise<Token | null> {
    const other = account.scopes[scope].explicit ? undefined : OTHER_SPELLING.get(refused);
    if (other === undefined) return null;
    log({ event: "ozow_scope_refused", scope: refused, tries: other });
    const token = await request(other, signal);
    if (token) proven.set(scope, other);
    return token;
  }

  /** Null for a 400, the answer to an unknown scope. */
  async function request(scope: string, signal: AbortSignal): Promise<Token | null> {
    const requestedAt = now().getTime();
    const { clientId: client_id, clientSecret: client_secret } = account;
    const form = new URLSearchParams({ client_id, client_secret, scope, grant_type: "client_credentials" });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await exchange(fetch, `${account.baseUrl}/token`, {
      method: "POST",
      headers,
      body: form.toString(),
      signal,
    });
    if ("lost" in answer) {
      throw new ProviderError("unavailable", "Ozow POST /token did not answer", { cause: answer.lost });
    }
    if (answer.status === 400) return null;
    if (!isSuccess(answer.status)) throw refusal(answer.status);
    return parseToken(answer.text, requestedAt);
  }

  function discard(scope: ScopeName, token: string): void {
    // Another request may have cached a newer token meanwhile.
    if (cached.get(scope)?.value === token) cached.delete(scope);
  }

  return { take, discard };
}

function parseToken(text: string | null, requestedAt: number): Token {
  const json = parseJson(text ?? "");
  const value = isObject(json) ? json.access_token : null;
  // A token with other characters would throw when it is put into a header, and that error would quote it.
  if (!isObject(json) || typeof value !== "string" || !HEADER_SAFE.test(value)) {
    throw new ProviderError("unavailable", "Ozow POST /token did not answer with a token");
  }
  // Ozow sends the number as a text.
  const expiresInS = Number(json.expires_in);
  const lifeS = Number.isFinite(expiresInS) && expiresInS > 0 ? expiresInS : FALLBACK_LIFE_S;
  return { value, goodUntil: requestedAt + (lifeS - MARGIN_S) * 1_000 };
}

/** A 404 means that the client id belongs to the other environment. */
function refusal(status: number): ProviderError {
  const isOurs = status === 400 || status === 401 || status === 403 || status === 404;
  const trouble = isOurs ? "refuses_us" : status === 429 ? "busy" : "unavailable";
  return new ProviderError(trouble, `Ozow POST /token answered ${status}`);
}
