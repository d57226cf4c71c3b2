import { afterStart, HEALTHY, isHidden, type ProviderHealth, type ProviderSwitchState } from "#domain/provider-health";
import type { ProviderSwitchObject } from "#platform/objects";

type Held = { health: ProviderHealth; paused: ProviderSwitchState["paused"] };

/** Switches in memory that use the real rules. `test/workers/provider-switch.test.ts` tests the real objects. */
export function switchesInMemory(): { providerSwitch(name: string): ProviderSwitchObject } {
  const held = new Map<string, Held>();
  const providerSwitch = (name: string): ProviderSwitchObject => {
    const get = () => held.get(name) ?? { health: HEALTHY, paused: null };
    const put = (now: Date, change: Partial<Held>): ProviderSwitchState => {
      const next = { ...get(), ...change };
      held.set(name, next);
      const { hiddenUntil, failuresInARow } = next.health;
      const hidden = hiddenUntil !== null && isHidden(next.health, now) ? new Date(hiddenUntil).toISOString() : null;
      return { paused: next.paused, hiddenUntil: hidden, failuresInARow };
    };
    return {
      state: async (now = new Date()) => put(now, {}),
      pause: async (reason, now = new Date()) => put(now, { paused: { since: now.toISOString(), reason } }),
      resume: async (now = new Date()) => put(now, { paused: null }),
      report: async (outcome, now = new Date()) => {
        const wasHidden = isHidden(get().health, now);
        const state = put(now, { health: afterStart(get().health, outcome, now) });
        return { ...state, hiddenNow: !wasHidden && state.hiddenUntil !== null };
      },
    };
  };
  return { providerSwitch };
}
