import { describe, expect, it } from "vitest";
import { ALL_PROVIDERS, TURNSTILE } from "../far-sides.ts";
import { fieldsOf, type GuestSite, guestSite, plain } from "./guest-site.ts";

const FROM = { "CF-Connecting-IP": "196.25.1.7" };
const CHALLENGE = "https://challenges.cloudflare.com";
const MINUTE_MS = 60_000;
const WITH_CHALLENGE = { ...ALL_PROVIDERS, ...TURNSTILE };

/** Sends contributions one minute apart, below the limit of attempts a minute, and returns their statuses. */
async function chipInRepeatedly(
  guests: GuestSite,
  times: number,
  from: Record<string, string> = FROM,
): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < times; n += 1) {
    statuses.push((await guests.chipIn({}, from)).status);
    guests.later(MINUTE_MS);
  }
  return statuses;
}

describe("the limit of ten attempts a minute from one address on one board", () => {
  /** Sends one form repeatedly. A repeated form is no new contribution, so only the limit of attempts applies. */
  async function attempt(guests: GuestSite, times: number, addressOf: (n: number) => string): Promise<number[]> {
    const form = guests.typed();
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1) {
      statuses.push((await guests.post("/contribute", form, { "CF-Connecting-IP": addressOf(n) })).status);
    }
    return statuses;
  }
  const tenAccepted = [...Array<number>(10).fill(200), 429, 429];

  it.each<[how: string, addressOf: (n: number) => string]>([
    ["one IPv4 address", () => "196.25.1.7"],
    ["one IPv6 /64 network", (n) => `2001:db8:5:6:${n}::${n + 1}`],
    ["one IPv6 address in three spellings", (n) => ["2001:DB8::1", "2001:db8:0:0::1", "2001:0db8::0001"][n % 3] ?? ""],
    [
      "one IPv4 address in IPv4 and IPv6 form",
      (n) => ["196.25.1.7", "::ffff:196.25.1.7", "::ffff:c419:107"][n % 3] ?? "",
    ],
  ])("ten attempts a minute from %s are accepted and the next two are answered 429", async (_, addressOf) => {
    expect(await attempt(guestSite(), 12, addressOf)).toEqual(tenAccepted);
  });

  it.each<[how: string, addressOf: (n: number) => string]>([
    ["different IPv4 addresses", (n) => `196.25.1.${n}`],
    ["different IPv6 /64 networks", (n) => `2001:db8:5:${n}::1`],
  ])("attempts from %s are counted separately", async (_, addressOf) => {
    expect(await attempt(guestSite(), 12, addressOf)).toEqual(Array(12).fill(200));
  });

  it("where no challenge is configured the eleventh waits, and the 429 says how long", async () => {
    const guests = guestSite();
    await attempt(guests, 10, () => "196.25.1.7");
    guests.later(20_000);
    const recorded = guests.board.commands.length;

    const { status, headers, html } = await guests.chipIn({}, FROM);

    expect([status, headers.get("Retry-After")]).toEqual([429, "40"]);
    expect(html).toContain("Just a moment, please");
    expect(html).toContain("Nothing was charged. Please try again in a minute.");
    expect(html).toContain(`href="/${guests.board.slug}"`);
    expect(guests.board.commands).toHaveLength(recorded);
    guests.later(40_000);
    expect((await guests.chipIn({}, FROM)).status).toBe(200);
  });

  it("attempts on one board do not count on another, and a challenge opens their own", async () => {
    const guests = guestSite({ settings: WITH_CHALLENGE });
    await attempt(guests, 10, () => "196.25.1.7");

    const body = () => new URLSearchParams(guests.typed());
    const elsewhere = `/${guests.other.slug}/contribute`;
    expect((await guests.send(elsewhere, { method: "POST", body: body(), headers: FROM })).status).toBe(200);
    const page = await guests.chipIn({}, FROM);
    expect(page.status).toBe(403);
    guests.far.turnstile = () => Response.json({ success: true });
    const solved = { ...fieldsOf(page.html), "cf-turnstile-response": "a-token" };
    expect((await guests.post("/contribute", solved, FROM)).status).toBe(200);
  });

  it("a guest who goes on with a payment over the limit meets a challenge that leads back to it", async () => {
    const guests = guestSite({ settings: WITH_CHALLENGE });
    await attempt(guests, 10, () => "196.25.1.7");
    const [reference = ""] = guests.references();

    const page = await guests.post("/pay", { ref: reference }, FROM);
    expect(page.status).toBe(403);
    expect(page.html).toContain(`<form method="post" action="/${guests.board.slug}/pay"`);
    expect(fieldsOf(page.html)).toEqual({ ref: reference });
    guests.far.turnstile = () => Response.json({ success: true });
    const solved = { ...fieldsOf(page.html), "cf-turnstile-response": "a-token" };
    const { status, html } = await guests.post("/pay", solved, FROM);
    expect([status, fieldsOf(html).m_payment_id]).toEqual([200, reference]);
  });

  it("attempts without a client address are not limited", async () => {
    const guests = guestSite();
    for (let n = 0; n < 12; n += 1) expect((await guests.chipIn()).status).toBe(200);
  });

  it("invalid forms do not count as attempts", async () => {
    const guests = guestSite();
    for (let n = 0; n < 12; n += 1) expect((await guests.chipIn({ amount: "1" }, FROM)).status).toBe(422);
  });

  it("a contribution is accepted and an alert is logged when the rate limiter fails", async () => {
    const guests = guestSite();
    guests.site.limiters.rateLimiter = () => {
      throw new Error("a bug in the limiter");
    };

    expect((await guests.chipIn({}, FROM)).status).toBe(200);
    expect(guests.site.logged).toContainEqual(
      expect.objectContaining({ alert: true, event: "rate_limiter_unreachable" }),
    );
  });

  it("a refused attempt is logged without the full address", async () => {
    const guests = guestSite();
    await attempt(guests, 12, () => "196.25.1.7");

    expect(guests.site.logged).toContainEqual(
      expect.objectContaining({ event: "contribution_held_up", answer: "wait", board: guests.board.code }),
    );
    expect(JSON.stringify(guests.site.logged)).not.toContain("196.25.1.7");
  });
});

