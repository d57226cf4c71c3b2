import { describe, expect, it } from "vitest";
import { ALL_PROVIDERS, TURNSTILE } from "../far-sides.ts";
import { fieldsOf, type GuestSite, guestSite, plain } from "./guest-site.ts";

const FROM = { "CF-Connecting-IP": "196.25.1.7" };
const CHALLENGE = "https://challenges.cloudflare.com";
const MINUTE_MS = 60_000;
const WITH_CHALLENGE = { ...ALL_PROVIDERS, ...TURNSTILE };

/** So many contributions of one address, one minute apart so that only their number counts; their statuses. */
async function chipInOften(guests: GuestSite, times: number, from: Record<string, string> = FROM): Promise<number[]> {
  const statuses: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    statuses.push((await guests.chipIn({}, from)).status);
    guests.later(MINUTE_MS);
  }
  return statuses;
}

describe("ten attempts a minute from one address", () => {
  /** Sent again, a form is no new contribution: only the attempts count. */
  async function attempt(guests: GuestSite, times: number, addressOf: (turn: number) => string): Promise<number[]> {
    const form = guests.typed();
    const statuses: number[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      statuses.push((await guests.post("/contribute", form, { "CF-Connecting-IP": addressOf(turn) })).status);
    }
    return statuses;
  }
  const tenAndNoMore = [...Array<number>(10).fill(200), 429, 429];

  it.each<[how: string, addressOf: (turn: number) => string]>([
    ["IPv4", () => "196.25.1.7"],
    ["IPv6 of one /64, which is one customer", (turn) => `2001:db8:5:6:${turn}::${turn + 1}`],
    ["IPv6 written in many ways", (turn) => ["2001:DB8::1", "2001:db8:0:0::1", "2001:0db8::0001"][turn % 3] ?? ""],
    ["IPv4, also inside IPv6", (turn) => ["196.25.1.7", "::ffff:196.25.1.7", "::ffff:c419:107"][turn % 3] ?? ""],
  ])("are taken, the others wait: %s", async (_, addressOf) => {
    expect(await attempt(guestSite(), 12, addressOf)).toEqual(tenAndNoMore);
  });

  it.each<[how: string, addressOf: (turn: number) => string]>([
    ["IPv4", (turn) => `196.25.1.${turn}`],
    ["IPv6 networks", (turn) => `2001:db8:5:${turn}::1`],
  ])("do not count together with other addresses: %s", async (_, addressOf) => {
    expect(await attempt(guestSite(), 12, addressOf)).toEqual(Array(12).fill(200));
  });

  it("count whatever the board, and say how long to wait", async () => {
    const guests = guestSite();
    await attempt(guests, 10, () => "196.25.1.7");
    guests.later(20_000);

    const path = `/${guests.other.slug}/contribute`;
    const body = new URLSearchParams(guests.typed());
    const { status, headers, html } = await guests.send(path, { method: "POST", body, headers: FROM });

    expect([status, headers.get("Retry-After")]).toEqual([429, "40"]);
    expect(html).toContain("Just a moment, please");
    expect(html).toContain("Nothing was charged. Please try again in a minute.");
    expect(html).toContain(`href="/${guests.other.slug}"`);
    expect(guests.other.commands).toEqual([]);
    guests.later(40_000);
    expect((await guests.chipIn({}, FROM)).status).toBe(200);
  });

  it("are not counted where nobody knows the address", async () => {
    const guests = guestSite();
    for (let turn = 0; turn < 12; turn += 1) expect((await guests.chipIn()).status).toBe(200);
  });

  it("do not count forms that say nothing we could take", async () => {
    const guests = guestSite();
    for (let turn = 0; turn < 12; turn += 1) expect((await guests.chipIn({ amount: "1" }, FROM)).status).toBe(422);
  });

  it("let everybody through when the limiter cannot be asked, with an alert", async () => {
    const guests = guestSite();
    guests.site.limiters.rateLimiter = () => {
      throw new Error("a bug in the limiter");
    };

    expect((await guests.chipIn({}, FROM)).status).toBe(200);
    expect(guests.site.logged).toContainEqual(
      expect.objectContaining({ alert: true, event: "rate_limiter_unreachable" }),
    );
  });

  it("write no full address into the log", async () => {
    const guests = guestSite();
    await attempt(guests, 12, () => "196.25.1.7");

    expect(guests.site.logged).toContainEqual(
      expect.objectContaining({ event: "contribution_held_up", answer: "wait", board: guests.board.code }),
    );
    expect(JSON.stringify(guests.site.logged)).not.toContain("196.25.1.7");
  });
});

