import { describe, expect, it } from "vitest";
import type { ProviderSwitchState } from "#domain/provider-health";
import {
  availableProviders,
  pauseProvider,
  providerStates,
  reportStart,
  resumeProvider,
} from "#payments/availability/provider-switches";
import type { ProviderSwitchObject } from "#platform/objects";
import { aDesk, runtimeTrouble } from "../../fraud/support.ts";

const ON: ProviderSwitchState = { paused: null, hiddenUntil: null, failuresInARow: 0 };
const PAUSED: ProviderSwitchState = { ...ON, paused: { since: "2026-12-01T07:00:00.000Z", reason: "maintenance" } };
const ALL = ["payfast", "ozow", "snapscan"] as const;

/** Switches that answer with the given states or fail with the given errors. */
function switches(states: Record<string, ProviderSwitchState | Error> = {}) {
  const asked: string[] = [];
  const providerSwitch = (name: string): ProviderSwitchObject => {
    const answer = async (question: string) => {
      asked.push(`${name} ${question}`);
      const state = states[name] ?? ON;
      if (state instanceof Error) throw state;
      return state;
    };
    return {
      state: () => answer("state"),
      pause: (reason) => answer(`pause: ${reason}`),
      resume: () => answer("resume"),
      report: async (outcome) => ({ ...(await answer(outcome)), hiddenNow: states[name] === HIDDEN }),
    };
  };
  return { states, asked, ...aDesk({ providerSwitch }) };
}

const HIDDEN: ProviderSwitchState = { ...ON, hiddenUntil: "2026-12-01T08:00:03.000Z", failuresInARow: 5 };

describe("availableProviders", () => {
  it("availableProviders returns providers that are neither paused nor hidden, in the requested order", async () => {
    const { services } = switches({ ozow: PAUSED });

    expect(await availableProviders(services, ["snapscan", "ozow", "payfast"])).toEqual(["snapscan", "payfast"]);
  });

  it("a hidden provider is available again when hiding ends, without another request to its switch", async () => {
    const { services, asked, later } = switches({ payfast: HIDDEN });

    expect(await availableProviders(services, ["payfast"])).toEqual([]);
    later(2_999);
    expect(await availableProviders(services, ["payfast"])).toEqual([]);
    later(1);
    expect(await availableProviders(services, ["payfast"])).toEqual(["payfast"]);
    expect(asked).toEqual(["payfast state"]);
  });

  it("availableProviders reads the switches once for ten guests, and again five seconds later", async () => {
    const { services, states, asked, later } = switches();
    for (let guest = 0; guest < 10; guest += 1) await availableProviders(services, ALL);
    expect(asked).toEqual(["payfast state", "ozow state", "snapscan state"]);

    states.payfast = PAUSED;
    later(5_000);
    expect(await availableProviders(services, ALL)).toEqual(["ozow", "snapscan"]);
  });

  it("a concurrent call uses the cached state while another call reads a switch again", async () => {
    const { services, states, asked, later } = switches();
    await availableProviders(services, ["payfast"]);
    states.payfast = PAUSED;
    later(4_000);

    const [asking, meanwhile] = await Promise.all([
      availableProviders(services, ["payfast"]),
      availableProviders(services, ["payfast"]),
    ]);

    expect({ asking, meanwhile }).toEqual({ asking: [], meanwhile: ["payfast"] });
    expect(asked).toHaveLength(2);
  });

  it.each([
    { trouble: runtimeTrouble({ overloaded: true }), alert: undefined },
    { trouble: new TypeError("the switch throws"), alert: true },
  ])("providers with an unreachable switch are available: $trouble.message", async ({ trouble, alert }) => {
    const { services, asked, logged } = switches({ payfast: trouble });

    expect(await availableProviders(services, ["payfast", "ozow"])).toEqual(["payfast", "ozow"]);
    expect(await availableProviders(services, ["payfast", "ozow"])).toEqual(["payfast", "ozow"]);

    expect(logged).toMatchObject([{ event: "provider_switch_unreachable", provider: "payfast" }]);
    expect(logged[0]?.alert).toBe(alert);
    // The failed read is cached too.
    expect(asked).toHaveLength(2);
  });
});

describe("reportStart", () => {
  it("reportStart raises an alert when the report hides the provider, which is then not available", async () => {
    const { services, asked, logged } = switches({ ozow: HIDDEN });

    await reportStart(services, "ozow", "failed");

    expect(asked).toEqual(["ozow failed"]);
    expect(logged).toEqual([
      {
        event: "provider_hidden",
        alert: true,
        provider: "ozow",
        hidden_until: "2026-12-01T08:00:03.000Z",
        failures: 5,
      },
    ]);
    expect(await availableProviders(services, ["ozow"])).toEqual([]);
  });

  it("reportStart calls an unreachable switch once and logs the failure", async () => {
    const { services, asked, logged } = switches({ ozow: runtimeTrouble({ retryable: true }) });

    await reportStart(services, "ozow", "failed");

    expect(asked).toEqual(["ozow failed"]);
    expect(logged).toMatchObject([{ event: "provider_switch_unreachable", provider: "ozow" }]);
  });
});

describe("operators", () => {
  it("a pause and a resume take effect at once, also while Postgres cannot store the audit row", async () => {
    const { services, states, asked, logged } = switches();
    await availableProviders(services, ["payfast"]);

    states.payfast = PAUSED;
    expect(await pauseProvider(services, "payfast", "maintenance")).toEqual(PAUSED);
    expect(await availableProviders(services, ["payfast"])).toEqual([]);

    states.payfast = ON;
    expect(await resumeProvider(services, "payfast")).toEqual(ON);
    expect(await availableProviders(services, ["payfast"])).toEqual(["payfast"]);
    expect(asked).toEqual(["payfast state", "payfast pause: maintenance", "payfast resume"]);
    expect(logged.map(({ event }) => event)).toEqual([
      "provider.paused",
      "audit_not_written",
      "provider.resumed",
      "audit_not_written",
    ]);
  });

  it("pausing and resuming answer unavailable when the switch is unreachable", async () => {
    const { services } = switches({ payfast: runtimeTrouble({ overloaded: true }) });

    await expect(pauseProvider(services, "payfast", "maintenance")).rejects.toMatchObject({ code: "unavailable" });
    await expect(resumeProvider(services, "payfast")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("providerStates reads every switch again, and returns null for an unreachable one", async () => {
    const { services, states } = switches({ snapscan: runtimeTrouble({ overloaded: true }) });
    await providerStates(services, ALL);
    states.ozow = PAUSED;

    expect(await providerStates(services, ALL)).toEqual([
      { name: "payfast", state: ON },
      { name: "ozow", state: PAUSED },
      { name: "snapscan", state: null },
    ]);
  });
});
