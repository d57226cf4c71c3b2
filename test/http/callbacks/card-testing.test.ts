import { describe, expect, it } from "vitest";
import { guestSite } from "../guest-pages/guest-site.ts";
import { DOORS } from "./doors.ts";

const TESTER = "196.25.1.7";
const PROVIDER = "197.97.145.150";
const FROM = { "CF-Connecting-IP": TESTER };
const MINUTE_MS = 60_000;
const [payfast, , snapscan] = DOORS as [(typeof DOORS)[number], unknown, (typeof DOORS)[number]];

/** A site where payments of `TESTER` fail as often as the test says; one status a failure. */
function testingCards({ amount = 5_000, door = payfast, ipAddress = TESTER as string | null } = {}) {
  const guests = guestSite();
  const { site, board, far, later } = guests;

  async function tell(reference: string, outcome: "paid" | "failed" | "pending") {
    const { body, headers } = door.tell(far, { reference, amount, outcome });
    const all = { ...headers, "CF-Connecting-IP": PROVIDER };
    const { status } = await site.request(`/api/webhooks/${door.name}`, { method: "POST", body, headers: all });
    await site.settled();
    expect(status).toBe(door.thanks);
  }
  async function fail(times: number, { every = MINUTE_MS } = {}) {
    const references: string[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      const reference = board.begin(door.name, amount, { ipAddress });
      references.push(reference);
      await tell(reference, "failed");
      later(every);
    }
    return references;
  }
  const attempt = async (from: Record<string, string> = FROM) => (await guests.chipIn({}, from)).status;
  return { ...guests, fail, tell, attempt };
}

describe("small payments that fail", () => {
  it.each([payfast, snapscan])("block the guest's address after five in a quarter of an hour: $name", async (door) => {
    const { fail, attempt, chipIn, later, site } = testingCards({ door });
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

  it("block nobody else: not the provider that tells of them, not another guest", async () => {
    const { fail, attempt } = testingCards();
    await fail(6);

    expect(await attempt({ "CF-Connecting-IP": PROVIDER })).toBe(200);
    expect(await attempt({ "CF-Connecting-IP": "196.25.1.8" })).toBe(200);
    expect(await attempt()).toBe(429);
  });

  it("keep a blocked address from going on with what it began", async () => {
    const { fail, post } = testingCards();
    const [reference = ""] = await fail(5);

    expect((await post("/pay", { ref: reference }, FROM)).status).toBe(429);
  });

  it.each<[why: string, play: (it: ReturnType<typeof testingCards>) => Promise<unknown>, options?: object]>([
    ["they come slowly", (it) => it.fail(8, { every: 4 * MINUTE_MS })],
    ["they are large", (it) => it.fail(8), { amount: 10_001 }],
    ["nobody knows whose they are", (it) => it.fail(8), { ipAddress: null }],
    [
      "it is one failure, told many times",
      async (it) => {
        const reference = it.board.begin("payfast", 5_000, { ipAddress: TESTER });
        for (let turn = 0; turn < 8; turn += 1) await it.tell(reference, "failed");
      },
    ],
    [
      "they go on, and are not failed",
      async (it) => {
        for (let turn = 0; turn < 8; turn += 1) {
          await it.tell(it.board.begin("payfast", 5_000, { ipAddress: TESTER }), "pending");
        }
      },
    ],
    [
      "they are good",
      async (it) => {
        for (let turn = 0; turn < 8; turn += 1) {
          await it.tell(it.board.begin("payfast", 5_000, { ipAddress: TESTER }), "paid");
        }
      },
    ],
  ])("block nobody when %s", async (_, play, options = {}) => {
    const it = testingCards(options);
    await play(it);

    expect(await it.attempt()).toBe(200);
  });

  it("block nobody when it is we who cannot reach the provider", async () => {
    const { far, chipIn, attempt, later } = testingCards();
    far.ozow.farSide = "answers 500";
    for (let turn = 0; turn < 4; turn += 1) {
      expect((await chipIn({ provider: "ozow", amount: "20" }, FROM)).status).toBe(502);
      later(MINUTE_MS);
    }
    far.ozow.farSide = "works";

    expect(await attempt()).toBe(200);
  });
});