describe("the limit of five contributions an hour from one address to one board", () => {
  /** Sends five contributions that are accepted and a sixth; returns the answer to the sixth. */
  async function sixth(settings: Record<string, string> = WITH_CHALLENGE) {
    const guests = guestSite({ settings });
    expect(await chipInRepeatedly(guests, 5)).toEqual(Array(5).fill(200));
    const form = guests.typed({ amount: "350", name: `Th"andi`, message: "Two\nlines & <b>", cover_fee: "1" });
    const page = await guests.post("/contribute", form, FROM);
    return { ...guests, form, page };
  }

  it("the sixth contribution in an hour is answered with a challenge that keeps the typed fields", async () => {
    const { page, form, references, board } = await sixth();

    expect(page.status).toBe(403);
    expect(fieldsOf(page.html)).toEqual({ ...form, message: form.message });
    expect(page.html).toMatch(new RegExp(`<form method="post" action="/${board.slug}/contribute"`));
    expect(page.html).toMatch(/class="cf-turnstile" data-sitekey="1x00000000000000000000AA" data-action="contribute"/);
    expect(page.html).not.toContain('role="alert"');
    expect(references()).toHaveLength(5);
  });

  it("only the challenge page allows the origin of the challenge in its security policy", async () => {
    const { page, get } = await sixth();

    const policy = page.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain(`script-src 'self' ${CHALLENGE};`);
    expect(policy).toContain(`frame-src ${CHALLENGE};`);
    expect(policy.split(CHALLENGE)).toHaveLength(3);
    expect(policy).not.toContain("unsafe");
    const loaded = [...page.html.matchAll(/<script[^>]*src="([^"]*)"/g)].map(([, src]) => plain(src ?? ""));
    expect(loaded.filter((src) => !src.startsWith("/"))).toEqual([`${CHALLENGE}/turnstile/v0/api.js`]);
    for (const path of ["", "/contribute", "/thanks"]) {
      expect((await get(path)).headers.get("Content-Security-Policy")).not.toContain("cloudflare");
    }
  });

  it("a token that Turnstile accepts records the sixth contribution as it was typed", async () => {
    const { far, page, post, board, references } = await sixth();
    const verifications: FormData[] = [];
    far.turnstile = (form) => {
      verifications.push(form);
      return Response.json({ success: true });
    };

    const answer = await post("/contribute", { ...fieldsOf(page.html), "cf-turnstile-response": "a-token" }, FROM);

    expect(answer.status).toBe(200);
    expect(board.of(references()[5] ?? "")).toMatchObject({ amount: 36_082 });
    expect(verifications.map((form) => [form.get("response"), form.get("remoteip")])).toEqual([
      ["a-token", "196.25.1.7"],
    ]);
  });

  it.each([
    { why: "Turnstile refuses", says: { success: false, "error-codes": ["invalid-input-response"] }, token: "a-token" },
    { why: "is empty", says: { success: true }, token: "" },
    { why: "is too long", says: { success: true }, token: "x".repeat(2_049) },
  ])("a token that $why shows the challenge again and keeps the form", async ({ says, token }) => {
    const { far, form, post, references } = await sixth();
    far.turnstile = () => Response.json(says);

    const { status, html } = await post("/contribute", { ...form, "cf-turnstile-response": token }, FROM);

    expect(status).toBe(403);
    expect(html).toContain("That did not work. Please try once more.");
    expect(fieldsOf(html)).toEqual({ ...form });
    expect(references()).toHaveLength(5);
  });

  it("two tokens in one form count as no token", async () => {
    const { form, send, board, references } = await sixth();
    const body = new URLSearchParams(form);
    for (const token of ["one", "two"]) body.append("cf-turnstile-response", token);

    expect((await send(`/${board.slug}/contribute`, { method: "POST", body, headers: FROM })).status).toBe(403);
    expect(references()).toHaveLength(5);
  });

  it("the sixth contribution is accepted and the outage is logged when Turnstile is down", async () => {
    const { far, form, post, site } = await sixth();
    far.turnstile = () => new Response("no", { status: 500 });

    expect((await post("/contribute", { ...form, "cf-turnstile-response": "a-token" }, FROM)).status).toBe(200);
    expect(site.logged).toContainEqual(expect.objectContaining({ event: "turnstile_unavailable" }));
  });

  it("without a configured challenge the sixth contribution is answered 429 with the time to wait", async () => {
    const { page, later, chipIn, references } = await sixth(ALL_PROVIDERS);

    // The first of the five contributions was made five minutes ago.
    expect([page.status, page.headers.get("Retry-After")]).toEqual([429, String(55 * 60)]);
    expect(page.html).toContain("Please try again in 55 minutes.");
    later(55 * MINUTE_MS);
    expect((await chipIn({}, FROM)).status).toBe(200);
    expect(references()).toHaveLength(6);
  });

  it("a made-up token is answered 429 when no challenge is configured", async () => {
    const { form, post, references } = await sixth(ALL_PROVIDERS);

    const answer = await post("/contribute", { ...form, "cf-turnstile-response": "made up" }, FROM);

    expect(answer.status).toBe(429);
    expect(references()).toHaveLength(5);
  });

  it("a repeated form, another address and another board meet no challenge", async () => {
    const guests = guestSite({ settings: WITH_CHALLENGE });
    const form = guests.typed();
    await guests.post("/contribute", form, FROM);
    await chipInRepeatedly(guests, 4);

    expect((await guests.chipIn({}, FROM)).status).toBe(403);
    expect((await guests.post("/contribute", form, FROM)).status).toBe(200);
    expect((await guests.chipIn({}, { "CF-Connecting-IP": "196.25.1.8" })).status).toBe(200);
    const body = new URLSearchParams(guests.typed());
    const elsewhere = `/${guests.other.slug}/contribute`;
    expect((await guests.send(elsewhere, { method: "POST", body, headers: FROM })).status).toBe(200);
  });

  it("repeated submissions of one form count as one contribution", async () => {
    const guests = guestSite({ settings: WITH_CHALLENGE });
    const form = guests.typed();
    for (let n = 0; n < 8; n += 1) {
      expect((await guests.post("/contribute", form, FROM)).status).toBe(200);
      guests.later(MINUTE_MS);
    }
    expect(await chipInRepeatedly(guests, 5)).toEqual([200, 200, 200, 200, 403]);
  });

  it("an address that failed twenty challenges in a minute is answered 429 and causes no request to Turnstile", async () => {
    const { far, form, post, later } = await sixth();
    far.turnstile = () => Response.json({ success: false, "error-codes": ["invalid-input-response"] });
    const failing = { ...form, "cf-turnstile-response": "a-token" };
    for (let n = 0; n < 20; n += 1) expect((await post("/contribute", failing, FROM)).status).toBe(403);
    const asked = far.asked.length;

    expect((await post("/contribute", failing, FROM)).status).toBe(429);
    expect(far.asked).toHaveLength(asked);
    later(MINUTE_MS);
    expect((await post("/contribute", failing, FROM)).status).toBe(403);
  });
});
