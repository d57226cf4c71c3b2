import { DurableObject } from "cloudflare:workers";
import {
  afterStart,
  HEALTHY,
  isHidden,
  type ProviderHealth,
  type ProviderSwitchState,
  type StartOutcome,
} from "../src/domain/provider-health.ts";
import type { ProviderSwitchObject } from "../src/platform/objects.ts";

type Paused = { since: string; reason: string };

const PAUSED = "paused";
const HEALTH = "health";

/**
 * Whether guests are offered one payment provider, which names the object. A person pauses and resumes it; it hides by
 * itself while payments cannot be started there. Nothing is kept in memory, so losing it loses nothing.
 *
 * | key    | holds                                                             |
 * | ------ | ----------------------------------------------------------------- |
 * | paused | since when and why; absent when it is not paused                  |
 * | health | how starting payments went since the last success; absent: well   |
 */
export class ProviderSwitch extends DurableObject<Env> implements ProviderSwitchObject {
  readonly #kv = this.ctx.storage.kv;

  state(now = new Date()): ProviderSwitchState {
    const health = this.#health();
    return {
      paused: this.#kv.get<Paused>(PAUSED) ?? null,
      hiddenUntil:
        isHidden(health, now) && health.hiddenUntil !== null ? new Date(health.hiddenUntil).toISOString() : null,
      failuresInARow: health.failuresInARow,
    };
  }

  pause(reason: string, now = new Date()): ProviderSwitchState {
    const since = this.#kv.get<Paused>(PAUSED)?.since ?? now.toISOString();
    this.#kv.put<Paused>(PAUSED, { since, reason });
    return this.state(now);
  }

  resume(now = new Date()): ProviderSwitchState {
    this.#kv.delete(PAUSED);
    return this.state(now);
  }

  report(outcome: StartOutcome, now = new Date()): ProviderSwitchState & { hiddenNow: boolean } {
    const before = this.#health();
    const after = afterStart(before, outcome, now);
    // A provider that works is told of with every payment, and costs no write.
    if (outcome === "failed") this.#kv.put<ProviderHealth>(HEALTH, after);
    else if (before !== HEALTHY) this.#kv.delete(HEALTH);
    return { ...this.state(now), hiddenNow: isHidden(after, now) && !isHidden(before, now) };
  }

  #health(): ProviderHealth {
    return this.#kv.get<ProviderHealth>(HEALTH) ?? HEALTHY;
  }
}
