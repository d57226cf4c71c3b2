import type { PaymentProviderName } from "#domain/board/lifecycle";
import { callObject } from "#platform/call-object";
import type { ProviderSwitchObject } from "#platform/objects";
import type { Services } from "#platform/services";

const TIMEOUT_MS = 2_000;

/** Asks the switch of this provider. @throws when it cannot be reached in time. */
export function callSwitch<T>(
  { objects }: Services,
  name: PaymentProviderName,
  call: (it: ProviderSwitchObject) => T | Promise<T>,
  options: { tries?: number } = {},
): Promise<T> {
  return callObject(() => objects.providerSwitch(name), call, { timeoutMs: TIMEOUT_MS, ...options });
}
