/**
 * How an open page gets its news: by a socket, and by polling while it is refused one. Browsers do not tell why a socket failed.
 * Whatever befell one page befell all pages of the board, so what they do next is spread.
 */
export type Pace = Readonly<{
  /** Sockets in a row that were open, and dropped before a ping was answered. */
  drops: number;
  /** Sockets in a row that never opened. */
  refusals: number;
  /** Polls since the last refusal. */
  polls: number;
}>;

/** `afterMs` in milliseconds. */
export type Step = Readonly<{ by: "socket" | "poll"; afterMs: number }>;

export const STEADY: Pace = { drops: 0, refusals: 0, polls: 0 };

/** A deployment closes every socket of a board at once. */
const RECONNECT_MS = 2_000;
const RECONNECT_SPREAD_MS = 13_000;
/** Twice as long each time, and no longer after so many times. */
const DOUBLINGS = 2;

/** What was served may be half a minute old, and a refused page has no socket that corrects it. */
const FIRST_POLL_MS = 2_000;
const POLL_MS = 5_000;
const LONGEST_POLL_MS = 15_000;
const POLL_GROWTH = 1.25;
/** A full board is full for a while: about a minute of polls, then a socket is tried again. */
const POLLS_BEFORE_SOCKET = 6;

export function dropped({ drops }: Pace): Pace {
  return { ...STEADY, drops: drops + 1 };
}

export function refused({ refusals }: Pace): Pace {
  return { ...STEADY, refusals: refusals + 1 };
}

export function polled(pace: Pace): Pace {
  return { ...pace, polls: pace.polls + 1 };
}

/** What a page without a socket does next. `random` is from 0 to 1. */
export function nextStep({ drops, refusals, polls }: Pace, random: number): Step {
  if (refusals === 0) {
    return { by: "socket", afterMs: (RECONNECT_MS + random * RECONNECT_SPREAD_MS) * doubled(drops) };
  }
  const by = polls < POLLS_BEFORE_SOCKET * doubled(refusals) ? "poll" : "socket";
  if (polls === 0) return { by, afterMs: random * FIRST_POLL_MS };
  const wait = Math.min(LONGEST_POLL_MS, POLL_MS * POLL_GROWTH ** (polls - 1));
  return { by, afterMs: wait * (0.75 + random / 2) };
}

function doubled(times: number): number {
  return 2 ** Math.min(DOUBLINGS, Math.max(0, times - 1));
}
