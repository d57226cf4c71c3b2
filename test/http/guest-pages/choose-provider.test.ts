import { describe, expect, it } from "vitest";
import { pauseProvider, resumeProvider } from "#payments/availability/provider-switches";
import { ALL_PROVIDERS, OZOW, PAYFAST, SNAPSCAN } from "../far-sides.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

/** The providers that a page offers as radio buttons; the selected one has a star. */
const choices = (html: string) =>
  [...html.matchAll(/type="radio" name="provider" value="(\w+)"( checked)?/g)].map(
    ([, name, checked]) => `${name}${checked ? "*" : ""}`,
  );
const onlyChoice = (html: string) => /type="hidden" name="provider" value="(\w+)"/.exec(html)?.[1];

/** Sends contributions through Ozow while it answers 500, and returns their statuses. */
async function failAtOzow({ far, chipIn, aWhileLater }: GuestSite, times: number): Promise<number[]> {
  far.ozow.farSide = "answers 500";
  const statuses: number[] = [];
  for (let n = 0; n < times; n += 1) {
    statuses.push((await chipIn({ provider: "ozow" })).status);
    aWhileLater();
  }
  far.ozow.farSide = "works";
  return statuses;
}

describe("the providers on the form", () => {
  it.each([
    { settings: ALL_PROVIDERS, offered: ["payfast*", "ozow", "snapscan"] },
    { settings: { ...PAYFAST, ...SNAPSCAN }, offered: ["payfast*", "snapscan"] },
    { settings: { ...SNAPSCAN, ...OZOW }, offered: ["ozow*", "snapscan"] },
  ])("the form offers $offered when these providers are configured", async ({ settings, offered }) => {
    const { html } = await guestSite({ settings }).get("/contribute");

    expect(choices(html)).toEqual(offered);
  });

  it.each([
    { settings: PAYFAST, only: "payfast", says: "<strong>Pay with PayFast</strong> · Card" },
    { settings: OZOW, only: "ozow", says: "<strong>Pay with Ozow</strong> · Instant EFT" },
    { settings: SNAPSCAN, only: "snapscan", says: "<strong>Pay with SnapScan</strong>" },
  ])("the form offers no choice when $only is the only configured provider", async ({ settings, only, says }) => {
    const { html } = await guestSite({ settings }).get("/contribute");

    expect(choices(html)).toEqual([]);
    expect(onlyChoice(html)).toBe(only);
    expect(html).toContain(says);
  });

  it.each([
    { lacking: "OZOW_WEBHOOK_SECRETS", gone: "ozow" },
    { lacking: "SNAPSCAN_WEBHOOK_AUTH_KEY", gone: "snapscan" },
    { lacking: "PAYFAST_MERCHANT_KEY", gone: "payfast" },
  ])("the form does not offer $gone when $lacking is not set", async ({ lacking, gone }) => {
    const settings = Object.fromEntries(Object.entries(ALL_PROVIDERS).filter(([name]) => name !== lacking));
    const { html } = await guestSite({ settings }).get("/contribute");

    expect(choices(html).map((name) => name.replace("*", ""))).toEqual(
      ["payfast", "ozow", "snapscan"].filter((name) => name !== gone),
    );
  });

  it("a form that is shown again keeps the selected provider", async () => {
    const { html, status } = await guestSite().chipIn({ provider: "snapscan", amount: "1" });

    expect(status).toBe(422);
    expect(choices(html)).toEqual(["payfast", "ozow", "snapscan*"]);
  });
});

