import { expect, it } from "vitest";
import { everyRow } from "../../support/every-row.ts";
import { countHops } from "../object-hops.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

const FROM_AN_ADDRESS = { "CF-Connecting-IP": "203.0.113.7" };

/** How many calls to objects a form waits for, one after another, in an isolate that knows nothing yet. */
async function hopsOf(guests: GuestSite, path: string, fields: Record<string, string>) {
  guests.aWhileLater();
  const { objects } = guests.site.services;
  const count = countHops(objects);
  Object.assign(guests.site.services, { objects: count.objects });
  const body = new URLSearchParams(fields);
  const answer = await guests.site.request(`/${guests.board.slug}${path}`, {
    method: "POST",
    body,
    headers: FROM_AN_ADDRESS,
  });
  const waitedFor = { status: answer.status, hops: count.hops(), calls: [...count.calls] };
  await guests.site.settled();
  Object.assign(guests.site.services, { objects });
  return waitedFor;
}

it("a form to chip in, and one to go on with a payment, wait for at most two calls to objects one after another", async () => {
  const rows = (["payfast", "ozow", "snapscan"] as const).flatMap((provider) => [
    { provider, path: "/contribute" },
    { provider, path: "/pay" },
  ]);
  await everyRow(rows, async ({ provider, path }) => {
    const guests = guestSite();
    const begun = guests.board.begin(provider, 20_000);
    const fields = path === "/pay" ? { ref: begun } : guests.typed({ provider });
    const { status, hops, calls } = await hopsOf(guests, path, fields);

    expect(status).toBeLessThan(400);
    expect({ hops, calls }).toMatchObject({ hops: 2, calls: expect.arrayContaining(["2 board.execute"]) });
    expect(calls.filter((call) => call.includes("limiter")).length).toBeGreaterThan(0);
  });
});
