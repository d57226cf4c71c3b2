import { asc, eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boardManagers } from "#database/host-tables";
import { auditLogs, hosts } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { allRows } from "../../support/all-rows.ts";
import { aHost, aPartner, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aMailService } from "./host-site.ts";
import { hostSite, signedIn, textOf } from "./managed-site.ts";

let database: TestDatabase;
let mail: Awaited<ReturnType<typeof aMailService>>;
beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  mail = await aMailService();
});
afterEach(() => mail.stop());
afterAll(() => database.stop());

/** A signed-in host with a projected board, and a site whose mail is taken. */
async function aFamily() {
  const host = await aHost(database.db, { name: "Nomsa" });
  const { id: partnerId } = await aPartner(database.db);
  const family = await hostSite({ database, host, board: { partnerId }, settings: mail.settings });
  await family.object.project();
  const linkIn = () => new URL(/https:\/\/\S+\/join\?token=\S+/.exec(mail.taken.at(-1)?.text ?? "")?.[0] ?? "");
  /** Signs another host in, in a browser of their own. */
  const another = async () => signedIn(family.site, await aHost(database.db));
  /** A host who has accepted an invitation. */
  async function aSecond() {
    const second = await another();
    await family.post("parents", { email: second.host.email });
    const { pathname, searchParams } = linkIn();
    await second.post(pathname, { token: searchParams.get("token") ?? "" });
    return second;
  }
  return { ...family, linkIn, another, aSecond };
}

describe("the share page", () => {
  it("has the board's link, ways to send it, and the card that chats show", async () => {
    const { parent, path, board } = await hostSite();
    const link = `https://chipin.test/${board.board.profile?.slug}`;

    const { status, html } = await parent.get(path);

    expect(status).toBe(200);
    expect(html).toContain(`value="${link}"`);
    expect(decodeURIComponent(/href="https:\/\/wa\.me\/\?text=([^"]+)"/.exec(html)?.[1] ?? "")).toContain(link);
    expect(decodeURIComponent(/href="mailto:\?subject=[^&]+&amp;body=([^"]+)"/.exec(html)?.[1] ?? "")).toContain(link);
    expect(textOf(html)).toMatch(/Maya.{0,3}s birthday wish/);
  });

  it("no text of a funded board names the gift", async () => {
    const { parent, path, board } = await hostSite();
    board.paid(200_000);

    for (const page of [path, `${path}/invitation`]) {
      const { status, html } = await parent.get(page);
      expect(status).toBe(200);
      expect(html).not.toContain("LEGO");
    }
  });

  it("an ended board has a share page, and no invitation", async () => {
    const { parent, path, board } = await hostSite();
    board.close();

    expect((await parent.get(path)).html).toContain("can’t chip in any more");
    expect(await parent.get(`${path}/invitation`)).toMatchObject({ status: 303, location: path });
  });
});

