import { expect, it } from "vitest";
import { payOnTestPage, TEST_OUTCOMES, type TestOutcome } from "#checkout/test-payment";
import { OUTCOMES } from "../../../local/simulators/outcomes.ts";
import { PUBLIC_ORIGIN } from "../support.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

const sandboxSite = () => guestSite({ sandbox: true });

async function begin(site: GuestSite): Promise<string> {
  await site.chipIn({ provider: "sandbox" });
  return site.references().at(-1) ?? "";
}

const press = (site: GuestSite, reference: string, outcome: string) =>
  site.post("/test-payment", { ref: reference, outcome });

/** How the contribution stands, and its refunds. */
function standing(site: GuestSite, reference: string) {
  const { status, refunds } = site.board.of(reference);
  return [status, ...[...refunds.values()].map((refund) => `${refund.cause} ${refund.status}`)].join(", ");
}

it("the test page is the one way to pay on a sandbox board, also where no provider is configured", async () => {
  for (const site of [sandboxSite(), guestSite({ sandbox: true, settings: {} })]) {
    const { html } = await site.get("/contribute");
    const { status, location } = await site.chipIn({ provider: "sandbox" });
    const [reference = ""] = site.references();

    expect(html).toContain("No real money moves here.");
    expect(html.match(/name="provider" value="\w+"/g)).toEqual(['name="provider" value="sandbox"']);
    expect([status, location]).toEqual([303, `${PUBLIC_ORIGIN}/${site.board.slug}/test-payment?ref=${reference}`]);
    expect((await site.chipIn({ provider: "payfast" })).status).toBe(422);
    expect(site.references()).toEqual([reference]);
  }
});

it("a live board has no test page, and takes no test payment", async () => {
  const site = guestSite();
  await site.chipIn();
  const [reference = ""] = site.references();
  const receipt = site.receipt(reference);
  if (!receipt) throw new Error("the contribution has no receipt");

  expect((await site.get(`/test-payment?ref=${reference}`)).status).toBe(404);
  expect((await press(site, reference, "pay")).status).toBe(404);
  expect((await site.chipIn({ provider: "sandbox" })).status).toBe(422);
  await payOnTestPage(site.site.services, receipt, "pay");
  expect(standing(site, reference)).toBe("pending");
});

it("the test page has a button for each outcome of the local simulators", async () => {
  const site = sandboxSite();
  const { html } = await site.get(`/test-payment?ref=${await begin(site)}`);

  expect([...TEST_OUTCOMES]).toEqual([...OUTCOMES]);
  expect([...html.matchAll(/name="outcome" value="(\w+)"/g)].map(([, outcome]) => outcome)).toEqual([...OUTCOMES]);
});

it("each outcome does what its button says, and pressing it again changes nothing", async () => {
  const thanks = "/thanks?ref=";
  const rows: [TestOutcome, string, string][] = [
    ["pay", "completed", thanks],
    ["cancel", "failed", "/thanks/cancelled?ref="],
    ["fail", "failed", thanks],
    ["pay_twice", "completed, surplus_payment completed", thanks],
    ["wrong_amount", "pending, amount_mismatch completed", thanks],
    ["bad_signature", "pending", thanks],
    ["silent", "pending", thanks],
    ["duplicate", "completed", thanks],
    ["reorder", "completed", thanks],
  ];
  const seen = [];
  for (const [outcome] of rows) {
    const site = sandboxSite();
    const reference = await begin(site);
    const { status, location } = await press(site, reference, outcome);
    const events = site.board.log.length;
    await press(site, reference, outcome);
    expect([outcome, status, site.board.log.length]).toEqual([outcome, 303, events]);
    const place = location?.replace(`/${site.board.slug}`, "").replace(reference, "");
    seen.push([outcome, standing(site, reference), place]);
  }

  expect(seen).toEqual(rows);
});

it("a late payment arrives after the guest has come back", async () => {
  const site = sandboxSite();
  const reference = await begin(site);
  const receipt = site.receipt(reference);
  if (!receipt) throw new Error("the contribution has no receipt");

  await payOnTestPage(site.site.services, receipt, "pay_late", { lateMs: 0 });
  expect(standing(site, reference)).toBe("pending");
  await site.site.settled();
  expect(standing(site, reference)).toBe("completed");
});

it("a failed payment is tried again on the test page, and no provider is asked about it", async () => {
  const site = sandboxSite();
  const reference = await begin(site);
  await press(site, reference, "fail");
  site.aWhileLater();

  expect((await site.post("/paid", { ref: reference })).location).toContain("asked=1");
  const again = await site.post("/pay", { ref: reference });
  expect(again.location).toContain(`/test-payment?ref=${reference}`);
  await press(site, reference, "pay");
  expect(standing(site, reference)).toBe("completed");
  expect(site.far.ozow.payments).toEqual([]);
});

it("an unknown outcome shows the test page again, and a foreign reference leads to the form", async () => {
  const site = sandboxSite();
  const reference = await begin(site);

  expect((await press(site, reference, "steal")).location).toContain(`/test-payment?ref=${reference}`);
  expect((await press(site, "unknown", "pay")).location).toBe(`/${site.board.slug}/contribute`);
  expect(standing(site, reference)).toBe("pending");
});
