import { writeAudit } from "#audit/write-audit";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { isOffered, type ProviderSwitchState, type StartOutcome } from "#domain/provider-health";
import { isUnreachable } from "#platform/call-object";
import { ChipInError } from "#platform/errors";
import { messageOf } from "#platform/log";
import type { ProviderSwitchObject } from "#platform/objects";
import type { Services } from "#platform/services";
import { callSwitch } from "./call-switch.ts";

/** An isolate uses a cached state this long, and up to `MAX_AGE_MS` while one request refreshes it. */
const FRESH_MS = 4_000;
const MAX_AGE_MS = 5_000;

/** The assumed state of a switch that cannot be reached. */
const SWITCHED_ON: ProviderSwitchState = { paused: null, hiddenUntil: null, failuresInARow: 0 };

type CachedState = { state: ProviderSwitchState; at: number; refreshing: boolean };
type States = Map<PaymentProviderName, CachedState>;
const cache = new WeakMap<Services["settings"], States>();

/**
 * The providers of `names`, in their order, that are neither paused nor hidden, as of at most 5 s ago. A provider whose
 * switch cannot be reached is available.
 */
export async function availableProviders(
  services: Services,
  names: readonly PaymentProviderName[],
): Promise<PaymentProviderName[]> {
  const now = services.now();
  const states = await Promise.all(names.map((name) => recentState(services, name, now)));
  return names.filter((_, index) => isOffered(states[index] ?? SWITCHED_ON, now));
}

/**
 * Reports to the switch how starting a payment went. It never throws and calls only once, because a lost report does less
 * harm than a failure counted twice.
 */
export async function reportStart(services: Services, name: PaymentProviderName, outcome: StartOutcome): Promise<void> {
  const now = services.now();
  try {
    const { hiddenNow, ...state } = await callSwitch(services, name, (it) => it.report(outcome, now), { tries: 1 });
    remember(services, name, state, now);
    if (!hiddenNow) return;
    const { hiddenUntil: hidden_until, failuresInARow: failures } = state;
    services.alert({ event: "provider_hidden", provider: name, hidden_until, failures });
  } catch (error) {
    logUnreachable(services, name, error);
  }
}

/** Removes a provider from the guests' choices. @throws ChipInError `unavailable` when the outcome is unknown. */
export async function pauseProvider(services: Services, name: PaymentProviderName, reason: string) {
  const state = await operate(services, name, (it, now) => it.pause(reason, now));
  await recordSwitch(services, "provider.paused", name, { reason });
  return state;
}

/** @throws ChipInError `unavailable`. */
export async function resumeProvider(services: Services, name: PaymentProviderName) {
  const state = await operate(services, name, (it, now) => it.resume(now));
  await recordSwitch(services, "provider.resumed", name, {});
  return state;
}

/** Logs and audits the switch. A failed audit does not undo it, because the switch works without Postgres. */
async function recordSwitch(
  services: Services,
  action: "provider.paused" | "provider.resumed",
  provider: PaymentProviderName,
  metadata: Record<string, string>,
): Promise<void> {
  services.log({ event: action, provider, request_id: services.requestId });
  await writeAudit(services, {
    action,
    target: { type: "payment_provider", id: provider },
    metadata,
  });
}

/** The current states, for operators. `state` is null for a switch that cannot be reached. */
export async function providerStates(
  services: Services,
  names: readonly PaymentProviderName[],
): Promise<{ name: PaymentProviderName; state: ProviderSwitchState | null }[]> {
  const now = services.now();
  const stateOf = async (name: PaymentProviderName) => {
    try {
      return await callSwitch(services, name, (it) => it.state(now));
    } catch (error) {
      logUnreachable(services, name, error);
      return null;
    }
  };
  return await Promise.all(names.map(async (name) => ({ name, state: await stateOf(name) })));
}

async function recentState(services: Services, name: PaymentProviderName, now: Date): Promise<ProviderSwitchState> {
  const cached = statesOf(services).get(name);
  if (cached && now.getTime() - cached.at < (cached.refreshing ? MAX_AGE_MS : FRESH_MS)) return cached.state;
  if (cached) cached.refreshing = true;
  try {
    return remember(services, name, await callSwitch(services, name, (it) => it.state(now)), now);
  } catch (error) {
    logUnreachable(services, name, error);
    // The assumed state is cached too, so that not every guest waits for a switch that does not answer.
    return remember(services, name, SWITCHED_ON, now);
  }
}

async function operate(
  services: Services,
  name: PaymentProviderName,
  act: (it: ProviderSwitchObject, now: Date) => ProviderSwitchState | Promise<ProviderSwitchState>,
): Promise<ProviderSwitchState> {
  const now = services.now();
  try {
    return remember(services, name, await callSwitch(services, name, (it) => act(it, now)), now);
  } catch (cause) {
    logUnreachable(services, name, cause);
    throw new ChipInError("unavailable", "The provider's switch cannot be reached. Please try again.", [], { cause });
  }
}

function remember(
  services: Services,
  name: PaymentProviderName,
  state: ProviderSwitchState,
  now: Date,
): ProviderSwitchState {
  statesOf(services).set(name, { state, at: now.getTime(), refreshing: false });
  return state;
}

function statesOf({ settings }: Services): States {
  const states = cache.get(settings) ?? new Map();
  cache.set(settings, states);
  return states;
}

function logUnreachable({ log, alert, requestId }: Services, name: PaymentProviderName, error: unknown): void {
  const write = isUnreachable(error) ? log : alert;
  write({ event: "provider_switch_unreachable", provider: name, request_id: requestId, error: messageOf(error) });
}
