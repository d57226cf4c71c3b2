import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consents } from "#database/consent-tables";
import { dreamBoards } from "#database/schema";
import { CONSENT_WORDING } from "#domain/consent";
import { DEFAULT_PARTNER } from "#domain/default-partner";
import { STEPS, type Step } from "#domain/draft";
import { boardCode, newId, parsePublicId } from "#domain/ids";
import { addDays, zoneDate } from "#domain/time";
import { sweepPictures } from "../../../src/jobs/sweep-pictures.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aPng, type PicturesInMemory } from "../../support/pictures.ts";
import { PUBLIC_ORIGIN } from "../support.ts";
import { signedIn } from "./managed-site.ts";
import { aParent, draftOf, escaped, fillIn, fillInUpTo, formsOf, hiddenIn, keysIn, mistakes } from "./wizard-parent.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const closesOn = (html: string) => /your guests see until ([^.<]+)\./.exec(html)?.[1];

describe("the wizard", () => {
  it("a parent fills in four steps, sees the board as guests will, agrees, and the board is open under the default partner", async () => {
    const parent = await aParent(database);
    const { html, ...keys } = await fillIn(parent);
    expect(html).toContain("Chip in for");
    expect(html).toContain("LEGO &lt;b&gt;Treehouse&lt;/b&gt;");
    expect(html).not.toContain("<b>Treehouse");

    const unticked = await parent.post("review", keys);
    expect([unticked.status, mistakes(unticked.html)]).toEqual([422, ["consent"]]);
    const created = await parent.post("review", { ...keys, consent: "1" });

    expect(created.status).toBe(303);
    const boardId = parsePublicId("board", created.location?.split("/").at(-1) ?? "") ?? "";
    expect(boardId).toBe(keys.draft);
    const [consent] = await database.db.select().from(consents).where(eq(consents.dreamBoardId, boardId));
    expect(consent).toMatchObject({
      hostId: parent.host?.id,
      wording: CONSENT_WORDING,
      givenAt: parent.site.clock.now,
    });
    const page = await parent.parent.get(`/maya-birthday-${boardCode(boardId)}`);
    expect([page.status, page.html.includes("/pictures/"), page.html.includes("2,499")]).toEqual([200, true, false]);
    const managed = await parent.parent.get(created.location ?? "");
    expect(managed.status).toBeLessThan(400);
    const [row] = await database.db.select().from(dreamBoards).where(eq(dreamBoards.id, boardId));
    expect(row).toMatchObject({ partnerId: DEFAULT_PARTNER.id, goalCents: 249_900, payoutEmail: parent.email });
  });

  it("a form that is sent twice opens one board, and leads to it both times", async () => {
    const parent = await aParent(database);
    const { html: _, ...keys } = await fillIn(parent);
    const [one, two] = await Promise.all([1, 2].map(() => parent.post("review", { ...keys, consent: "1" })));
    const late = await parent.post("review", { ...keys, consent: "1" });

    expect(new Set([one?.location, two?.location, late.location]).size).toBe(1);
    expect(await database.db.$count(consents, eq(consents.hostId, parent.host?.id ?? ""))).toBe(1);
  });

  it("the pictures of an opened board stay, and those of a draft that was left are deleted after seven days", async () => {
    const parent = await aParent(database);
    const product_image = new Blob([new Uint8Array(aPng(60, 60))]);
    const pictures = [];
    for (const isOpened of [true, false]) {
      const { html, ...keys } = await fillIn(parent, { gift: { product_image } });
      pictures.push(new Set(html.match(/\/pictures\/[0-9a-f-]{36}/g)));
      if (isOpened) expect((await parent.post("review", { ...keys, consent: "1" })).status).toBe(303);
    }
    await sweepPictures(parent.site.services, addDays(parent.site.clock.now, 8));

    const { objects } = parent.site.services.pictures as PicturesInMemory;
    const isThere = (path: string) => [...objects.keys()].some((key) => `/pictures/${key}`.startsWith(path));
    expect(pictures.map((of) => [...of].map(isThere))).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it("a gift of giving has its cause, its impact as the goal, and a donation", async () => {
    const parent = await aParent(database);
    const giving = { gift_type: "philanthropy", cause_id: "greenpop", impact: "50000" };
    const { html } = await fillIn(parent, { gift: giving, details: { payout_method: "" } });
    expect(html).toContain("Plant 10 trees");
    expect(html).toContain("R500");
  });

  it("without scripts a tap on one of the days sets the last day, and a day that is typed counts before it", async () => {
    const parent = await aParent(database);
    const { html, ...keys } = await fillInUpTo(parent, "details");
    const days = [...html.matchAll(/name="last_day" value="([^"]+)"/g)].map(([, day]) => day);
    expect(days).toEqual(["2026-12-21", "2026-12-20", "2026-12-08", "2026-12-15", "2027-01-01"]);
    expect(html).toContain('name="last_day" value="2026-12-21" checked');
    const lastDayAfter = async (fields: Record<string, string>) => {
      const page = await parent.parent.get(`/create/details?draft=${keys.draft}`);
      const shown = /value="([^"]*)"[^>]*>/.exec(/<input id="deadline"[^>]*>/.exec(page.html)?.[0] ?? "")?.[1] ?? "";
      await parent.post("details", { ...keysIn(page.html), ...parent.details, deadline: shown, ...fields });
      return closesOn((await parent.parent.get(`/create/review?draft=${keys.draft}`)).html);
    };
    expect(await lastDayAfter({ last_day: "2026-12-15" })).toBe("Tuesday 15 December");
    expect(await lastDayAfter({ last_day: "2026-12-15" })).toBe("Tuesday 15 December");
    expect(await lastDayAfter({ last_day: "2026-12-08" })).toBe("Tuesday 8 December");
    expect(await lastDayAfter({ last_day: "2026-12-08", deadline: "2026-12-11" })).toBe("Friday 11 December");
    expect(await lastDayAfter({})).toBe("Friday 11 December");
  });

  it("jumping ahead leads to the first incomplete step, and every step can be gone back to", async () => {
    const parent = await aParent(database);
    expect((await parent.parent.get("/create/review")).location).toBe("/create/child");
    const first = keysIn((await parent.parent.get("/create/child")).html);
    const draft = draftOf((await parent.post("child", { ...first, ...parent.child })).location);

    expect((await parent.parent.get(`/create/review?draft=${draft}`)).location).toBe(`/create/gift?draft=${draft}`);
    const back = await parent.parent.get(`/create/child?draft=${draft}`);
    expect([back.status, back.html.includes('value="Maya"'), back.html.includes("/pictures/")]).toEqual([
      200,
      true,
      true,
    ]);
  });

  it("what is wrong is said at its field, and what was typed is still there", async () => {
    const parent = await aParent(database);
    const keys = keysIn((await parent.parent.get("/create/child")).html);
    const answer = await parent.post("child", {
      ...keys,
      child_name: '"><script>alert(1)</script>',
      birthday_date: "2020-01-01",
      photo: new Blob(["%PDF-1.7 a renamed file"]),
    });
    expect([answer.status, mistakes(answer.html)]).toEqual([422, ["child_name", "birthday_date", "photo"]]);
    expect(answer.html).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(answer.html).toContain("This is a PDF, not a picture.");

    const again = await parent.parent.get(`/create/child?draft=${keys.draft}`);
    expect(again.html).toContain("alert(1)&lt;/script&gt;");
  });

  it("two tabs with one draft do not overwrite each other, and two drafts stay two", async () => {
    const parent = await aParent(database);
    const first = keysIn((await parent.parent.get("/create/child")).html);
    await parent.post("child", { ...first, ...parent.child });
    const other = await parent.post("child", { ...first, ...parent.child, child_name: "Sipho" });
    expect([other.status, other.html.includes("another tab"), other.html.includes("Sipho")]).toEqual([409, true, true]);
    const resent = await parent.post("child", { ...keysIn(other.html), ...parent.child, child_name: "Sipho" });
    expect(resent.status).toBe(303);

    const second = keysIn((await parent.parent.get("/create/child")).html);
    expect(second.draft).not.toBe(first.draft);
  });

  it.each<[step: Step, typed: Record<string, string>, next: string]>([
    ["child", { child_name: 'Maya "<b>May</b>"', birthday_date: "2026-12-20" }, "422"],
    ["gift", { product_name: 'A "bike" & <script>alert(1)</script>' }, "/create/details"],
    ["details", { message: "Seven\r\nalready! <img src=x onerror=alert(1)> 'soon'" }, "/create/review"],
    ["review", { consent: "1" }, "/dashboard/"],
  ])(
    "a login that ended at the step %s loses nothing: what was typed is sent again after signing in",
    async (step, typed, next) => {
      const parent = await aParent(database);
      const { html: _, ...keys } = await fillInUpTo(parent, step);
      await parent.site.accounts.hostAccount(parent.parent.account).endAllLogins();
      const filled = { ...(step === "review" || step === "child" ? {} : parent[step]), ...typed };
      const refused = await parent.post(step, { ...keys, ...filled });
      expect([refused.status, refused.html.includes("Please sign in again")]).toEqual([401, true]);
      expect(refused.html).not.toMatch(/<script>alert|<img src=x|<b>May/);

      const back = await signedIn(parent.site, parent.parent.host);
      const send = (fields: Record<string, string>) =>
        back.send(`/create/${step}`, {
          method: "POST",
          headers: { Origin: PUBLIC_ORIGIN },
          body: new URLSearchParams(fields),
        });
      const oldForm = await send(hiddenIn(refused.html));
      expect(oldForm.status).toBe(403);
      expect(hiddenIn(oldForm.html)).toEqual({ ...keys, ...filled, csrf: back.csrf });
      const sent = await send(hiddenIn(oldForm.html));

      expect(sent.location ?? String(sent.status)).toMatch(new RegExp(`^${next}`));
      const shown = step === "review" ? "" : (await back.get(`/create/${step}?draft=${keys.draft}`)).html;
      for (const text of step === "review" ? [] : Object.values(typed)) expect(shown).toContain(escaped(text));
    },
  );

  it.each(["gift", "details"] as const)(
    "a form of the step %s that is sent after its draft ran out begins a new draft with what was typed",
    async (step) => {
      const parent = await aParent(database);
      const { html: _, ...keys } = await fillInUpTo(parent, step);
      parent.site.clock.now = addDays(parent.site.clock.now, 8);
      const back = await signedIn(parent.site, parent.parent.host);
      const sent = await back.post(`/create/${step}`, { ...keys, ...parent[step] });
      const next = await back.get(sent.location ?? "");
      const begun = next.location ? await back.get(next.location) : next;
      expect([sent.status, begun.status]).toEqual([303, 200]);
      expect(begun.html).toContain("What you typed last is kept");
      expect(keysIn(begun.html).draft).not.toBe(keys.draft);

      let page = begun;
      for (const before of STEPS.slice(0, STEPS.indexOf(step)) as ("child" | "gift")[]) {
        const answer = await formsOf(back)(before, { ...keysIn(page.html), ...parent[before] });
        page = await back.get(answer.location ?? "");
      }
      const typed = step === "gift" ? parent.gift.product_name : parent.details.message;
      expect(page.html).toContain(escaped(typed));
      expect((await back.get(`/create/review?draft=${keys.draft}`)).location).toBe("/create/child?gone=1");
      expect((await back.get("/create/child?gone=1")).html).toContain("kept for seven days");
    },
  );

  it("details that are sent after the birthday has passed are kept, and lead to the birthday", async () => {
    const parent = await aParent(database);
    Object.assign(parent.child, { birthday_date: zoneDate(addDays(parent.site.clock.now, 1)) });
    const { html: _, ...keys } = await fillInUpTo(parent, "details");
    parent.site.clock.now = addDays(parent.site.clock.now, 2);
    const sent = await parent.post("details", { ...keys, ...parent.details });
    const child = await parent.parent.get(sent.location ?? "");
    expect([sent.status, sent.location]).toEqual([303, `/create/child?draft=${keys.draft}`]);
    await parent.post("child", { ...keysIn(child.html), ...parent.child, birthday_date: parent.soon });
    const { html } = await parent.parent.get(`/create/details?draft=${keys.draft}`);
    expect(html).toContain(parent.details.message);
  });

  it("another parent's draft is not found", async () => {
    const [parent, stranger] = [await aParent(database), await aParent(database)];
    const { draft } = await fillIn(parent);
    for (const step of ["child", "gift", "details", "review"]) {
      expect((await stranger.parent.get(`/create/${step}?draft=${draft}`)).status).toBe(404);
    }
    expect((await stranger.parent.get(`/create/review?draft=${newId(new Date())}`)).status).toBe(404);
  });

  it("the sixth board of a parent within an hour has to wait, and its draft is kept", async () => {
    const parent = await aParent(database);
    for (let times = 0; times < 5; times += 1) {
      const { html: _, ...keys } = await fillIn(parent);
      expect((await parent.post("review", { ...keys, consent: "1" })).status).toBe(303);
    }
    const { html: _, ...keys } = await fillIn(parent);
    const refused = await parent.post("review", { ...keys, consent: "1" });
    expect([refused.status, refused.headers.has("Retry-After")]).toEqual([429, true]);
    expect((await parent.parent.get(`/create/review?draft=${keys.draft}`)).status).toBe(200);
  });

  it("a Karri card's number is stored sealed and shown by its last digits only", async () => {
    const parent = await aParent(database);
    const { draft } = await fillIn(parent, {
      details: { payout_method: "karri_card_topup", karri_card_number: "5234 0000 0000 0007" },
    });
    const { html } = await parent.parent.get(`/create/details?draft=${draft}`);
    expect([html.includes("ends in 0007"), html.includes("52340000"), html.includes("5234 0000")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