describe("the sixth contribution an hour from one address to one board", () => {
  /** Five that are taken, and the page the sixth meets. */
  async function sixth(settings: Record<string, string> = WITH_CHALLENGE) {
    const guests = guestSite({ settings });
    expect(await chipInOften(guests, 5)).toEqual(Array(5).fill(200));
    const form = guests.typed({ amount: "350", name: `Th"andi`, message: "Two\nlines & <b>", cover_fee: "1" });
    const page = await guests.post("/contribute", form, FROM);
    return { ...guests, form, page };
  }

  it("meets a challenge that keeps everything that was typed", async () => {
    const { page, form, references, board } = await sixth();

    expect(page.status).toBe(403);
    expect(fieldsOf(page.html)).toEqual({ ...form, message: form.message });
    expect(page.html).toMatch(new RegExp(`<form method="post" action="/${board.slug}/contribute"`));
    expect(page.html).toMatch(/class="cf-turnstile" data-sitekey="1x00000000000000000000AA" data-action="contribute"/);
    expect(page.html).not.toContain('role="alert"');
    expect(references()).toHaveLength(5);
  });

  it("allows exactly the challenge's origin on exactly this page", async () => {
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

  it("goes on with a token Turnstile vouches for, as what was typed before", async () => {
    const { far, page, post, board, references } = await sixth();
    const questions: FormData[] = [];
    far.turnstile = (form) => {
      questions.push(form);
      return Response.json({ success: true });
    };

    const answer = await post("/contribute", { ...fieldsOf(page.html), "cf-turnstile-response": "a-token" }, FROM);

    expect(answer.status).toBe(200);
    expect(board.of(references()[5] ?? "")).toMatchObject({ amount: 36_082 });
    expect(questions.map((form) => [form.get("response"), form.get("remoteip")])).toEqual([["a-token", "196.25.1.7"]]);
  });

  it.each([
    { why: "Turnstile refuses", says: { success: false, "error-codes": ["invalid-input-response"] }, token: "a-token" },
    { why: "is empty", says: { success: true }, token: "" },
    { why: "is longer than any of theirs", says: { success: true }, token: "x".repeat(2_049) },
  ])("shows the challenge again for a token that $why, and keeps the form", async ({ says, token }) => {
    const { far, form, post, references } = await sixth();
    far.turnstile = () => Response.json(says);

    const { status, html } = await post("/contribute", { ...form, "cf-turnstile-response": token }, FROM);

    expect(status).toBe(403);
    expect(html).toContain("That did not work. Please try once more.");
    expect(fieldsOf(html)).toEqual({ ...form });
    expect(references()).toHaveLength(5);
  });

  it("takes two tokens in one form for none", async () => {
    const { form, send, board, references } = await sixth();
    const body = new URLSearchParams(form);
    for (const token of ["one", "two"]) body.append("cf-turnstile-response", token);

    expect((await send(`/${board.slug}/contribute`, { method: "POST", body, headers: FROM })).status).toBe(403);
    expect(references()).toHaveLength(5);
  });

  it("goes on when Turnstile is down: the attempts are limited all the same", async () => {
    const { far, form, post, site } = await sixth();
    far.turnstile = () => new Response("no", { status: 500 });

    expect((await post("/contribute", { ...form, "cf-turnstile-response": "a-token" }, FROM)).status).toBe(200);
    expect(site.logged).toContainEqual(expect.objectContaining({ event: "turnstile_unavailable" }));
  });

  it("waits where no challenge is configured, and says how long", async () => {
    const { page, later, chipIn, references } = await sixth(ALL_PROVIDERS);

    // The first of the five was made five minutes ago.
    expect([page.status, page.headers.get("Retry-After")]).toEqual([429, String(55 * 60)]);
    expect(page.html).toContain("Please try again in 55 minutes.");
    later(55 * MINUTE_MS);
    expect((await chipIn({}, FROM)).status).toBe(200);
    expect(references()).toHaveLength(6);
  });

  it("waits there also with a token somebody made up", async () => {
    const { form, post, references } = await sixth(ALL_PROVIDERS);

    const answer = await post("/contribute", { ...form, "cf-turnstile-response": "made up" }, FROM);

    expect(answer.status).toBe(429);
    expect(references()).toHaveLength(5);
  });

  it("is none for a form that was sent before, or for another board, or another address", async () => {
    const guests = guestSite({ settings: WITH_CHALLENGE });
    const form = guests.typed();
    await guests.post("/contribute", form, FROM);
    await chipInOften(guests, 4);

    expect((await guests.chipIn({}, FROM)).status).toBe(403);
    expect((await guests.post("/contribute", form, FROM)).status).toBe(200);
    expect((await guests.chipIn({}, { "CF-Connecting-IP": "196.25.1.8" })).status).toBe(200);
    const body = new URLSearchParams(guests.typed());
    const elsewhere = `/${guests.other.slug}/contribute`;
    expect((await guests.send(elsewhere, { method: "POST", body, headers: FROM })).status).toBe(200);
  });

  it("is not reached by sending one form many times", async () => {
    const guests = guestSite({ settings: WITH_CHALLENGE });
    const form = guests.typed();
    for (let turn = 0; turn < 8; turn += 1) {
      expect((await guests.post("/contribute", form, FROM)).status).toBe(200);
      guests.later(MINUTE_MS);
    }
    expect(await chipInOften(guests, 5)).toEqual([200, 200, 200, 200, 403]);
  });

  it("makes us ask Turnstile nothing for an address that must wait", async () => {
    const guests = guestSite({ settings: WITH_CHALLENGE });
    const form = guests.typed();
    for (let turn = 0; turn < 10; turn += 1) await guests.post("/contribute", form, FROM);
    const asked = guests.far.asked.length;

    const answer = await guests.post("/contribute", { ...form, "cf-turnstile-response": "a-token" }, FROM);

    expect(answer.status).toBe(429);
    expect(guests.far.asked).toHaveLength(asked);
  });
});