describe("paused providers", () => {
  it("a paused provider is hidden from concurrent requests and offered again once it is resumed", async () => {
    const { site, get, aWhileLater } = guestSite();
    await pauseProvider(site.services, "ozow", "Ozow has trouble today");

    const pages = await Promise.all([get("/contribute"), get("/contribute")]);
    for (const { html } of pages) expect(choices(html)).toEqual(["payfast*", "snapscan"]);

    await resumeProvider(site.services, "ozow");
    aWhileLater();
    expect(choices((await get("/contribute")).html)).toEqual(["payfast*", "ozow", "snapscan"]);
  });

  it("a form with a paused provider is answered 422 with its fields kept, and nothing is recorded", async () => {
    const { site, board, far, chipIn } = guestSite();
    await pauseProvider(site.services, "ozow", "Ozow has trouble today");

    const { status, html } = await chipIn({ provider: "ozow", amount: "250", name: "Gogo", message: "Joy!" });

    expect(status).toBe(422);
    expect(html).toMatch(/<fieldset class="providers" aria-describedby="provider-error"/);
    expect(html).toContain("Please choose how you would like to pay.");
    expect(choices(html)).toEqual(["payfast*", "snapscan"]);
    for (const kept of ['value="250"', 'value="Gogo"', ">Joy!<"]) expect(html).toContain(kept);
    expect([board.commands, far.asked]).toEqual([[], []]);
  });

  it("payments are unavailable when every configured provider is paused", async () => {
    const { site, board, get, chipIn } = guestSite({ settings: { ...PAYFAST, ...OZOW } });
    await pauseProvider(site.services, "ozow", "Ozow has trouble today");
    await pauseProvider(site.services, "payfast", "PayFast too");

    for (const page of [await get("/contribute"), await chipIn()]) {
      expect(page.status).toBe(503);
      expect(page.html).toContain("Payments are unavailable right now");
      expect(page.html).toContain(`href="/${board.slug}"`);
    }
    expect(board.commands).toEqual([]);
  });

  it("resuming a payment at a paused provider is answered 503 and starts nothing", async () => {
    const { site, far, board, chipIn, post, references, aWhileLater } = guestSite();
    await chipIn({ provider: "ozow" });
    const [reference = ""] = references();
    const asked = far.asked.length;
    await pauseProvider(site.services, "ozow", "Ozow has trouble today");
    aWhileLater();

    const { status, html } = await post("/pay", { ref: reference });

    expect(status).toBe(503);
    expect(html).toContain("Ozow is not available right now. Nothing was charged.");
    expect(choices(html)).toEqual(["payfast*", "snapscan"]);
    expect(far.asked).toHaveLength(asked);
    expect(board.of(reference).status).toBe("pending");
  });
});

describe("providers that fail to start payments", () => {
  it("a provider is hidden after five failures and offered again after a minute", async () => {
    const guests = guestSite();
    const { site, get, later } = guests;

    expect(await failAtOzow(guests, 4)).toEqual([502, 502, 502, 502]);
    expect(choices((await get("/contribute")).html)).toEqual(["payfast*", "ozow", "snapscan"]);
    expect(await failAtOzow(guests, 1)).toEqual([502]);

    expect(choices((await get("/contribute")).html)).toEqual(["payfast*", "snapscan"]);
    expect(site.logged).toContainEqual(
      expect.objectContaining({ alert: true, event: "provider_hidden", provider: "ozow" }),
    );
    later(60_000);
    expect(choices((await get("/contribute")).html)).toEqual(["payfast*", "ozow", "snapscan"]);
  });

  it("refusals of single payments hide no provider, however many there are", async () => {
    const guests = guestSite();
    const { far, site, get } = guests;
    far.ozow.rule = (_request, pathname) => (pathname === "/payments" ? new Response("{}", { status: 422 }) : null);

    for (let n = 0; n < 6; n += 1) expect((await guests.chipIn({ provider: "ozow" })).status).toBe(502);
    await site.settled();

    expect(await site.switches.providerSwitch("ozow").state(site.clock.now)).toMatchObject({ failuresInARow: 0 });
    expect(choices((await get("/contribute")).html)).toEqual(["payfast*", "ozow", "snapscan"]);
  });

  it("the other providers stay available while one is hidden", async () => {
    const guests = guestSite();
    await failAtOzow(guests, 5);

    expect((await guests.chipIn({ provider: "payfast" })).status).toBe(200);
    expect((await guests.chipIn({ provider: "snapscan" })).status).toBe(200);
  });

  it("a provider stays offered when one of its payments starts between the failures", async () => {
    const guests = guestSite();
    await failAtOzow(guests, 4);
    expect((await guests.chipIn({ provider: "ozow" })).status).toBe(303);
    await failAtOzow(guests, 4);

    expect(choices((await guests.get("/contribute")).html)).toContain("ozow");
  });

  it("payments are unavailable while the only provider is hidden", async () => {
    const guests = guestSite({ settings: OZOW });
    await failAtOzow(guests, 5);

    expect((await guests.get("/contribute")).status).toBe(503);
    expect((await guests.chipIn({ provider: "ozow" })).status).toBe(503);
    guests.later(60_000);
    expect((await guests.chipIn({ provider: "ozow" })).status).toBe(303);
  });
});
