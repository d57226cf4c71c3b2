import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { boardManagers } from "#database/host-tables";
import { boardReports, partnerSandboxes, pictures } from "#database/own-tables";
import { auditLogs, dreamBoards } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { PlayedBoard } from "../../projection/support.ts";
import { BEFORE_DEADLINE, later, TestBoard } from "../../support/board.ts";
import { aHost, aPartner, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aPng } from "../../support/pictures.ts";
import { fieldsOf } from "../guest-pages/guest-site.ts";
import { aPerson, hostSite, signedIn, textOf } from "./managed-site.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const A_MINUTE_MS = 60_000;

async function aSignedInHost() {
  const { id, email } = await aHost(database.db);
  const host = { id, email, name: null };
  const { id: partnerId } = await aPartner(database.db);
  return { ...(await hostSite({ database, host, board: { partnerId } })), partnerId };
}

it("a host without boards is led to make one", async () => {
  const { parent } = await hostSite({ database, host: aPerson() });
  const { html } = await parent.get("/dashboard");
  expect(textOf(html)).toContain("Your first board");
  expect(html).toContain('href="/create"');
});

it("the dashboard lists the host's boards of all partners, with progress, and marks tests", async () => {
  const { parent, host, board, object, partnerId } = await aSignedInHost();
  board.paid(20_000);
  await object.project();
  const { id: sandboxPartnerId } = await aPartner(database.db);
  await database.db.insert(partnerSandboxes).values({ partnerId, sandboxPartnerId });
  const test = new PlayedBoard(database, { hostId: host.id, partnerId: sandboxPartnerId, sandbox: true });
  await test.write();
  const stranger = new PlayedBoard(
    database,
    { hostId: (await aHost(database.db)).id, partnerId },
    { childName: "Other" },
  );
  await stranger.write();

  const { html, headers } = await parent.get("/dashboard");

  const text = textOf(html);
  for (const said of ["Maya’s board", "R194 of R1,000", "19% · 1 contribution · 11 days left", "Test"])
    expect(text).toContain(said);
  expect(text.match(/Maya’s board/g)?.length).toBeGreaterThanOrEqual(2);
  expect(text).not.toContain("Other");
  expect(headers.get("Cache-Control")).toBe("private, no-store");
});

it("more than twenty boards are on further pages, each once", async () => {
  const { parent, host, partnerId } = await aSignedInHost();
  const opened = Array.from({ length: 22 }, (_, n) => new TestBoard({ boardId: newId(later(BEFORE_DEADLINE, n)) }));
  const { id } = host;
  await database.db.insert(dreamBoards).values(
    opened.map(({ boardId, board: { profile } }, n) => {
      if (!profile) throw new Error("no profile");
      const { slug, childPhotoUrl, birthdayDate, gift, overflowGift, payoutEmail } = profile;
      return {
        id: boardId,
        partnerId,
        hostId: id,
        slug,
        childName: `Child ${n}`,
        childPhotoUrl,
        birthdayDate,
        giftType: "takealot_product" as const,
        giftData: gift,
        overflowGiftData: overflowGift,
        goalCents: 100_000,
        payoutMethod: "takealot_gift_card" as const,
        payoutEmail,
        status: "active" as const,
        createdAt: later(BEFORE_DEADLINE, n * A_MINUTE_MS),
        deadline: later(BEFORE_DEADLINE, 10_000 * A_MINUTE_MS),
      };
    }),
  );

  const first = await parent.get("/dashboard");
  const [, next = ""] = /<a href="([^"]+)">Earlier boards/.exec(first.html) ?? [];
  const second = await parent.get(next);

  const names = [first, second].map(({ html }) =>
    [...html.matchAll(/<h2>(Child \d+)’s board/g)].map(([, name]) => name),
  );
  expect(names.map(({ length }) => length)).toEqual([20, 2]);
  expect(new Set(names.flat()).size).toBe(22);
});

it("drafts of new boards can be continued", async () => {
  const { parent, site } = await hostSite({ database });
  const account = site.accounts.hostAccount(parent.account);
  const [login] = await account.listLogins(site.services.now());
  const id = crypto.randomUUID();
  await account.saveDraft(login?.loginId ?? "", { id, json: "{}", version: 0 }, site.services.now());

  const { html } = await parent.get("/dashboard");

  expect(textOf(html)).toContain("Continue your new board");
  expect(html).toContain(id);
});

