import {
  type Counter,
  runsOutAt as counterRunsOutAt,
  isCounted,
  planCount,
  planTake,
  type RateRule,
} from "./rate-limit.ts";

/*
 * The rules of a host's account object: links that sign in, logins, drafts of the wizard, and what the host has done within an
 * hour. Secrets come in as digests only. The caller gives `now`.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const LINK_MS = 60 * MINUTE_MS;
/** A login ends this long after it was last used, and at the latest this long after it began. (product-facts 17.1) */
export const LOGIN_IDLE_MS = 7 * DAY_MS;
export const LOGIN_MS = 30 * DAY_MS;
export const DRAFT_MS = 7 * DAY_MS;
export const MAX_DRAFT_BYTES = 64 * 1024;
export const MAX_DRAFTS = 10;
/** One more login ends the one that was used longest ago. */
export const MAX_LOGINS = 20;
/** When a login was last used is written this often: a page view should cost no write. */
const TOUCH_MS = 60 * MINUTE_MS;

/** How often within an hour a host may send a picture, have a page of Takealot read, and open a board. (product-facts 17.3) */
export const HOURLY = { upload: 20, look_up: 30, board: 5 } as const;
export type Use = keyof typeof HOURLY;

/**
 * What is asked for with a login, in one call. `draftId`: to be read. `uses`: what the form is about to do; each is counted, and a
 * board once for its draft.
 */
export type Asking = Readonly<{ draftId?: string | undefined; uses?: readonly Use[] }>;

/** Keyed digest of the kind of browser. Two that are alike have the same. */
export type Device = string;

/** `id`: row of `hosts`. */
export type AccountHost = Readonly<{ id: string; email: string; name: string | null }>;

/** `digest`: SHA-256 of the link's secret. `next`: a path of ours, or null. `device`: of the browser that asked. */
export type NewLink = Readonly<{ digest: string; email: string; next: string | null; device: Device }>;

export type LinkState =
  | Readonly<{ state: "open"; email: string; next: string | null; device: Device }>
  /** `unknown`: it never was, or it ran out. */
  | Readonly<{ state: "used" | "unknown" }>;

/** `digest`: SHA-256 of the cookie's secret. `browser`: in words, for the list of logins. */
export type NewLogin = Readonly<{ digest: string; device: Device; browser: string }>;

export type SignedIn =
  | Readonly<{ outcome: "signed_in"; loginId: string; next: string | null }>
  | Readonly<{ outcome: "used" | "unknown" }>;

export type FoundLogin =
  | Readonly<{
      state: "live";
      loginId: string;
      host: AccountHost;
      /** The draft that was asked for with the login; null without such a one. */
      draft: Draft | null;
      /** Of the uses, those that are over their limit, with the ms until one more may be. They were not counted. */
      waits: Waits;
    }>
  | Readonly<{ state: "none" }>;

export type Waits = Readonly<Partial<Record<Use, number>>>;

/** Instants are ms since 1970. `lastSeenAt` is up to an hour old. */
export type ListedLogin = Readonly<{ loginId: string; browser: string; startedAt: number; lastSeenAt: number }>;

/** `version` counts the saves. `savedAt`: ms since 1970. */
export type DraftSummary = Readonly<{ id: string; version: number; savedAt: number }>;
export type Draft = DraftSummary & Readonly<{ json: string }>;

export type DraftSaved =
  | Readonly<{ outcome: "saved"; version: number }>
  /** Another tab has saved since; `version` is the newest one, 0 when the draft is gone. */
  | Readonly<{ outcome: "stale"; version: number }>
  | Readonly<{ outcome: "no_login" | "too_large" | "too_many" }>;

/** What `ctx.storage.kv` of an object gives. */
export interface AccountStore {
  get<T>(key: string): T | undefined;
  put<T>(key: string, value: T): void;
  delete(key: string): unknown;
  list<T>(options: { prefix: string }): Iterable<[string, T]>;
}

/** `email` and `next` are gone once the link was used. `usedBy`: the digest of the login it began. */
type Link = { expiresAt: number; device: Device; email?: string; next?: string | null; usedBy?: string };
type Login = { id: string; device: Device; browser: string; startedAt: number; lastSeenAt: number };

const HOST = "host";
const LINK = "link:";
const LOGIN = "login:";
const DRAFT = "draft:";
const COUNTER = "counter:";

/**
 * Everything that one account object knows. Each method reads, judges and writes without a pause, so that calls do not mix. A repeated
 * call changes nothing and gives the same answer.
 */
export class HostAccountBooks {
  readonly #store: AccountStore;

  constructor(store: AccountStore) {
    this.#store = store;
  }

