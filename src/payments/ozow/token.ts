import { type ProviderDeps, ProviderError } from "../provider.ts";
import { exchange, isObject, isSuccess, parseJson } from "./exchange.ts";
import type { OzowSettings } from "./settings.ts";

/** A token is used until this long before it expires. */
const MARGIN_S = 60;
/** Where `expires_in` cannot be read. */
const FALLBACK_LIFE_S = 300;
/** Sources disagree on these names; what Ozow refuses under one it may grant under the other. */
const OTHER_SPELLING: ReadonlyMap<string, string> = new Map([
  ["payments", "payment"],
  ["payment", "payments"],
  ["refund", "refunds"],
  ["refunds", "refund"],
]);
const HEADER_SAFE = /^[\x21-\x7e]+$/;

export type ScopeName = keyof OzowSettings["scopes"];

/** Both throw nothing but ProviderError. `discard` is for a token that was answered 401. */
export type Tokens = Readonly<{
  take(scope: ScopeName, signal: AbortSignal): Promise<string>;
  discard(scope: ScopeName, token: string): void;
}>;

type Token = Readonly<{ value: string; goodUntil: number }>;
type Account = Pick<OzowSettings, "baseUrl" | "clientId" | "clientSecret" | "scopes">;

/**
 * One token for each scope, kept in memory. Only a finished token is shared, never the promise of one: Workers forbid
 * one request to wait for what another began. (payment-providers 2.1)
 */
export function tokenStore(account: Account, deps: ProviderDeps): Tokens {
  const { fetch, now, note } = deps; // called bare: Workers refuse a fetch with a foreign `this`
  const kept = new Map<ScopeName, Token>();
  const proven = new Map<ScopeName, string>();

  async function take(scope: ScopeName, signal: AbortSignal): Promise<string> {
    const known = kept.get(scope);
    if (known && now().getTime() < known.goodUntil) return known.value;
    const spelling = proven.get(scope) ?? account.scopes[scope].name;
    const token = (await request(spelling, signal)) ?? (await requestOtherwise(scope, spelling, signal));
    if (!token) throw refusal(400);
    kept.set(scope, token);
    return token.value;
  }

  async function requestOtherwise(scope: ScopeName, refused: string, signal: AbortSignal): Promise<Token | null> {
    const other = account.scopes[scope].explicit ? undefined : OTHER_SPELLING.get(refused);
    if (other === undefined) return null;
    note({ event: "ozow_scope_refused", scope: refused, tries: other });
    const token = await request(other, signal);
    if (token) proven.set(scope, other);
    return token;
  }

  /** Null for a 400, which is what Ozow says to a scope it does not know. */
  async function request(scope: string, signal: AbortSignal): Promise<Token | null> {
    const askedAt = now().getTime();
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
    return parseToken(answer.text, askedAt);
  }

  function discard(scope: ScopeName, token: string): void {
    // Another request may have fetched a new one meanwhile.
    if (kept.get(scope)?.value === token) kept.delete(scope);
  }

  return { take, discard };
}

function parseToken(text: string | null, askedAt: number): Token {
  const json = parseJson(text ?? "");
  const value = isObject(json) ? json.access_token : null;
  // Anything else would be quoted in full by the error that a header made of it throws.
  if (!isObject(json) || typeof value !== "string" || !HEADER_SAFE.test(value)) {
    throw new ProviderError("unavailable", "Ozow POST /token answered what is no token");
  }
  // Seen as a text.
  const said = Number(json.expires_in);
  const lifeS = Number.isFinite(said) && said > 0 ? said : FALLBACK_LIFE_S;
  return { value, goodUntil: askedAt + (lifeS - MARGIN_S) * 1_000 };
}

/** 404: the client id belongs to the other environment. */
function refusal(status: number): ProviderError {
  const isOurs = status === 400 || status === 401 || status === 403 || status === 404;
  const trouble = isOurs ? "refuses_us" : status === 429 ? "busy" : "unavailable";
  return new ProviderError(trouble, `Ozow POST /token answered ${status}`);
}
