import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { ProviderSwitchState, StartOutcome } from "#domain/provider-health";
import { callObject } from "#platform/call-object";
import type { Services } from "#platform/services";

type Awaitable<T> = T | Promise<T>;

/**
 * The RPC methods of the switch of one payment provider. Methods are added and never changed. `now` is the caller's clock;
 * without it the object uses its own.
 */
export interface ProviderSwitchObject {
  state(now?: Date): Awaitable<ProviderSwitchState>;
  /** Pausing a paused provider keeps the start of the pause and replaces the reason. */
  pause(reason: string, now?: Date): Awaitable<ProviderSwitchState>;
  /** Ends a pause. A hidden provider stays hidden. */
  resume(now?: Date): Awaitable<ProviderSwitchState>;
  /** `hiddenNow`: whether this failure hid the provider. */
  report(outcome: StartOutcome, now?: Date): Awaitable<ProviderSwitchState & { hiddenNow: boolean }>;
}

/** Near the providers. It has an effect only when an object is first created. */
const LOCATION_HINT = "afr";
const TIMEOUT_MS = 2_000;

/** Calls the switch of this provider. @throws when it cannot be reached in time. */
export function callSwitch<T>(
  { env }: Services,
  name: PaymentProviderName,
  call: (it: ProviderSwitchObject) => Awaitable<T>,
  options: { tries?: number } = {},
): Promise<T> {
  // The RPC types of the runtime split unions. The class implements this interface, which the compiler checks.
  const stubOf = () =>
    env.PROVIDER_SWITCH.getByName(name, { locationHint: LOCATION_HINT }) as unknown as ProviderSwitchObject;
  return callObject(stubOf, call, { patienceMs: TIMEOUT_MS, ...options });
}
