import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  availableProviders,
  pauseProvider,
  providerStates,
  reportStart,
  resumeProvider,
} from "#payments/availability/provider-switches";
import type { ProviderSwitchObject } from "#platform/objects";
import { servicesOf } from "#platform/wiring";
import type { Services } from "../../src/platform/services.ts";
import type { Remote } from "./remote.ts";

const START = new Date("2026-12-01T08:00:00.000Z");
const at = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const ON = { paused: null, hiddenUntil: null, failuresInARow: 0 };

/** The switch of a new provider: its stub, and `it` with the methods that callers see. */
function aSwitch() {
  const stub = env.PROVIDER_SWITCH.getByName(crypto.randomUUID());
  return { stub, it: stub as unknown as Remote<ProviderSwitchObject> };
}

async function keysOf(stub: ReturnType<typeof aSwitch>["stub"]) {
  return await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].map(([key]) => key));
}

async function fail(it: Remote<ProviderSwitchObject>, ...seconds: number[]) {
  const states = [];
  for (const second of seconds) states.push(await it.report("failed", at(second)));
  return states.at(-1);
}

describe("ProviderSwitch", () => {
  it("a switch is on at first, and a provider that works writes nothing", async () => {
    const { stub, it: theSwitch } = aSwitch();

    expect(await theSwitch.state()).toEqual(ON);
    expect(await theSwitch.report("started")).toEqual({ ...ON, hiddenNow: false });
    expect(await keysOf(stub)).toEqual([]);
  });

  it("a provider is hidden after failures, then offered, hidden for longer, and reset by a success", async () => {
    const { stub, it: theSwitch } = aSwitch();

    expect(await fail(theSwitch, 0, 1, 2, 3)).toEqual({ ...ON, failuresInARow: 4, hiddenNow: false });
    const hidden = { paused: null, hiddenUntil: at(64).toISOString(), failuresInARow: 5 };
    expect(await fail(theSwitch, 4)).toEqual({ ...hidden, hiddenNow: true });
    expect(await fail(theSwitch, 5)).toMatchObject({ hiddenUntil: at(64).toISOString(), hiddenNow: false });
    expect(await theSwitch.state(at(64))).toMatchObject({ hiddenUntil: null, failuresInARow: 6 });
    expect(await fail(theSwitch, 64)).toMatchObject({ hiddenUntil: at(184).toISOString(), hiddenNow: true });
    expect(await theSwitch.report("started", at(184))).toEqual({ ...ON, hiddenNow: false });
    expect(await keysOf(stub)).toEqual([]);
  });

  it("forty concurrent failures hide the provider once", async () => {
    const { it: theSwitch } = aSwitch();

    const states = await Promise.all(Array.from({ length: 40 }, () => theSwitch.report("failed", at(0))));

    expect(states.filter(({ hiddenNow }) => hiddenNow)).toHaveLength(1);
    expect(await theSwitch.state(at(0))).toMatchObject({ hiddenUntil: at(60).toISOString(), failuresInARow: 40 });
  });

  it("a person pauses and resumes a provider, whether it is hidden or not", async () => {
    const { it: theSwitch } = aSwitch();
    await fail(theSwitch, 0, 1, 2, 3, 4);

    const paused = { since: at(5).toISOString(), reason: "maintenance" };
    expect(await theSwitch.pause("maintenance", at(5))).toMatchObject({ paused, hiddenUntil: at(64).toISOString() });
    expect(await theSwitch.pause("a long maintenance", at(6))).toMatchObject({
      paused: { since: at(5).toISOString(), reason: "a long maintenance" },
    });
    expect(await theSwitch.report("started", at(7))).toMatchObject({ paused: { since: at(5).toISOString() } });
    await fail(theSwitch, 10, 11, 12, 13, 14);
    expect(await theSwitch.resume(at(15))).toMatchObject({ paused: null, hiddenUntil: at(74).toISOString() });
    expect(await theSwitch.resume(at(16))).toMatchObject({ paused: null });
  });

  it("a switch keeps its state when it is evicted", async () => {
    const { stub, it: theSwitch } = aSwitch();
    await theSwitch.pause("maintenance", at(0));
    await fail(theSwitch, 1, 2, 3, 4);

    await evictDurableObject(stub);

    expect(await theSwitch.state(at(5))).toMatchObject({ paused: { reason: "maintenance" }, failuresInARow: 4 });
    expect(await fail(theSwitch, 5)).toMatchObject({ hiddenUntil: at(65).toISOString(), hiddenNow: true });
    await evictDurableObject(stub);
    expect(await fail(theSwitch, 65)).toMatchObject({ hiddenUntil: at(185).toISOString() });
  });
});

it("the functions about providers change the state of the real switches", async () => {
  const clock = { now: START };
  const alerts: unknown[] = [];
  const services: Services = {
    ...servicesOf(env, createExecutionContext(), "req_test"),
    now: () => clock.now,
    alert: (entry) => void alerts.push(entry),
  };
  const names = ["payfast", "ozow"] as const;
  expect(await availableProviders(services, names)).toEqual(["payfast", "ozow"]);

  await pauseProvider(services, "payfast", "maintenance");
  for (let time = 0; time < 5; time += 1) await reportStart(services, "ozow", "failed");

  expect(await availableProviders(services, names)).toEqual([]);
  expect(alerts).toMatchObject([{ event: "provider_hidden", provider: "ozow", failures: 5 }]);
  expect(await providerStates(services, names)).toMatchObject([
    { name: "payfast", state: { paused: { since: START.toISOString(), reason: "maintenance" } } },
    { name: "ozow", state: { paused: null, hiddenUntil: at(60).toISOString() } },
  ]);
  clock.now = at(60);
  await resumeProvider(services, "payfast");
  expect(await availableProviders(services, names)).toEqual(["payfast", "ozow"]);
});