describe("two parents of one board", () => {
  it("the host invites, the other parent looks, signs in and accepts, and both see who did what", async () => {
    const { parent, path, linkIn, another, later } = await aFamily();
    expect(await parent.post(`${path}/parents`, { email: " Sipho@Example.ORG " })).toMatchObject({
      status: 303,
      location: `${path}/parents?done=invited`,
    });
    expect(mail.taken).toMatchObject([
      { to: ["sipho@example.org"], subject: "Look after Maya’s dream board together" },
    ]);
    const { pathname, search, searchParams } = linkIn();
    const here = pathname + search;

    const second = await another();
    const stranger = await parent.site.request(here);
    const seen = await stranger.text();
    expect(seen).toContain("Nomsa");
    expect(seen).toContain(`/create?next=${encodeURIComponent(here)}`);
    expect((await second.get(here)).html).toContain(second.host.email);
    expect(await second.get(path)).toMatchObject({ status: 404 });

    later(1_000);
    const token = searchParams.get("token") ?? "";
    expect(await second.post(pathname, { token })).toMatchObject({ status: 303 });
    later(1_000);
    expect(await second.post(`${path}/settings`, { message: "From both of us" })).toMatchObject({ status: 303 });

    expect(textOf((await parent.get(`${path}/parents`)).html)).toContain(second.host.email);
    for (const [reader, you, other] of [
      [parent, "You", second.host.email],
      [second, "Nomsa", "You"],
    ] as const) {
      const text = textOf((await reader.get(`${path}/parents`)).html);
      expect(text).toContain(`${you} invited a second parent.`);
      expect(text).toContain(`${other} changed the message.`);
    }
    expect(textOf((await second.get("/dashboard")).html)).toContain("Maya’s board");
  });

  it("the host sends their own link to another parent, and does not accept it", async () => {
    const { parent, path, linkIn } = await aFamily();
    await parent.post(`${path}/parents`, { email: "sipho@example.org" });
    const { pathname, search, searchParams } = linkIn();

    expect((await parent.get(pathname + search)).html).toContain("You opened this board yourself");
    expect((await parent.post(pathname, { token: searchParams.get("token") ?? "" })).status).toBe(410);
  });

  it("a second parent cannot invite or remove, and may leave", async () => {
    const { path, aSecond, board } = await aFamily();
    const second = await aSecond();

    expect((await second.post(`${path}/parents`, { email: "friend@example.org" })).status).toBe(403);
    expect((await second.post(`${path}/parents/remove`)).status).toBe(403);
    const managed = database.db.select().from(boardManagers).where(eq(boardManagers.dreamBoardId, board.boardId));
    expect(await managed).toMatchObject([{ hostId: second.host.id }]);

    expect(await second.post(`${path}/parents/leave`)).toMatchObject({ status: 303, location: "/dashboard" });
    expect((await second.get(path)).status).toBe(404);
  });

  it("a parent who is removed is out at once, also in the middle of a form", async () => {
    const { parent, path, aSecond, board } = await aFamily();
    const second = await aSecond();
    expect((await second.get(`${path}/settings`)).status).toBe(200);

    await parent.post(`${path}/parents/remove`);

    expect((await second.post(`${path}/settings`, { message: "Still me" })).status).toBe(404);
    expect(board.board.profile?.message).not.toBe("Still me");
  });

  it("what cannot be an address, the host's own, a mail that is not taken: the form says so and keeps what was typed", async () => {
    const { parent, path, host } = await aFamily();
    const said = async (email: string) => {
      const { status, html } = await parent.post(`${path}/parents`, { email });
      expect(html).toContain(`value="${email}"`);
      return [status, textOf(html)] as const;
    };

    expect(await said("sipho")).toEqual([422, expect.stringContaining("Please type an e-mail address")]);
    expect(await said(host.email)).toEqual([400, expect.stringContaining("This address is your own")]);
    mail.status = 500;
    expect(await said("sipho@example.org")).toEqual([503, expect.stringContaining("did not take the e-mail")]);
  });
});

