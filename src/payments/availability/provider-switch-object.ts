import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { ProviderSwitchState, StartOutcome } from "#domain/provider-health";
import { callObject } from "#platform/call-object";
import type { Services } from "#platform/services";

type Answer<T> = T | Promise<T>;

/**
 * What the switch of one payment provider can be asked. Methods are added, never changed. `now` is the caller's; without
 * it the object's own clock decides.
 */
export interface ProviderSwitchObject {
  state(now?: Date): Answer<ProviderSwitchState>;
  /** Pausing what is paused keeps since when, and takes the new reason. */
  pause(reason: string, now?: Date): Answer<ProviderSwitchState>;
  /** Ends a pause, not a hiding. */
  resume(now?: Date): Answer<ProviderSwitchState>;
  /** `hiddenNow`: it was this failure that hid the provider. */
  report(outcome: StartOutcome, now?: Date): Answer<ProviderSwitchState & { hiddenNow: boolean }>;
}

/** Where the providers are. Counts only when an object is first created. */
const LOCATION_HINT = "afr";
const PATIENCE_MS = 2_000;

/** Asks the switch of this provider. @throws when it cannot be reached in time. */
export function callSwitch<T>(
  { env }: Services,
  name: PaymentProviderName,
  call: (it: ProviderSwitchObject) => Answer<T>,
  options: { tries?: number } = {},
): Promise<T> {
  // The runtime's RPC types take unions apart; the class implements this very interface, and the compiler checks that.
  const stubOf = () =>
    env.PROVIDER_SWITCH.getByName(name, { locationHint: LOCATION_HINT }) as unknown as ProviderSwitchObject;
  return callObject(stubOf, call, { patienceMs: PATIENCE_MS, ...options });
}
