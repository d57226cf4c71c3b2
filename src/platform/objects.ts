import type { Actor, Owner } from "#domain/board/actor";
import type { BoardBooks, BoardReads, CommandResult } from "#domain/board/board";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import type { StoredEvent } from "#domain/board/events";
import type { HostReads } from "#domain/board/host-reads";
import type { ProfileWrites } from "#domain/board/journal";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import type { BoardSnapshot } from "#domain/board/snapshot";
import type {
  AccountHost,
  Asking,
  Draft,
  DraftSaved,
  DraftSummary,
  FoundLogin,
  LinkState,
  ListedLogin,
  NewLink,
  NewLogin,
  SignedIn,
} from "#domain/host-account";
import type { ProviderSwitchState, StartOutcome } from "#domain/provider-health";
import type { EndedLease, LeaseRequest } from "#domain/rate-lease";
import type { KeyUse, RateRule, Strike, Taking, Verdict } from "#domain/rate-limit";
import type { ReencryptedProfile } from "#privacy/reencrypt-profile";

/*
 * What the Durable Objects can be asked. Callers and objects may be one deployment apart, so a method is added one release
 * before its first caller and never changed. Everything that changes something may be called again and then gives the same
 * answer, because the runtime repeats calls.
 */

type Answer<T> = T | Promise<T>;

export type ExecuteContext = Readonly<{
  by: Actor;
  /** As whom the actor acts, where the board is not their own. An older object refuses a second parent. */
  owner?: Owner;
  requestId: string;
  /** The board the caller means, where it names one by id. */
  boardId?: string | null;
  /** The instant the rules judge by; the object's clock without it. */
  judgedAt?: Date;
  profiles?: ProfileWrites;
  /** Answer only once Postgres has the events, or is known to take longer. */
  waitForProjection?: boolean;
}>;

/** `projected` and `board` are set for callers that waited for the projection. */
export type Executed = CommandResult &
  Readonly<{ outcome: "recorded" | "no_change"; projected: boolean; board: BoardSnapshot | null }>;

/** What operators and the nightly comparison see of a board's object. */
export type BoardInspection = BoardBooks &
  Readonly<{ projectedSeq: number; poisonedSeq: number | null /** A restore has not ended. */; restoring?: true }>;

/**
 * A piece of a board's log, for an object that lost its storage or the end of its log. Pieces come in order; the first says
 * so, and its first event is the board's first or follows the object's last.
 */
export type RestorePiece = Readonly<{
  first: boolean;
  last: boolean;
  events: readonly StoredEvent[];
  profile?: BoardProfile;
  contributors: readonly Readonly<{ id: string; profile: ContributorProfile }>[];
}>;

export type Restored = Readonly<{ restored: boolean; reason?: string }>;

/** An instant, ISO 8601, or a bookmark that an earlier rewind has answered. */
export type RewindTo = Readonly<{ at: string } | { bookmark: string }>;
/** `undo` is the bookmark of the state that a rewind leaves. */
export type Rewound = Readonly<{ prepared: true; undo: string } | { prepared: false; reason: string }>;

export interface BoardObject {
  execute(command: BoardCommand, context: ExecuteContext): Answer<Refusal | Executed>;
  read<Read extends keyof BoardReads>(read: Read, about: BoardReads[Read]["about"]): Answer<BoardReads[Read]["answer"]>;
  /** What the pages of the board's host show. Its code is loaded at the first call. */
  readForHost<Read extends keyof HostReads>(
    read: Read,
    about: HostReads[Read]["about"],
  ): Answer<HostReads[Read]["answer"]>;
  inspect(): Answer<BoardInspection>;
  /** Writes everything after `seq` to Postgres again. */
  projectAgain(seq: number): Answer<BoardInspection>;
  restore(piece: RestorePiece): Answer<Restored>;
  /** Prepares the return to an earlier state of the object's storage, and takes no more commands until `restart`. */
  rewind(to: RewindTo): Answer<Rewound>;
  /** Ends the instance, so the caller gets an error. The next call starts another. */
  restart(): Answer<void>;
  /**
   * Erases address and browser from the profiles of contributions begun before `before`, ISO 8601. `scrubbed` counts the
   * profiles that had one; null in the middle of a restore, when nothing is done.
   */
  scrubOrigins(before: string): Answer<{ scrubbed: number | null }>;
  /** Brings the ciphertexts in the profile under the current key of the object's settings. */
  reencrypt(): Answer<ReencryptedProfile>;
  /**
   * A page's WebSocket upgrade, with the digest of its network in `NETWORK_HEADER`. 404 without a board, 429 when the network
   * has its share of sockets, 503 when the board has all it takes.
   */
  fetch(request: Request): Answer<Response>;
}

/** Which network a page's socket is counted under: a digest, so that the object learns no address. */
export const NETWORK_HEADER = "ChipIn-Network";

/** What a `take` may carry. An older object ignores what it does not know. */
export type TakeOptions = Readonly<{
  /** The charge is written within a second of the answer, so an object that dies before loses it. */
  writeBehind?: boolean;
  /** The answer says when it is stale. */
  key?: KeyUse;
  /** The answer may hold a lease. */
  lease?: LeaseRequest;
  /** As `endLease`, before anything else. */
  endedLease?: EndedLease;
}>;

