import { describe, expect, it } from "vitest";
import { ALL_PROVIDERS, TURNSTILE } from "../far-sides.ts";
import { guestSite } from "../guest-pages/guest-site.ts";
import { PROVIDERS } from "./provider-callbacks.ts";

const GUEST_IP = "196.25.1.7";
const PROVIDER_IP = "197.97.145.150";
const FROM = { "CF-Connecting-IP": GUEST_IP };
const MINUTE_MS = 60_000;
const WITH_CHALLENGE = { ...ALL_PROVIDERS, ...TURNSTILE };
const [payfast] = PROVIDERS as [(typeof PROVIDERS)[number]];

/** A site with helpers that report payments of `GUEST_IP` as failed, each in one callback. */
function testingCards({
  amount = 5_000,
  provider = payfast,
  ipAddress = GUEST_IP as string | null,
  settings = ALL_PROVIDERS as Record<string, string>,
} = {}) {
  const guests = guestSite({ settings });
  const { site, board, far, later } = guests;

  async function report(reference: string, outcome: "paid" | "failed" | "pending") {
    const { body, headers } = provider.report(far, { reference, amount, outcome });
    const all = { ...headers, "CF-Connecting-IP": PROVIDER_IP };
    const { status } = await site.request(`/api/webhooks/${provider.name}`, { method: "POST", body, headers: all });
    await site.settled();
    expect(status).toBe(provider.acceptedStatus);
  }
  async function fail(times: number, { every = MINUTE_MS } = {}) {
    const references: string[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      const reference = board.begin(provider.name, amount, { ipAddress });
      references.push(reference);
      await report(reference, "failed");
      later(every);
    }
    return references;
  }
  const attempt = async (from: Record<string, string> = FROM) => (await guests.chipIn({}, from)).status;
  return { ...guests, fail, report, attempt };
}

describe("card testing limit", () => {
  it("after five failed small card payments the guest's address waits for an hour where no challenge is configured", async () => {
    const { fail, attempt, chipIn, later, site } = testingCards();
    await fail(4);
    expect(await attempt()).toBe(200);
    await fail(1);

    const { status, headers, html } = await chipIn({}, FROM);
    expect([status, headers.get("Retry-After")]).toEqual([429, String(59 * 60)]);
    expect(html).toContain("Nothing was charged.");
    expect(site.logged).toContainEqual(
      expect.objectContaining({ alert: true, event: "card_testing_blocked", network: "196.25.1.0/24" }),
    );
    later(59 * MINUTE_MS);
    expect(await attempt()).toBe(200);
  });

  it("a solved challenge opens every board to a guest behind a blocked address, for one start each", async () => {
    const { fail, chipIn, post, send, typed, other, far, references } = testingCards({ settings: WITH_CHALLENGE });
    const [reference = ""] = await fail(5);
    far.turnstile = () => Response.json({ success: true });
    const token = { "cf-turnstile-response": "a-token" };
    const elsewhere = (fields: Record<string, string>) =>
      send(`/${other.slug}/contribute`, { method: "POST", body: new URLSearchParams(typed(fields)), headers: FROM });

    expect((await chipIn({}, FROM)).status).toBe(403);
    expect((await elsewhere({})).status).toBe(403);
    expect((await post("/pay", { ref: reference }, FROM)).status).toBe(403);
    expect(references()).toHaveLength(5);
    expect((await chipIn(token, FROM)).status).toBe(200);
    expect((await elsewhere(token)).status).toBe(200);
    expect((await post("/pay", { ref: reference, ...token }, FROM)).status).toBe(200);
    expect((await chipIn({}, FROM)).status).toBe(403);
  });

  it("failed SnapScan payments are no tried cards", async () => {
    const provider = PROVIDERS.find(({ name }) => name === "snapscan") ?? payfast;
    const { fail, attempt } = testingCards({ provider });
    await fail(8);

    expect(await attempt()).toBe(200);
  });

  it("failed small payments block neither the provider's address nor another guest's address", async () => {
    const { fail, attempt } = testingCards();
    await fail(6);

    expect(await attempt({ "CF-Connecting-IP": PROVIDER_IP })).toBe(200);
    expect(await attempt({ "CF-Connecting-IP": "196.25.1.8" })).toBe(200);
    expect(await attempt()).toBe(429);
  });

  it("a blocked address is answered 429 when it continues an earlier payment", async () => {
    const { fail, post } = testingCards();
    const [reference = ""] = await fail(5);

    expect((await post("/pay", { ref: reference }, FROM)).status).toBe(429);
  });

  it.each<[why: string, play: (it: ReturnType<typeof testingCards>) => Promise<unknown>, options?: object]>([
    ["they fail four minutes apart", (it) => it.fail(8, { every: 4 * MINUTE_MS })],
    ["they are above R100", (it) => it.fail(8), { amount: 10_001 }],
    ["their address is unknown", (it) => it.fail(8), { ipAddress: null }],
    [
      "one failure is reported repeatedly",
      async (it) => {
        const reference = it.board.begin("payfast", 5_000, { ipAddress: GUEST_IP });
        for (let turn = 0; turn < 8; turn += 1) await it.report(reference, "failed");
      },
    ],
    [
      "they are pending",
      async (it) => {
        for (let turn = 0; turn < 8; turn += 1) {
          await it.report(it.board.begin("payfast", 5_000, { ipAddress: GUEST_IP }), "pending");
        }
      },
    ],
    [
      "they are paid",
      async (it) => {
        for (let turn = 0; turn < 8; turn += 1) {
          await it.report(it.board.begin("payfast", 5_000, { ipAddress: GUEST_IP }), "paid");
        }
      },
    ],
  ])("payments do not block the guest's address when %s", async (_, play, options = {}) => {
    const it = testingCards(options);
    await play(it);

    expect(await it.attempt()).toBe(200);
  });

  it("payments that Ozow answers with 500 do not count as failed payments", async () => {
    const { far, chipIn, fail, attempt, later } = testingCards();
    far.ozow.farSide = "answers 500";
    // A fifth failure in a row would hide Ozow, so the other four failures are PayFast's. Any five would block.
    for (let turn = 0; turn < 4; turn += 1) {
      expect((await chipIn({ provider: "ozow", amount: "20" }, FROM)).status).toBe(502);
      later(MINUTE_MS);
    }
    await fail(4);

    expect(await attempt()).toBe(200);
    await fail(1);
    expect(await attempt()).toBe(429);
  });
});
