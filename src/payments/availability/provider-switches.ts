import type { PaymentProviderName } from "#domain/board/lifecycle";
import { isOffered, type ProviderSwitchState, type StartOutcome } from "#domain/provider-health";
import { isOutOfReach } from "#platform/call-object";
import { ChipInError } from "#platform/errors";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { callSwitch, type ProviderSwitchObject } from "./provider-switch-object.ts";

/** An isolate believes a state this long, and a little longer while one request asks for it again. */
const FRESH_MS = 4_000;
const MAX_AGE_MS = 5_000;

/** What is assumed of a switch that cannot be asked. */
const SWITCHED_ON: ProviderSwitchState = { paused: null, hiddenUntil: null, failuresInARow: 0 };

type Known = { state: ProviderSwitchState; at: number; asking: boolean };
type States = Map<PaymentProviderName, Known>;
/** What this isolate has heard, at most one state for each provider there is. */
const heard = new WeakMap<Env, States>();

/**
 * Those of `names`, in their order, that guests may be offered now: neither paused nor hidden, as of at most 5 s ago. A
 * switch that cannot be asked is on.
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
 * Tells the switch how starting a payment went. Never throws, and is asked once only: a report that is lost does less
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
    noteUnreachable(services, name, error);
  }
}

/** An operator takes a provider from the guests' choices. @throws ChipInError `unavailable` when nobody knows whether it worked. */
export function pauseProvider(services: Services, name: PaymentProviderName, reason: string) {
  return operate(services, name, (it, now) => it.pause(reason, now));
}

/** @throws ChipInError `unavailable`. */
export function resumeProvider(services: Services, name: PaymentProviderName) {
  return operate(services, name, (it, now) => it.resume(now));
}

/** For operators, as of now; `state` is null for a switch that cannot be asked. */
export async function providerStates(
  services: Services,
  names: readonly PaymentProviderName[],
): Promise<{ name: PaymentProviderName; state: ProviderSwitchState | null }[]> {
  const now = services.now();
  const stateOf = async (name: PaymentProviderName) => {
    try {
      return await callSwitch(services, name, (it) => it.state(now));
    } catch (error) {
      noteUnreachable(services, name, error);
      return null;
    }
  };
  return await Promise.all(names.map(async (name) => ({ name, state: await stateOf(name) })));
}

async function recentState(services: Services, name: PaymentProviderName, now: Date): Promise<ProviderSwitchState> {
  const kept = statesOf(services).get(name);
  if (kept && now.getTime() - kept.at < (kept.asking ? MAX_AGE_MS : FRESH_MS)) return kept.state;
  if (kept) kept.asking = true;
  try {
    return remember(services, name, await callSwitch(services, name, (it) => it.state(now)), now);
  } catch (error) {
    noteUnreachable(services, name, error);
    // Remembered too: not every guest waits for a switch that does not answer.
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
    noteUnreachable(services, name, cause);
    throw new ChipInError("unavailable", "The provider's switch cannot be reached. Please try again.", [], { cause });
  }
}

function remember(
  services: Services,
  name: PaymentProviderName,
  state: ProviderSwitchState,
  now: Date,
): ProviderSwitchState {
  statesOf(services).set(name, { state, at: now.getTime(), asking: false });
  return state;
}

function statesOf({ env }: Services): States {
  const states = heard.get(env) ?? new Map();
  heard.set(env, states);
  return states;
}

function noteUnreachable({ log, alert, requestId }: Services, name: PaymentProviderName, error: unknown): void {
  const write = isOutOfReach(error) ? log : alert;
  write({ event: "provider_switch_unreachable", provider: name, request_id: requestId, error: messageOf(error) });
}