/** The limiter of one subject. `now` is the caller's; without it the object's own clock decides. */
export interface RateLimiterObject {
  /** All rules must allow, then all are charged. A call the runtime repeats may be charged twice, and its lease too. */
  take(rules: readonly RateRule[], now?: Date, options?: TakeOptions): Answer<Taking>;
  /** Takes back what was not used of a lease that a `take` of these rules has granted. Repeated it changes nothing. */
  endLease(rules: readonly RateRule[], ended: EndedLease): Answer<void>;
  /** The key was changed: `take` calls every earlier verification of it stale. */
  noteKeyChange(keyId: string, now?: Date): Answer<void>;
  /** Takes back one charge of the rule. A call the runtime repeats may take back two. */
  giveBack(rule: RateRule, now?: Date): Answer<Verdict>;
  /** How a rule stands, and whether `key` is counted under it already. Charges nothing. */
  peek(rule: RateRule, key: string, now?: Date): Answer<Verdict & { counted: boolean }>;
  /** Counts `key` under the rule, once, whatever the limit. */
  count(rule: RateRule, key: string, now?: Date): Answer<Verdict>;
  /** Counts one bad event, each `key` once; blocks the subject for `blockMs` when the limit is reached. */
  strike(rule: RateRule, block: { key: string; blockMs: number }, now?: Date): Answer<Strike>;
  /** In ms since 1970; null when the subject is not blocked. */
  blockedUntil(now?: Date): Answer<number | null>;
}

/** The switch of one payment provider. `now` is the caller's; without it the object's own clock decides. */
export interface ProviderSwitchObject {
  state(now?: Date): Answer<ProviderSwitchState>;
  /** Pausing a paused provider keeps the first instant and takes the new reason. */
  pause(reason: string, now?: Date): Answer<ProviderSwitchState>;
  /** Ends a pause, not a hiding. */
  resume(now?: Date): Answer<ProviderSwitchState>;
  /** `hiddenNow`: it was this failure that hid the provider. */
  report(outcome: StartOutcome, now?: Date): Answer<ProviderSwitchState & { hiddenNow: boolean }>;
}

/**
 * The account of one e-mail address. `now` is the caller's; without it the object's own clock decides. `loginId` names a login
 * that `findLogin` has given.
 */
export interface HostAccountObject {
  issueLink(link: NewLink, now?: Date): Answer<void>;
  /** Uses nothing up. */
  findLink(digest: string, now?: Date): Answer<LinkState>;
  /** Uses the link up and begins a login, in one step. `link`: its digest. `next` of a repeated call is null. */
  signIn(link: string, login: NewLogin & { loginId: string }, host: AccountHost, now?: Date): Answer<SignedIn>;
  /** `asking`: a draft to be read with the login, and what to count, in one call. */
  findLogin(login: Pick<NewLogin, "digest" | "device">, now?: Date, asking?: Asking): Answer<FoundLogin>;
  listLogins(now?: Date): Answer<readonly ListedLogin[]>;
  endLogin(loginId: string): Answer<void>;
  /** Ends every login and every link that was not used. */
  endAllLogins(): Answer<void>;
  /** Changes what logins say of the host. Nothing without a login. */
  describeHost(host: AccountHost): Answer<void>;
  /** Null without a live login. */
  listDrafts(loginId: string, now?: Date): Answer<readonly DraftSummary[] | null>;
  /** Null without a live login, or without such a draft. */
  readDraft(loginId: string, id: string, now?: Date): Answer<Draft | null>;
  /**
   * Up to 64 KB of JSON, kept for seven days. `version`: the one that was read, 0 for a new draft. What is secret in it, a card's
   * number for example, is sealed by the caller.
   */
  saveDraft(loginId: string, draft: Omit<Draft, "savedAt">, now?: Date): Answer<DraftSaved>;
  /** False without a live login. */
  deleteDraft(loginId: string, id: string, now?: Date): Answer<boolean>;
  /** Deletes everything. */
  erase(): Answer<void>;
}

/** Each call gives a new stub: one that failed must not be used again. */
export type Objects = Readonly<{
  board(code: string): BoardObject;
  rateLimiter(subject: string): RateLimiterObject;
  providerSwitch(provider: PaymentProviderName): ProviderSwitchObject;
  /** `name`: as `accountName` gives it. */
  hostAccount(name: string): HostAccountObject;
}>;

/** Where the families and the providers are. Counts only when an object is first created. */
const LOCATION_HINT = "afr";

// The runtime's RPC types take unions apart; the classes implement these very interfaces, and the compiler checks that.
export function objectsOf(env: Env): Objects {
  return {
    board: (code) => env.DREAM_BOARD.getByName(code, { locationHint: LOCATION_HINT }) as unknown as BoardObject,
    rateLimiter: (subject) => env.RATE_LIMITER.getByName(subject) as unknown as RateLimiterObject,
    providerSwitch: (provider) =>
      env.PROVIDER_SWITCH.getByName(provider, { locationHint: LOCATION_HINT }) as unknown as ProviderSwitchObject,
    hostAccount: (name) =>
      env.HOST_ACCOUNT.getByName(name, { locationHint: LOCATION_HINT }) as unknown as HostAccountObject,
  };
}