  issueLink({ digest, email, next, device }: NewLink, now: Date): void {
    if (this.#store.get(LINK + digest) !== undefined) return;
    this.#store.put<Link>(LINK + digest, { expiresAt: now.getTime() + LINK_MS, device, email, next });
  }

  findLink(digest: string, now: Date): LinkState {
    const link = this.#store.get<Link>(LINK + digest);
    if (!link || link.expiresAt <= now.getTime()) return { state: "unknown" };
    if (link.usedBy !== undefined || link.email === undefined) return { state: "used" };
    return { state: "open", email: link.email, next: link.next ?? null, device: link.device };
  }

  /** Uses the link up and begins a login, which replaces the one on the same device. `loginId` is the id of the new login. */
  signIn(link: string, login: NewLogin & { loginId: string }, host: AccountHost, now: Date): SignedIn {
    const found = this.#store.get<Link>(LINK + link);
    const begun = this.#store.get<Login>(LOGIN + login.digest);
    if (found?.usedBy === login.digest && begun) return { outcome: "signed_in", loginId: begun.id, next: null };
    const state = this.findLink(link, now);
    if (!found || state.state !== "open") return { outcome: state.state === "used" ? "used" : "unknown" };

    const { expiresAt, device } = found;
    this.#store.put<Link>(LINK + link, { expiresAt, device, usedBy: login.digest });
    for (const [digest, other] of this.#logins()) if (other.device === login.device) this.#end(digest);
    const at = now.getTime();
    this.#store.put(HOST, host);
    this.#store.put<Login>(LOGIN + login.digest, {
      id: login.loginId,
      device: login.device,
      browser: login.browser,
      startedAt: at,
      lastSeenAt: at,
    });
    const byUse = this.#logins().toSorted(([, one], [, other]) => other.lastSeenAt - one.lastSeenAt);
    for (const [digest] of byUse.filter(([digest]) => digest !== login.digest).slice(MAX_LOGINS - 1)) this.#end(digest);
    return { outcome: "signed_in", loginId: login.loginId, next: state.next };
  }