describe("who may not", () => {
  it("another host gets 404 from every page, and changes nothing", async () => {
    const { path, another } = await aFamily();
    const stranger = await another();

    const answers = [
      ...(await Promise.all(["", "/invitation", "/parents"].map((page) => stranger.get(path + page)))),
      ...(await Promise.all(
        ["/parents", "/parents/remove", "/parents/leave"].map((page) => stranger.post(path + page)),
      )),
      await stranger.get(`/dashboard/${publicId("board", newId(new Date()))}`),
    ];

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
  });

  it("a form without the login's token, and a form of another site, change nothing", async () => {
    const { parent, path, board } = await aFamily();
    const forms = ["/parents", "/parents/remove", "/parents/leave", "/join"];

    for (const form of forms) {
      expect((await parent.post(path + form, { csrf: "x", email: "sipho@example.org" })).status).toBe(403);
      const cross = { method: "POST", headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" } };
      expect((await parent.send(path + form, cross)).status).toBe(403);
    }

    const managed = database.db.select().from(boardManagers).where(eq(boardManagers.dreamBoardId, board.boardId));
    expect(await managed).toEqual([]);
    expect(mail.taken).toEqual([]);
  });

  it("a dead link says so", async () => {
    const { parent, path } = await aFamily();

    for (const token of ["", "x", "A".repeat(43)]) {
      expect((await parent.get(`${path}/join?token=${token}`)).status).toBe(410);
      expect((await parent.post(`${path}/join`, { token })).status).toBe(410);
    }
  });
});

describe("the account", () => {
  const audited = async (hostId: string) =>
    (
      await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, hostId)).orderBy(asc(auditLogs.createdAt))
    ).map(({ action }) => action);
  const rowOf = async (id: string) => (await database.db.select().from(hosts).where(eq(hosts.id, id)))[0];
  const confirmLink = () =>
    new URL(/https:\/\/\S+\/account\/email\/confirm\?token=\S+/.exec(mail.taken.at(-1)?.text ?? "")?.[0] ?? "");

  it("a host changes their name, and the page shows it at once", async () => {
    const { parent, host } = await aFamily();

    expect((await parent.post("/account/name", { name: "  Nomsa Dube " })).status).toBe(303);

    expect((await parent.get("/account")).html).toContain('value="Nomsa Dube"');
    expect(await rowOf(host.id)).toMatchObject({ name: "Nomsa Dube" });
    expect((await parent.post("/account/name", { name: "x".repeat(101) })).status).toBe(422);
    expect(await audited(host.id)).toEqual(["host.renamed"]);
  });

  it("a host changes their address by a link to the new one, once, and is signed out", async () => {
    const { parent, host, path } = await aFamily();
    const email = `${newId(new Date())}@new.example`;

    expect((await parent.post("/account/email", { email: ` ${email.toUpperCase()}` })).html).toContain(email);
    expect(mail.taken).toMatchObject([{ to: [email], subject: "Confirm your new e-mail address" }]);
    expect(await rowOf(host.id)).toMatchObject({ email: host.email });
    const { pathname, search, searchParams } = confirmLink();
    expect((await parent.get(pathname + search)).html).toContain(email);
    const token = searchParams.get("token") ?? "";
    const changed = await parent.post(pathname, { token });

    expect(changed.status).toBe(200);
    expect(changed.headers.get("Set-Cookie")).toMatch(/__Host-chipin_session=;.*Max-Age=0/);
    expect(await rowOf(host.id)).toMatchObject({ email });
    expect(mail.taken.at(-1)).toMatchObject({ to: [host.email], subject: "Your e-mail address on ChipIn was changed" });
    expect((await parent.get(path)).location).toMatch(/^\/create/);
    const again = await signedIn(parent.site, { ...host, email });
    expect((await again.get(path)).status).toBe(200);
    expect((await again.post(pathname, { token })).status).toBe(410);
    expect(await audited(host.id)).toEqual(["host.email_changed"]);
  });

  it("another account's address gets the same answer, and only its reader learns why nothing happens", async () => {
    const { parent, another } = await aFamily();
    const { host: other } = await another();
    const free = `${newId(new Date())}@new.example`;

    const [taken, open] = [other.email, free].map((email) => parent.post("/account/email", { email }));

    const words = async (answer: typeof taken, email: string) =>
      textOf((await answer)?.html ?? "").replaceAll(email, "…");
    expect(await words(taken, other.email)).toBe(await words(open, free));
    expect(mail.taken.find(({ to }) => to[0] === other.email)?.subject).toBe("This address has an account already");
  });

  it("an address that another account took meanwhile is refused, and the link of another host is none", async () => {
    const { parent, host, another } = await aFamily();
    const email = `${newId(new Date())}@new.example`;
    await parent.post("/account/email", { email });
    const { pathname, searchParams } = confirmLink();
    const token = searchParams.get("token") ?? "";
    const stranger = await another();

    expect((await stranger.get(`${pathname}?token=${token}`)).status).toBe(410);
    expect((await stranger.post(pathname, { token })).status).toBe(410);
    await aHost(database.db, { email });
    expect((await parent.post(pathname, { token })).status).toBe(409);
    expect(await rowOf(host.id)).toMatchObject({ email: host.email });
  });

  it("a link to a new address works for an hour", async () => {
    const { parent, later } = await aFamily();
    await parent.post("/account/email", { email: `${newId(new Date())}@new.example` });
    const { pathname, searchParams } = confirmLink();
    later(3_600_000);

    expect((await parent.post(pathname, { token: searchParams.get("token") ?? "" })).status).toBe(410);
  });

  it("the download has the host's own data: boards, logins, shared boards", async () => {
    const { parent, host, aSecond, path } = await aFamily();
    const second = await aSecond();

    const { headers, html } = await parent.get("/account/export.json");
    const theirs = JSON.parse((await second.get("/account/export.json")).html);

    expect(headers.get("Content-Disposition")).toBe('attachment; filename="chipin-my-data.json"');
    const data = JSON.parse(html);
    expect(data.host).toMatchObject({ id: host.id, email: host.email });
    expect(data.boards).toMatchObject([{ childName: "Maya", secondParent: { invitedEmail: second.host.email } }]);
    expect(data.account.logins).toHaveLength(1);
    expect(theirs.boards).toEqual([]);
    expect(theirs.sharedBoards).toMatchObject([{ id: path.replace("/dashboard/", "") }]);
  });

  it("a host with money under way is shown the boards that come first, and nothing is deleted", async () => {
    const { parent, host, path, board, object } = await aFamily();
    board.paid(20_000);
    await object.project();

    const page = await parent.get("/account/delete");
    expect(page.html).toContain(`href="${path}/settings"`);
    expect(page.html).not.toContain('name="confirm"');
    expect((await parent.post("/account/delete", { confirm: host.email })).status).toBe(409);
    expect(await rowOf(host.id)).toMatchObject({ email: host.email });
  });

  it("a host deletes their account by typing its address, and is in no row any more", async () => {
    const { parent, host, board, aSecond, another, path } = await aFamily();
    const second = await aSecond();
    await parent.post("/account/email", { email: `${newId(new Date())}@new.example` });
    expect((await parent.post("/account/delete", { confirm: "wrong@example.org" })).status).toBe(422);

    const deleted = await parent.post("/account/delete", { confirm: ` ${host.email.toUpperCase()} ` });

    expect(deleted.status).toBe(200);
    expect(deleted.html).toContain("Your account is deleted");
    expect(deleted.headers.get("Set-Cookie")).toMatch(/Max-Age=0/);
    expect(board.board.profile?.childName).toBe("Anonymized");
    expect((await parent.get("/account")).location).toMatch(/^\/create/);
    expect((await second.get(path)).status).toBe(404);
    const dump = await allRows(database);
    expect(dump).not.toContain(host.email);
    // The other parent's own account stays.
    expect(dump).toContain(second.host.email);
    expect((await (await another()).get("/account")).status).toBe(200);
    expect(await audited(host.id)).toContain("host.erased");
  });

  it("a second parent who deletes their account leaves the board to its host", async () => {
    const { parent, path, aSecond } = await aFamily();
    const second = await aSecond();

    expect((await second.post("/account/delete", { confirm: second.host.email })).status).toBe(200);

    expect(await allRows(database)).not.toContain(second.host.email);
    expect(textOf((await parent.get(`${path}/parents`)).html)).toContain("Invite the other parent");
  });

  it("without a login, the login's token, or from another site, nothing happens", async () => {
    const { parent, host, site } = await aFamily();

    expect((await site.request("/account")).headers.get("Location")).toBe("/create?next=%2Faccount");
    for (const path of ["/account/name", "/account/email", "/account/email/confirm", "/account/delete"]) {
      expect((await parent.post(path, { csrf: "x", confirm: host.email, name: "Eve" })).status).toBe(403);
      const cross = { method: "POST", headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" } };
      expect((await parent.send(path, cross)).status).toBe(403);
    }
    expect(await rowOf(host.id)).toMatchObject({ email: host.email, name: "Nomsa" });
  });
});
