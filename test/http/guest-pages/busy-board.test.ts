import { expect, it } from "vitest";
import { MAX_UNPAID, UNPAID_BEFORE_CHALLENGE } from "#domain/board/decide-payments";
import { TURNSTILE } from "../../fraud/support.ts";
import { ALL_PROVIDERS } from "../far-sides.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

function withUnpaid(guests: GuestSite, count: number): GuestSite {
  for (let n = guests.references().length; n < count; n += 1) guests.board.contribution(2_000);
  return guests;
}

it("at 100 unpaid attempts a new guest gets a challenge that keeps the form, and nothing is recorded", async () => {
  const guests = withUnpaid(guestSite({ settings: { ...ALL_PROVIDERS, ...TURNSTILE } }), UNPAID_BEFORE_CHALLENGE);

  const { status, html } = await guests.chipIn({ name: "Thandi of the flat upstairs" });

  expect(status).toBe(403);
  expect(html).toContain("Thandi of the flat upstairs");
  expect(guests.references()).toHaveLength(UNPAID_BEFORE_CHALLENGE);
});

it("at 100 unpaid attempts without a configured challenge a new guest is answered 429", async () => {
  const guests = withUnpaid(guestSite(), UNPAID_BEFORE_CHALLENGE);

  const { status, headers } = await guests.chipIn({ "cf-turnstile-response": "made up" });

  expect([status, headers.get("Retry-After")]).toEqual([429, "600"]);
  expect(guests.references()).toHaveLength(UNPAID_BEFORE_CHALLENGE);
});

it("at 2,000 unpaid attempts a new guest is answered 503 with the form kept, and nothing is recorded", async () => {
  const guests = withUnpaid(guestSite(), MAX_UNPAID);

  const { status, html } = await guests.chipIn({ name: "Thandi of the flat upstairs" });

  expect(status).toBe(503);
  expect(html).toContain("Very many people are paying here right now.");
  expect(html).toContain("Thandi of the flat upstairs");
  expect(guests.references()).toHaveLength(MAX_UNPAID);
});

it("at 100 unpaid attempts a guest continues an attempt of their own without a challenge", async () => {
  const guests = guestSite({ settings: { ...ALL_PROVIDERS, ...TURNSTILE } });
  const form = guests.typed();
  await guests.post("/contribute", form);
  withUnpaid(guests, UNPAID_BEFORE_CHALLENGE);
  expect((await guests.chipIn()).status).toBe(403);

  expect((await guests.post("/contribute", form)).status).toBe(200);
  expect(guests.references()).toHaveLength(UNPAID_BEFORE_CHALLENGE);
});

it("forms without a challenge at a board that wants one wake no limiter, and are judged by limits again once it wants none", async () => {
  const guests = withUnpaid(guestSite({ settings: { ...ALL_PROVIDERS, ...TURNSTILE } }), UNPAID_BEFORE_CHALLENGE);
  await guests.chipIn();
  const woken = () => [...guests.site.limiters.subjects.keys()].filter((name) => name.startsWith("ip")).sort();
  const before = woken();

  const from = (address: string) => guests.chipIn({}, { "CF-Connecting-IP": address });
  const statuses = [await from("2001:db8:9:1::1"), await from("2001:db8:9:2::1")].map(({ status }) => status);
  expect([statuses, woken()]).toEqual([[403, 403], before]);

  guests.later(11_000);
  await from("2001:db8:9:4::1");
  expect(woken().length).toBeGreaterThan(before.length);
});
