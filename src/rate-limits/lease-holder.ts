import { type EndedLease, type LeaseRequest, MAX_LEASED } from "#domain/rate-lease";
import type { Taking, Verdict } from "#domain/rate-limit";

/** So many calls within a second are worth a lease. */
const HOT_CALLS = 8;
const SECOND_MS = 1_000;

/**
 * `isAsked`: a request that asked for more was not answered yet, or never. `renewAt`: with so many left more is asked for; 0 once
 * there was no more to have.
 */
type Held = { id: string; until: number; left: number; renewAt: number; used: number; isAsked: boolean };

/**
 * What this isolate has leased of one caller's allowance, and how often it was called lately. Plain numbers, which requests may
 * share. Instants are in ms since 1970.
 */
export class LeaseHolder {
  #second = 0;
  #calls = 0;
  #callsBefore = 0;
  #held: Held | null = null;
  #verdicts: readonly Verdict[] = [];

  /** Lets one call through: how the rules stand after it. Null when the limiter is to be asked, also to have more before all is used. */
  spend(now: number): readonly Verdict[] | null {
    this.#countCall(now);
    const held = this.#held;
    if (!held || now >= held.until || held.left === 0) return null;
    if (!held.isAsked && held.left <= held.renewAt) return null;
    held.left -= 1;
    held.used += 1;
    return this.show(this.#verdicts);
  }

  /** What a `take` carries beside its own call; `answered` is to be told how it ends. */
  ask(now: number): Readonly<{ lease?: LeaseRequest; endedLease?: EndedLease }> {
    const held = this.#held;
    const endedLease = held && now >= held.until ? this.end(held.id) : null;
    return { ...(endedLease && { endedLease }), ...this.#wanted(now) };
  }

  #wanted(now: number): { lease?: LeaseRequest } {
    const calls = Math.max(this.#calls, this.#callsBefore);
    const wanted = Math.min(calls, MAX_LEASED) - (this.#held?.left ?? 0);
    if (calls < HOT_CALLS || wanted <= 0 || this.#held?.isAsked) return {};
    this.#held ??= { id: crypto.randomUUID(), until: now + SECOND_MS, left: 0, renewAt: 0, used: 0, isAsked: true };
    this.#held.isAsked = true;
    return { lease: { id: this.#held.id, wanted } };
  }

  /** `taking`: null when there was no answer. Returns until when the lease lasts that began with it, else null. */
  answered(request: LeaseRequest | undefined, taking: Taking | null): number | null {
    if (taking) this.#verdicts = taking.verdicts;
    const held = this.#held;
    // Of a lease that was ended meanwhile nothing is used.
    if (!request || held?.id !== request.id) return null;
    if (!taking) {
      // It may have been granted all the same: the next call ends it.
      held.until = 0;
      return null;
    }
    held.isAsked = false;
    held.renewAt = 0;
    const begins = held.left + held.used === 0;
    if (!taking.lease) {
      if (begins) this.#held = null;
      return null;
    }
    held.left += taking.lease.granted;
    held.renewAt = Math.floor(held.left / 2);
    held.until = taking.lease.until;
    return begins ? held.until : null;
  }

  /** Ends the lease with this id. Null when it was ended before, or nothing is left of it. */
  end(id: string): EndedLease | null {
    const held = this.#held;
    if (held?.id !== id) return null;
    this.#held = null;
    return held.left > 0 || held.isAsked ? { id, used: held.used } : null;
  }

  /** Nothing more is spent of what is held; the next call gives it back. */
  expire(): void {
    if (this.#held) this.#held.until = 0;
  }

  /** The limiter's verdicts with what is left of the lease, which the limiter has counted already. */
  show(verdicts: readonly Verdict[]): readonly Verdict[] {
    const left = this.#held?.left ?? 0;
    return left === 0 ? verdicts : verdicts.map((verdict) => ({ ...verdict, remaining: verdict.remaining + left }));
  }

  #countCall(now: number): void {
    const second = now - (now % SECOND_MS);
    if (second !== this.#second) {
      this.#callsBefore = second - this.#second === SECOND_MS ? this.#calls : 0;
      this.#calls = 0;
      this.#second = second;
    }
    this.#calls += 1;
  }
}
