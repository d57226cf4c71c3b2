import { runInDurableObject, SELF } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { createApiKey } from "#accounts/api-keys";
import { settingsOf } from "#platform/settings";
import { limiterName } from "../../src/rate-limits/limiter-name.ts";
import { anOwner, database } from "./support.ts";

const LIMIT = 100;
const READ = "https://chipin.test/v1/dream-boards/no-such-birthday-8k3m9q2rtw";

type Held = { counter: { count: number }[] };

/** A partner whose key allows `LIMIT` requests in the minute. */
async function aPartner(rateLimit = LIMIT) {
  const { partnerId } = await anOwner();
  const key = { environment: "live", partnerId, partnerName: "A partner", scopes: ["dreamboards:read"] } as const;
  const { token } = await createApiKey(database, { ...key, rateLimit });
  const limiter = () => env.RATE_LIMITER.getByName(limiterName(settingsOf(env), `partner:${partnerId}`));
  const call = async () => {
    const answer = await SELF.fetch(READ, { headers: { Authorization: `Bearer ${token}` } });
    await answer.body?.cancel();
    return answer.status;
  };
  /** How many of `calls` requests in parallel pass. */
  const passing = async (calls: number) => {
    const statuses = await Promise.all(Array.from({ length: calls }, call));
    expect(statuses.filter((status) => status !== 404 && status !== 429)).toEqual([]);
    return statuses.filter((status) => status === 404).length;
  };
  /** How many requests of the minute the storage has. */
  const written = () =>
    runInDurableObject(limiter(), (_, { storage }) => {
      const held = storage.kv.get<Held>("counter:burst");
      return (held?.counter ?? []).reduce((sum, { count }) => sum + count, 0);
    });
  /** Ends the object as a crash does: what is not written is lost. */
  const crash = () => runInDurableObject(limiter(), (_, state) => state.abort("a crash")).catch(() => undefined);
  return { passing, written, crash };
}

it("of 200 parallel requests at a limit of 100, exactly 100 pass", async () => {
  const partner = await aPartner();

  expect(await partner.passing(200)).toBe(LIMIT);
  expect(await partner.passing(50)).toBe(0);
});

it("requests that were written before the limiter crashed still count, so that exactly the rest passes", async () => {
  const partner = await aPartner();
  expect(await partner.passing(60)).toBe(60);
  await vi.waitFor(async () => expect(await partner.written()).toBe(60), { timeout: 10_000 });

  await partner.crash();

  expect(await partner.passing(200)).toBe(LIMIT - 60);
});

it("a limiter that crashes forgets what its storage lacks and nothing else", async () => {
  const partner = await aPartner();
  expect(await partner.passing(60)).toBe(60);
  await vi.waitFor(async () => expect(await partner.written()).toBe(60), { timeout: 10_000 });
  expect(await partner.passing(30)).toBe(30);

  await partner.crash();

  // On a slow machine the second is over before the crash, and nothing is forgotten.
  const kept = await partner.written();
  expect([60, 90]).toContain(kept);
  expect(await partner.passing(200)).toBe(LIMIT - kept);
});

it("of a partner's 400 requests, 40 at a time, exactly 300 pass at a limit of 300, of which some are leased", async () => {
  // A minute takes a twentieth of the hour.
  const partner = await aPartner(6_000);

  let passed = 0;
  for (let round = 0; round < 10; round += 1) passed += await partner.passing(40);

  expect(passed).toBe(300);
});
