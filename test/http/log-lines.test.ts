import { expect, it } from "vitest";
import { PROVIDERS } from "./callbacks/provider-callbacks.ts";
import { type GuestSite, guestSite } from "./guest-pages/guest-site.ts";

/** Starts two payments that fail at Ozow, then one payment with each provider. */
async function beginPayments({ far, chipIn }: GuestSite): Promise<void> {
  for (const farSide of ["answers 500", "breaks the connection"] as const) {
    far.ozow.farSide = farSide;
    expect((await chipIn({ provider: "ozow" })).status).toBe(502);
  }
  far.ozow.farSide = "works";
  for (const provider of ["payfast", "ozow", "snapscan"]) {
    expect([200, 303]).toContain((await chipIn({ provider })).status);
  }
}

/** Requests every page that takes a reference, and the pages without one. */
async function visitPages({ references, get, post, aWhileLater }: GuestSite): Promise<void> {
  aWhileLater();
  for (const reference of references()) {
    await post("/pay", { ref: reference });
    await post("/paid", { ref: reference });
    for (const page of ["thanks", "thanks.json", "pay", "payment-failed"]) await get(`/${page}?ref=${reference}`);
  }
  for (const page of ["", "?cancelled=true", "/contribute", "/live.json"]) await get(page);
}

async function visitPagesOfUnreachableBoard(guests: GuestSite): Promise<void> {
  const { object } = guests.board;
  object.outage = Object.assign(new Error("overloaded"), { overloaded: true });
  await visitPages(guests);
  expect((await guests.chipIn()).status).toBe(503);
  object.outage = null;
}

/**
 * Sends a callback with a wrong amount, then one with the right amount, twice. Ozow's callbacks contain the time and
 * have their own tests.
 */
async function receiveCallbacks({ site, far, board, references }: GuestSite): Promise<void> {
  for (const provider of PROVIDERS.filter(({ name }) => name !== "ozow")) {
    const ofProvider = references().filter((reference) => board.of(reference).provider === provider.name);
    for (const reference of ofProvider) {
      for (const amount of [19_999, 20_000, 20_000]) {
        const { body, headers } = provider.report(far, { reference, amount });
        const { status } = await site.request(`/api/webhooks/${provider.name}`, { method: "POST", body, headers });
        expect(status).toBe(provider.acceptedStatus);
      }
    }
  }
  await site.settled();
}

it("no log line of the guest pages and the callbacks contains a payment reference or a slug", async () => {
  const guests = guestSite();
  const { site, board, references } = guests;

  await beginPayments(guests);
  await visitPages(guests);
  await visitPagesOfUnreachableBoard(guests);
  await receiveCallbacks(guests);

  const events = site.logged.map(({ event }) => event);
  expect(events).toEqual(expect.arrayContaining(["request", "payment_start_failed", "board_unreachable", "callback"]));
  expect(references()).toHaveLength(5);
  const lines = site.logged.map((line) => JSON.stringify(line));
  for (const secret of [board.slug, ...references()]) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});
