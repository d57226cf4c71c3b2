import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { noteFailedPayment } from "#fraud/card-testing";
import { judgeAttempt } from "#fraud/contribution-attempts";
import { callLimiter } from "#rate-limits/call-limiter";
import { limiterName } from "#rate-limits/limiter-name";
import { aDesk, limitersInMemory } from "./support.ts";

it("a limiter is named by its kind and a digest that needs our pepper", () => {
  const named = (pepper: string, subject: string) => limiterName({ API_KEY_PEPPER: pepper }, subject);
  const name = named("one", "ip:203.0.113.7");

  expect(name).toMatch(/^ip:[0-9a-f]{32}$/);
  expect(named("one", "ip:203.0.113.7")).toBe(name);
  expect(new Set([name, named("two", "ip:203.0.113.7"), named("one", "ip:203.0.113.8")]).size).toBe(3);
});

it("no object that a guest's attempt reaches is named by an address or a payment", async () => {
  const limiters = limitersInMemory();
  const { services } = aDesk(limiters);
  const ipAddress = "203.0.113.7";
  await judgeAttempt(services, { ipAddress, boardCode: "8k3m9q2rtw", submission: "one", hasToken: true });
  await judgeAttempt(services, {
    ipAddress: "2001:db8:1:2::7",
    boardCode: "8k3m9q2rtw",
    submission: "two",
    isRetry: true,
  });
  await noteFailedPayment(services, {
    provider: "payfast",
    reference: "kgzy2hv00qft80a9g1dw",
    ipAddress,
    amount: cents(2_000),
    providerStatus: "FAILED",
  });
  const rules = [{ name: "looks", limit: 1, windowMs: 1_000, kind: "sliding" }] as const;
  await callLimiter(services, "payment:kgzy2hv00qft80a9g1dw", (limiter) => limiter.take(rules, services.now()));

  const names = [...limiters.subjects.keys()];
  expect(names.map((name) => name.replace(/[0-9a-f]{32}$/, "#")).toSorted()).toEqual([
    "ip:#",
    "ip:#",
    "ip:#",
    "payment:#",
  ]);
});
