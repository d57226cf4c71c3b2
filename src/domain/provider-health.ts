const WINDOW_MS = 5 * 60_000;
const FAILURES_TO_HIDE = 5;
const FIRST_HIDING_MS = 60_000;
const LONGEST_HIDING_MS = 15 * 60_000;

/** Whether a provider took, or failed to take, a payment that was to begin there. */
export type StartOutcome = "started" | "failed";

/** What starting payments at one provider was like since the last success. Instants in ms since 1970. */
export type ProviderHealth = Readonly<{
  failuresInARow: number;
  /** the newest of them, oldest first */
  recentFailures: readonly number[];
  hiddenUntil: number | null;
  /** how long it was hidden last; set, and no longer hidden: one more failure hides it again */
  lastHiddenMs: number | null;
}>;

/** What callers are told. `paused` by a person and `hidden` by itself are independent; instants are ISO 8601. */
export type ProviderSwitchState = Readonly<{
  paused: Readonly<{ since: string; reason: string }> | null;
  hiddenUntil: string | null;
  failuresInARow: number;
}>;

export const HEALTHY: ProviderHealth = {
  failuresInARow: 0,
  recentFailures: [],
  hiddenUntil: null,
  lastHiddenMs: null,
};

/**
 * Five failures within five minutes with no success between hide the provider for a minute. Offered again, its next
 * success clears everything and its next failure hides it for twice as long, fifteen minutes at most. What fails while
 * it is hidden had begun before, and prolongs nothing.
 */
export function afterStart(health: ProviderHealth, outcome: StartOutcome, now: Date): ProviderHealth {
  if (outcome === "started") return HEALTHY;
  const at = now.getTime();
  const recentFailures = [...health.recentFailures, at].filter((failed) => failed + WINDOW_MS > at);
  const after = {
    ...health,
    failuresInARow: health.failuresInARow + 1,
    recentFailures: recentFailures.slice(-FAILURES_TO_HIDE),
  };
  if (isHidden(health, now)) return after;
  if (health.lastHiddenMs !== null) return hide(after, Math.min(2 * health.lastHiddenMs, LONGEST_HIDING_MS), at);
  return recentFailures.length >= FAILURES_TO_HIDE ? hide(after, FIRST_HIDING_MS, at) : after;
}

export function isHidden({ hiddenUntil }: ProviderHealth, now: Date): boolean {
  return hiddenUntil !== null && now.getTime() < hiddenUntil;
}

/** May guests be offered this provider now? */
export function isOffered({ paused, hiddenUntil }: ProviderSwitchState, now: Date): boolean {
  return paused === null && (hiddenUntil === null || new Date(hiddenUntil) <= now);
}

function hide(health: ProviderHealth, forMs: number, at: number): ProviderHealth {
  return { ...health, hiddenUntil: at + forMs, lastHiddenMs: forMs };
}
