import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accountName } from "#accounts/host-account";
import { auditLogs, hosts } from "#database/schema";
import { LINK_MS } from "#domain/host-account";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { OPERATOR_HEADERS } from "../support.ts";
import { hostSite, LAPTOP, PHONE } from "./host-site.ts";

const COOKIE = "__Host-chipin_session";

let database: TestDatabase;
let house: Awaited<ReturnType<typeof hostSite>>;
beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  house = await hostSite(database);
  return () => house.stop();
});
afterAll(() => database.stop());

const anEmail = () => `${crypto.randomUUID()}@example.co.za`;
const later = (ms: number) => {
  house.site.clock.now = new Date(house.site.clock.now.getTime() + ms);
};

describe("signing in", () => {
  it("a new parent types an address, presses the link in the mail and the button, and begins a board", async () => {
    const email = anEmail();
    const browser = house.browser();

    const asked = await browser.askForLink(` ${email.toUpperCase()} `);
    expect([asked.status, asked.html.includes(email)]).toEqual([200, true]);
    expect(house.mail.taken).toMatchObject([{ to: [email], subject: "Your link to sign in to ChipIn" }]);
    expect(house.mail.taken[0]?.text).toMatch(/1 hour/);

    const page = await browser.get(`/auth/verify?token=${browser.token()}`);
    expect([page.status, page.html.includes(email), browser.cookies.size]).toEqual([200, true, 0]);

    const signed = await browser.post("/auth/verify", { token: browser.token() });
    expect([signed.status, signed.location]).toEqual([303, "/create/child"]);
    expect(signed.headers.get("Set-Cookie")).toMatch(
      /^__Host-chipin_session=[0-9a-f]{32}\.[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(await database.db.select().from(hosts).where(eq(hosts.email, email))).toHaveLength(1);
  });

  it("a parent who has been here is led to their boards, or to the page they wanted", async () => {
    const email = anEmail();
    await house.browser().signIn(email);
    later(LINK_MS);

    expect((await house.browser(LAPTOP).signIn(email)).location).toBe("/dashboard");
    later(LINK_MS);
    expect((await house.browser(LAPTOP).signIn(email, "/dashboard?tab=payout")).location).toBe("/dashboard?tab=payout");
  });

  it("programs that open the link use nothing up", async () => {
    const browser = house.browser();
    await browser.askForLink(anEmail());
    const path = `/auth/verify?token=${browser.token()}`;

    const opened = [await house.browser("scanner").get(path), await house.browser("scanner").get(path)];

    expect(opened.map(({ status }) => status)).toEqual([200, 200]);
    expect((await browser.post("/auth/verify", { token: browser.token() })).status).toBe(303);
  });

  it("of five concurrent presses one signs in", async () => {
    const browser = house.browser();
    await browser.askForLink(anEmail());
    const token = browser.token();

    const pressed = await Promise.all([1, 2, 3, 4, 5].map(() => house.browser().post("/auth/verify", { token })));

    expect(pressed.map(({ status }) => status).toSorted()).toEqual([303, 410, 410, 410, 410]);
  });

  it("a link that was used, that ran out or that never was is explained, and a new one is offered", async () => {
    const browser = house.browser();
    await browser.signIn();
    const used = browser.token();
    await house.browser().askForLink(anEmail());
    const old = browser.token();
    later(LINK_MS);
    // KV has deleted it by then.
    house.site.magicLinks.held.clear();

    const rows: [token: string, sentence: string][] = [
      [used, "This link has run out"],
      [old, "This link has run out"],
      ["", "This link has run out"],
      [`${"0".repeat(32)}.${"A".repeat(43)}`, "This link has run out"],
      [`${old}x`, "This link has run out"],
    ];
    await browser.signIn();
    rows.push([browser.token(), "This link was used already"]);
    const found = [];
    for (const [token] of rows) {
      const answers = [
        await house.browser().get(`/auth/verify?token=${encodeURIComponent(token)}`),
        await house.browser().post("/auth/verify", { token }),
      ];
      found.push(
        answers.map(({ status, html }) => [
          status,
          html.match(/<h1>(.*?)<\/h1>/)?.[1],
          html.includes('action="/create"'),
        ]),
      );
    }
    expect(found).toEqual(rows.map(([, sentence]) => [1, 2].map(() => [410, sentence, true])));
  });

  it("a fresh link works at once where KV does not have it yet, and where KV is down", async () => {
    const browser = house.browser();
    await browser.askForLink(anEmail());
    house.site.magicLinks.held.clear();

    expect((await browser.get(`/auth/verify?token=${browser.token()}`)).status).toBe(200);
    expect((await browser.post("/auth/verify", { token: browser.token() })).status).toBe(303);

    Object.assign(house.site.magicLinks, {
      get: () => Promise.reject(new Error("KV is down")),
      put: () => Promise.reject(new Error("KV is down")),
      delete: () => Promise.reject(new Error("KV is down")),
    });
    const other = house.browser();
    expect((await other.askForLink(anEmail())).status).toBe(200);
    expect((await other.get(`/auth/verify?token=${other.token()}`)).status).toBe(200);
    expect((await other.post("/auth/verify", { token: other.token() })).status).toBe(303);
  });

  it("a link that KV still shows after it was used signs in no more", async () => {
    const browser = house.browser();
    await browser.askForLink(anEmail());
    const held = new Map(house.site.magicLinks.held);
    await browser.post("/auth/verify", { token: browser.token() });
    for (const [digest, value] of held) house.site.magicLinks.held.set(digest, value);

    expect((await house.browser().get(`/auth/verify?token=${browser.token()}`)).status).toBe(200);
    expect((await house.browser().post("/auth/verify", { token: browser.token() })).status).toBe(410);
  });

  it("the link works on another device, and its page says so", async () => {
    const [phone, laptop] = [house.browser(PHONE), house.browser(LAPTOP)];
    await phone.askForLink(anEmail());
    const path = `/auth/verify?token=${phone.token()}`;

    expect((await phone.get(path)).html).not.toContain("another device");
    expect((await laptop.get(path)).html).toContain("another device");
    expect((await laptop.post("/auth/verify", { token: phone.token() })).status).toBe(303);
  });

  it("known and unknown addresses get the same answer", async () => {
    const known = anEmail();
    await house.browser().signIn(known);
    later(LINK_MS);
    const unknown = anEmail();

    const answers = [await house.browser().askForLink(known), await house.browser().askForLink(unknown)];

    const [one, other] = answers.map(({ status, html }) => [
      status,
      html.replaceAll(known, "x").replaceAll(unknown, "x"),
    ]);
    expect(one).toEqual(other);
  });

  it("text that is no address is said to be none, and is kept in the form", async () => {
    for (const typed of [
      "",
      "thandi",
      "thandi@",
      "thandi@example.co.za, x@example.co.za",
      `${"a".repeat(250)}@b.co.za`,
    ]) {
      const { status, html } = await house.browser().askForLink(typed);
      expect([typed, status, html.includes("Please type an e-mail address")]).toEqual([typed, 422, true]);
      expect(html).toContain(`value="${typed}"`);
    }
    expect(house.mail.asked).toBe(0);
  });

  it("a mail that was not taken is sent once more, and then the page says that nothing was sent", async () => {
    house.mail.status = 500;

    const { status, html } = await house.browser().askForLink(anEmail());

    expect([status, house.mail.asked]).toEqual([503, 2]);
    expect(html).toContain("Your link was not sent");
  });

  it("the way on is a path of this site", async () => {
    const rows: [next: string, location: string][] = [
      ["/dashboard?tab=payout", "/dashboard?tab=payout"],
      ["//evil.example", "/create/child"],
      ["/\\evil.example", "/create/child"],
      ["/%5Cevil.example", "/%5Cevil.example"],
      ["https://evil.example", "/create/child"],
      ["javascript:alert(1)", "/create/child"],
      ["/.//evil.example", "/create/child"],
      ["/\t/evil.example", "/create/child"],
      ["dashboard", "/create/child"],
      ["", "/create/child"],
      [`/${"a".repeat(500)}`, "/create/child"],
    ];
    const found: [string, string | null][] = [];
    for (const [next] of rows) {
      const browser = house.browser();
      browser.address = `196.25.2.${found.length}`;
      found.push([next, (await browser.signIn(anEmail(), next)).location]);
    }
    expect(found).toEqual(rows);
  });
});

describe("limits of links", () => {
  it("an address gets one link a minute and five in a quarter of an hour, from whichever network", async () => {
    const email = anEmail();
    const statuses: number[] = [];
    const ask = async () => {
      const browser = house.browser();
      browser.address = `196.25.3.${statuses.length}`;
      const { status, headers } = await browser.askForLink(email);
      statuses.push(status);
      return Number(headers.get("Retry-After"));
    };

    await ask();
    expect(await ask()).toBe(60);
    for (let more = 0; more < 4; more += 1) {
      later(60_000);
      await ask();
    }
    later(60_000);
    expect(await ask()).toBe(10 * 60);
    expect(statuses).toEqual([200, 429, 200, 200, 200, 200, 429]);
  });

  it("a network gets ten an hour, and does not use up the share of an address above them", async () => {
    const browser = house.browser();
    const statuses = [];
    for (let each = 0; each < 10; each += 1) statuses.push((await browser.askForLink(anEmail())).status);
    const email = anEmail();
    statuses.push((await browser.askForLink(email)).status);
    const elsewhere = house.browser();
    elsewhere.address = "196.25.4.1";

    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    expect((await elsewhere.askForLink(email)).status).toBe(200);
    expect(house.site.logged.filter(({ event }) => event === "host_sign_in_limited")).toHaveLength(1);
  });

  it("no mail goes out while the limiters or the account cannot be reached", async () => {
    const unreachable = () => {
      throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
    };
    const { objects } = house.site.services;

    Object.assign(house.site.services, { objects: { ...objects, rateLimiter: unreachable } });
    expect((await house.browser().askForLink(anEmail())).status).toBe(503);
    Object.assign(house.site.services, { objects: { ...objects, hostAccount: unreachable } });
    expect((await house.browser().askForLink(anEmail())).status).toBe(503);
    expect(house.mail.asked).toBe(0);
  });
});

describe("a login", () => {
  const cookieOf = (browser: ReturnType<typeof house.browser>) => browser.cookies.get(COOKIE) ?? "";
  /** Whether the browser is signed in: the first page of the journey passes such hosts on. */
  const isIn = async (browser: ReturnType<typeof house.browser>) => (await browser.get("/create")).status === 303;

  it("a login ends a week after it was last used, and a month after it began", async () => {
    const [idle, busy] = [house.browser(), house.browser()];
    await idle.signIn();
    await busy.signIn();

    const DAY_MS = 24 * 60 * 60_000;
    for (let day = 1; day < 7; day += 1) {
      later(DAY_MS);
      expect(await isIn(busy)).toBe(true);
    }
    later(DAY_MS);
    expect([await isIn(idle), await isIn(busy)]).toEqual([false, true]);
    for (let day = 8; day < 30; day += 1) {
      later(DAY_MS);
      expect(await isIn(busy)).toBe(true);
    }
    later(DAY_MS);
    expect(await isIn(busy)).toBe(false);
  });

  it("a cookie of another kind of browser signs in no one, and a newer version of the same one is still signed in", async () => {
    const phone = house.browser(PHONE);
    await phone.signIn();
    const [thief, updated] = [house.browser(LAPTOP), house.browser(PHONE.replaceAll("120", "131"))];
    for (const browser of [thief, updated]) browser.cookies = new Map(phone.cookies);

    expect([await isIn(thief), await isIn(updated), await isIn(phone)]).toEqual([false, true, true]);
  });

  it("signing in again on the same device replaces its login, and leaves those of other devices", async () => {
    const email = anEmail();
    const [phone, laptop, again] = [house.browser(PHONE), house.browser(LAPTOP), house.browser(PHONE)];
    for (const browser of [phone, laptop, again]) {
      await browser.signIn(email);
      later(60_000);
    }

    expect([await isIn(phone), await isIn(laptop), await isIn(again)]).toEqual([false, true, true]);
  });

  it("signing in as another person ends the login that the browser had", async () => {
    const browser = house.browser();
    await browser.signIn();
    const before = new Map(browser.cookies);
    await browser.signIn();
    const old = house.browser();
    old.cookies = before;

    expect([await isIn(old), await isIn(browser)]).toEqual([false, true]);
  });

  it("signing out ends the login of this device at once, and everywhere those of all devices", async () => {
    const email = anEmail();
    const [phone, laptop] = [house.browser(PHONE), house.browser(LAPTOP)];
    await phone.signIn(email);
    later(60_000);
    await laptop.signIn(email);
    const kept = new Map(phone.cookies);

    const out = await phone.post("/auth/sign-out", { csrf: phone.csrf() });
    expect([out.status, out.location, phone.cookies.size]).toEqual([303, "/", 0]);
    phone.cookies = kept;
    expect([await isIn(phone), await isIn(laptop)]).toEqual([false, true]);

    later(60_000);
    await phone.signIn(email);
    await phone.post("/auth/sign-out-everywhere", { csrf: phone.csrf() });
    expect([await isIn(phone), await isIn(laptop)]).toEqual([false, false]);
  });

  it("signing in and out is in the audit log with the host and their address, and a failure without them", async () => {
    const email = anEmail();
    const browser = house.browser();
    await browser.signIn(email);
    await browser.post("/auth/sign-out", { csrf: browser.csrf() });
    await house.browser().post("/auth/verify", { token: browser.token() });

    const [host] = await database.db.select().from(hosts).where(eq(hosts.email, email));
    const rows = await database.db
      .select()
      .from(auditLogs)
      .where(and(eq(auditLogs.targetType, "host"), eq(auditLogs.targetId, host?.id ?? "")));
    const failures = await database.db.select().from(auditLogs).where(eq(auditLogs.action, "host.sign_in_failed"));
    expect(
      rows.map(({ action, actorType, actorEmail, ipAddress }) => [action, actorType, actorEmail, ipAddress]),
    ).toEqual(
      expect.arrayContaining([
        ["host.signed_in", "host", email, "196.25.1.1"],
        ["host.signed_out", "host", email, "196.25.1.1"],
      ]),
    );
    expect(failures.every(({ actorEmail, ipAddress }) => actorEmail === null && ipAddress === null)).toBe(true);
    expect(failures.length).toBeGreaterThan(0);
  });

  it("erasing a host ends their logins, and deletes their links and drafts", async () => {
    const email = anEmail();
    const browser = house.browser();
    await browser.signIn(email);
    later(60_000);
    await house.browser().askForLink(email);
    const account = accountName(house.site.services.settings, email);
    const [login] = await house.site.accounts.hostAccount(account).listLogins(house.site.clock.now);
    const draft = { id: "draft", json: '{"child":"Maya"}', version: 0 };
    await house.site.accounts.hostAccount(account).saveDraft(login?.loginId ?? "", draft, house.site.clock.now);
    expect(house.site.accounts.keysOf(account).map((key) => key.replace(/:.*/, ""))).toEqual([
      "draft",
      "host",
      "link",
      "link",
      "login",
    ]);

    const [host] = await database.db.select().from(hosts).where(eq(hosts.email, email));
    const erased = await house.site.request(`/internal/hosts/${host?.id}/erase`, {
      method: "POST",
      headers: { ...OPERATOR_HEADERS, "Content-Type": "application/json" },
      body: JSON.stringify({ note: "asked for it", confirm: email }),
    });

    expect(erased.status).toBe(200);
    expect(house.site.accounts.keysOf(account)).toEqual([]);
    expect(await isIn(browser)).toBe(false);
  });

  it("no log holds an address, a link or a cookie", async () => {
    const email = anEmail();
    const browser = house.browser();
    house.mail.status = 500;
    await browser.askForLink(email);
    house.mail.status = 200;
    later(60_000);
    await browser.signIn(email);
    const secrets = [email, browser.token(), cookieOf(browser), accountName(house.site.services.settings, email)];

    const logged = JSON.stringify(house.site.logged);
    expect(secrets.filter((secret) => secret === "" || logged.includes(secret))).toEqual([]);
  });
});