  /** The login of a cookie, and that it was used now. One of another device is none. */
  findLogin(
    { digest, device }: Pick<NewLogin, "digest" | "device">,
    now: Date,
    { draftId, uses = [] }: Asking = {},
  ): FoundLogin {
    const login = this.#store.get<Login>(LOGIN + digest);
    const host = this.#store.get<AccountHost>(HOST);
    if (!login || !host || login.device !== device || hasRunOut(login, now)) return { state: "none" };
    const at = now.getTime();
    if (at - login.lastSeenAt >= TOUCH_MS) this.#store.put<Login>(LOGIN + digest, { ...login, lastSeenAt: at });
    const draft = draftId === undefined ? null : this.#draft(draftId, now);
    const waits = uses.map((use) => [use, this.#count(use, use === "board" ? draftId : undefined, now)] as const);
    const over = Object.fromEntries(waits.filter(([, ms]) => ms > 0));
    return { state: "live", loginId: login.id, host, draft, waits: over };
  }

  /** The logins that have not run out, the one used last first. */
  listLogins(now: Date): ListedLogin[] {
    return this.#logins()
      .filter(([, login]) => !hasRunOut(login, now))
      .map(([, { id, browser, startedAt, lastSeenAt }]) => ({ loginId: id, browser, startedAt, lastSeenAt }))
      .toSorted((one, other) => other.lastSeenAt - one.lastSeenAt);
  }

  /** Ends the login at once. One that has ended stays so. */
  endLogin(loginId: string): void {
    for (const [digest, { id }] of this.#logins()) if (id === loginId) this.#end(digest);
  }

  /** Ends every login at once, and makes open links useless: one may be in the hands of who should be signed out. */
  endAllLogins(): void {
    for (const [digest] of this.#logins()) this.#end(digest);
    for (const [key] of [...this.#store.list<Link>({ prefix: LINK })]) this.#store.delete(key);
  }

  /** What logins say of the host from now on. */
  describeHost(host: AccountHost): void {
    if (this.#store.get(HOST) !== undefined) this.#store.put(HOST, host);
  }

  /** The drafts that have not run out, the newest first; null without a live login. */
  listDrafts(loginId: string, now: Date): DraftSummary[] | null {
    if (!this.#isLive(loginId, now)) return null;
    return this.#drafts(now)
      .map(({ id, version, savedAt }) => ({ id, version, savedAt }))
      .toSorted((one, other) => other.savedAt - one.savedAt);
  }

  /** Null without a live login, or without such a draft. */
  readDraft(loginId: string, id: string, now: Date): Draft | null {
    return this.#isLive(loginId, now) ? this.#draft(id, now) : null;
  }

  /** `version`: the one that was read, 0 for a new draft. */
  saveDraft(loginId: string, { id, json, version }: Omit<Draft, "savedAt">, now: Date): DraftSaved {
    if (!this.#isLive(loginId, now)) return { outcome: "no_login" };
    if (new TextEncoder().encode(json).length > MAX_DRAFT_BYTES) return { outcome: "too_large" };
    const held = this.#draft(id, now);
    const newest = held?.version ?? 0;
    // The call was repeated, or nothing has changed.
    if (held && held.json === json && (newest === version || newest === version + 1)) {
      return { outcome: "saved", version: newest };
    }
    if (version !== newest) return { outcome: "stale", version: newest };
    if (!held && this.#drafts(now).length >= MAX_DRAFTS) return { outcome: "too_many" };
    this.#store.put<Draft>(DRAFT + id, { id, json, version: newest + 1, savedAt: now.getTime() });
    return { outcome: "saved", version: newest + 1 };
  }

  /** False without a live login. A draft that is gone stays so. */
  deleteDraft(loginId: string, id: string, now: Date): boolean {
    if (!this.#isLive(loginId, now)) return false;
    this.#store.delete(DRAFT + id);
    return true;
  }

  /** Deletes what ran out. */
  forget(now: Date): void {
    const at = now.getTime();
    for (const [key, runsOutAt] of this.#ends()) if (runsOutAt <= at) this.#store.delete(key);
    if (this.#logins().length === 0) this.#store.delete(HOST);
  }

  /** When the next thing is to be deleted, in ms since 1970; null when nothing is kept. */
  nextEnd(): number | null {
    const ends = this.#ends().map(([, at]) => at);
    return ends.length > 0 ? Math.min(...ends) : null;
  }

  #ends(): [key: string, at: number][] {
    return [
      ...[...this.#store.list<Link>({ prefix: LINK })].map(([key, link]): [string, number] => [key, link.expiresAt]),
      ...this.#logins().map(([digest, login]): [string, number] => [LOGIN + digest, runsOutAt(login)]),
      ...[...this.#store.list<Draft>({ prefix: DRAFT })].map(([key, draft]): [string, number] => [
        key,
        draft.savedAt + DRAFT_MS,
      ]),
      ...[...this.#store.list<Counter>({ prefix: COUNTER })].map(([key, counter]): [string, number] => [
        key,
        counterRunsOutAt(counter, ruleOf(key.slice(COUNTER.length) as Use)), // `#count` wrote it
      ]),
    ];
  }

  /** Counts it where its limit allows; each `key` once. @returns 0, or the ms until it may be */
  #count(use: Use, key: string | undefined, now: Date): number {
    const rule = ruleOf(use);
    const counters = new Map([[use, this.#store.get<Counter>(COUNTER + use) ?? []]]);
    const before = { counters, blockedUntil: null };
    if (key !== undefined && isCounted(before, rule, key, now)) return 0;
    const { outcome, subject: taken } = planTake(before, [rule], now);
    if (!outcome.allowed) return outcome.retryAfterMs;
    const after = key === undefined ? taken : planCount(before, rule, key, now).subject;
    this.#store.put(COUNTER + use, after.counters.get(use));
    return 0;
  }

  #logins(): [digest: string, login: Login][] {
    return [...this.#store.list<Login>({ prefix: LOGIN })].map(([key, login]) => [key.slice(LOGIN.length), login]);
  }

  #isLive(loginId: string, now: Date): boolean {
    return this.#logins().some(([, login]) => login.id === loginId && !hasRunOut(login, now));
  }

  #end(digest: string): void {
    this.#store.delete(LOGIN + digest);
  }

  #drafts(now: Date): Draft[] {
    const drafts = [...this.#store.list<Draft>({ prefix: DRAFT })].map(([, draft]) => draft);
    return drafts.filter(({ savedAt }) => savedAt + DRAFT_MS > now.getTime());
  }

  #draft(id: string, now: Date): Draft | null {
    return this.#drafts(now).find((draft) => draft.id === id) ?? null;
  }
}

function ruleOf(use: Use): RateRule {
  return { name: use, limit: HOURLY[use], windowMs: 60 * MINUTE_MS, kind: "sliding" };
}

function runsOutAt({ startedAt, lastSeenAt }: Login): number {
  return Math.min(lastSeenAt + LOGIN_IDLE_MS, startedAt + LOGIN_MS);
}

function hasRunOut(login: Login, now: Date): boolean {
  return runsOutAt(login) <= now.getTime();
}
