import { expect, it } from "vitest";
import { MAX_UNPAID, UNPAID_BEFORE_CHALLENGE } from "#domain/board/decide-payments";
import { TURNSTILE } from "../../fraud/support.ts";
import { ALL_PROVIDERS } from "../far-sides.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

function withUnpaid(house: GuestSite, count: number): GuestSite {
  for (let n = house.references().length; n < count; n += 1) house.board.contribution(2_000);
  return house;
}

it("from 100 unpaid attempts on, a board shows a new guest the challenge with what they typed, and records nothing", async () => {
  const house = withUnpaid(guestSite({ settings: { ...ALL_PROVIDERS, ...TURNSTILE } }), UNPAID_BEFORE_CHALLENGE);

  const { status, html } = await house.chipIn({ name: "Thandi of the flat upstairs" });

  expect(status).toBe(403);
  expect(html).toContain("Thandi of the flat upstairs");
  expect(house.references()).toHaveLength(UNPAID_BEFORE_CHALLENGE);
});

it("where no challenge is configured, a guest of such a board is asked to wait", async () => {
  const house = withUnpaid(guestSite(), UNPAID_BEFORE_CHALLENGE);

  const { status, headers } = await house.chipIn({ "cf-turnstile-response": "made up" });

  expect([status, headers.get("Retry-After")]).toEqual([429, "600"]);
  expect(house.references()).toHaveLength(UNPAID_BEFORE_CHALLENGE);
});

it("at 2,000 unpaid attempts a board takes no new one, says so and keeps what was typed", async () => {
  const house = withUnpaid(guestSite(), MAX_UNPAID);

  const { status, html } = await house.chipIn({ name: "Thandi of the flat upstairs" });

  expect(status).toBe(503);
  expect(html).toContain("Very many people are paying here right now.");
  expect(html).toContain("Thandi of the flat upstairs");
  expect(house.references()).toHaveLength(MAX_UNPAID);
});

it("a guest whose attempt is among them goes on with it without a challenge", async () => {
  const house = guestSite();
  const form = house.typed();
  await house.post("/contribute", form);
  withUnpaid(house, UNPAID_BEFORE_CHALLENGE);

  expect((await house.post("/contribute", form)).status).toBe(200);
  expect(house.references()).toHaveLength(UNPAID_BEFORE_CHALLENGE);
});