it("a reported contribution is in the operators' queue, named by its id alone", async () => {
  const { board, post } = await aSignedInHost();
  const { id } = board.of(board.paid(20_000, undefined, { name: "Rude", message: "Something rude" }));
  const contribution = publicId("contribution", id);

  const done = await post("report", { contribution });

  expect(done.location).toMatch(/contributors\?done=reported$/);
  const reports = await database.db.select().from(boardReports).where(eq(boardReports.dreamBoardId, board.boardId));
  expect(reports).toMatchObject([
    { reason: "offensive", words: `A parent of this board reports the contribution ${contribution}.` },
  ]);
});

it("a second parent lists, sees and changes the board, and the audit log names who did it", async () => {
  const { site, board, path, host } = await aSignedInHost();
  const { id, email } = await aHost(database.db);
  const second = await signedIn(site, { id, email, name: null });
  expect((await second.get(`${path}/overview`)).status).toBe(404);
  const boardId = board.boardId;
  const invited = { dreamBoardId: boardId, invitedBy: host.id, invitedEmail: email, invitedAt: BEFORE_DEADLINE };
  await database.db.insert(boardManagers).values({ ...invited, hostId: id, acceptedAt: BEFORE_DEADLINE });

  expect((await second.get(`${path}/overview`)).status).toBe(200);
  const saved = await second.post(`${path}/settings`, { message: "From both of us" });
  expect(saved.location).toMatch(/done=message$/);
  expect(board.board.profile?.message).toBe("From both of us");
  expect(textOf((await second.get("/dashboard")).html)).toContain("Maya’s board");
  const target = eq(auditLogs.targetId, publicId("board", boardId));
  const audits = await database.db.select().from(auditLogs).where(target);
  expect(audits.find(({ action }) => action === "board.updated")).toMatchObject({ actorId: id, actorEmail: email });
});

it("the audit log names the host and the address for everything that a host does", async () => {
  const { board, post, get, host } = await aSignedInHost();
  board.paid(20_000);
  await post("settings", { message: "Thank you!" });
  await post("settings", { deadline: "2026-07-01" });
  await post("close", { ...fieldsOf((await get("close")).html), sure: "yes" });

  const rows = await database.db
    .select()
    .from(auditLogs)
    .where(eq(auditLogs.targetId, publicId("board", board.boardId)))
    .orderBy(asc(auditLogs.createdAt), asc(auditLogs.action));
  const byHost = { actorType: "host", actorId: host.id, actorEmail: host.email, ipAddress: "105.0.0.7" };
  expect(rows.filter(({ actorType }) => actorType === "host")).toMatchObject([
    { action: "board.closed", ...byHost },
    { action: "board.updated", ...byHost },
    { action: "board.updated", ...byHost },
  ]);
});

it("a new photo is kept in our own bucket for this board, and something else is refused by name", async () => {
  const { board, parent, path, site } = await aSignedInHost();
  const before = board.board.profile?.childPhotoUrl;
  const send = async (file: File) => {
    const form = new FormData();
    form.set("csrf", parent.csrf);
    form.set("photo", file);
    return await parent.send(`${path}/photo`, { method: "POST", body: form });
  };

  const refused = await send(new File(["no picture"], "photo.jpg", { type: "image/jpeg" }));
  expect([refused.status, board.board.profile?.childPhotoUrl]).toEqual([422, before]);
  expect(refused.html).toContain('id="photo-error"');
  const done = await send(new File([new Uint8Array(aPng(800, 600))], "maya.png", { type: "image/png" }));

  expect(done.location).toMatch(/settings\?done=photo$/);
  const photo = board.board.profile?.childPhotoUrl ?? "";
  expect(photo).toMatch(/^\/pictures\/[0-9a-f-]{36}\/640\.webp$/);
  expect((await site.request(photo)).status).toBe(200);
  const [kept] = await database.db.select().from(pictures).where(eq(pictures.dreamBoardId, board.boardId));
  expect(photo).toContain(kept?.id ?? "no picture");
});

const PAGES = [
  "overview",
  "contributors",
  "settings",
  "payout",
  "close",
  "cancel",
  "statement",
  "statement.csv",
  "figures.json",
];

it("another host's board does not exist, to look at and to change", async () => {
  const { site, path, board } = await aSignedInHost();
  const stranger = await signedIn(site, aPerson());
  const events = board.log.length;
  const got = await Promise.all(PAGES.map((page) => stranger.get(`${path}/${page}`)));
  const posted = await Promise.all([
    stranger.post(`${path}/settings`, { message: "Mine" }),
    stranger.post(`${path}/close`, { seen: "", sure: "yes" }),
    stranger.post(`${path}/cancel`, { seen: "", sure: "yes" }),
  ]);

  expect([...got, ...posted].map(({ status }) => status)).toEqual([...PAGES.map(() => 404), 404, 404, 404]);
  expect(board.log).toHaveLength(events);
});
