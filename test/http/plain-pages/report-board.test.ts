import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { boardReports, mailMessages } from "#database/own-tables";
import { auditLogs } from "#database/schema";
import { publicId } from "#domain/ids";
import { reviewQueue } from "#operations/review-queue";
import { BEFORE_DEADLINE } from "../../support/board.ts";
import { aBoard, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { SiteBoard } from "../site-board.ts";
import { OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

let database: TestDatabase;
let site: TestSite;
let board: SiteBoard;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  board = new SiteBoard(() => BEFORE_DEADLINE);
  await aBoard(database.db, { id: board.boardId, slug: board.slug });
  site = testSite(database, {
    board: (code) => (code === board.code ? board.object : new SiteBoard(site.services.now).object),
  });
});

const report = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  site.request("/report", {
    method: "POST",
    body: new URLSearchParams({ board: board.slug, reason: "fake", words: "", ...fields }),
    headers: { "CF-Connecting-IP": "203.0.113.7", ...headers },
  });
const reports = () => database.db.select().from(boardReports).where(eq(boardReports.dreamBoardId, board.boardId));
const mails = () => database.db.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, board.boardId));

it("a report is in the review queue with what was written, and asks for one mail to admins a day", async () => {
  const first = await report({ board: `https://chipin.test/${board.slug}?x=1`, words: "  They took my\nphoto " });
  const second = await report({ reason: "child" });

  expect([first.status, second.status]).toEqual([200, 200]);
  expect(await first.text()).toContain("Thank you for telling us");
  const { reports: open } = await reviewQueue(site.services);
  expect(open.filter(({ board: id }) => id === publicId("board", board.boardId))).toMatchObject([
    { reason: "fake", words: "They took my photo" },
    { reason: "child", words: null },
  ]);
  expect(await mails()).toMatchObject([{ kind: "board_reported", recipient: "admins" }]);
});

it("a report keeps nothing about who sent it", async () => {
  await report({ words: "please look" }, { "User-Agent": "a browser of its own kind", Cookie: "payer-x=1" });

  expect(Object.keys((await reports())[0] ?? {}).toSorted()).toEqual([
    "dreamBoardId",
    "id",
    "note",
    "reason",
    "reportedAt",
    "resolvedAt",
    "words",
  ]);
  expect(JSON.stringify([await reports(), await mails(), site.logged])).not.toMatch(/203\.0\.113\.7|of its own kind/);
});

it.each<[what: string, fields: Record<string, string>, says: string]>([
  ["a link that leads to no board", { board: "https://chipin.test/somewhere" }, "We can’t find that board"],
  ["no link", { board: "" }, "We can’t find that board"],
  ["no reason", { reason: "" }, "Please choose what is wrong"],
  ["a reason of its own", { reason: "constructor" }, "Please choose what is wrong"],
  ["another reason without words", { reason: "other", words: "" }, "Please tell us what is wrong"],
  ["too many words", { words: "x".repeat(1_001) }, "at most 1000 characters"],
])("a report with %s records nothing, keeps what was typed and says what to do", async (_what, fields, says) => {
  const answer = await report({ words: "what I saw", ...fields });

  expect(answer.status).toBe(422);
  const html = await answer.text();
  expect(html).toContain(says);
  expect(html).toContain(fields.words ?? "what I saw");
  expect(await reports()).toEqual([]);
});

it("a form of another site is refused", async () => {
  expect((await report({}, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
  expect(await reports()).toEqual([]);
});

it("five reports an hour come from one network, ten about one board; then the page says where to write to", async () => {
  const sent: number[] = [];
  for (let at = 0; at < 6; at += 1) sent.push((await report({})).status);
  for (let at = 0; at < 6; at += 1) sent.push((await report({}, { "CF-Connecting-IP": `198.51.100.${at}` })).status);

  expect(sent).toEqual([200, 200, 200, 200, 200, 429, 200, 200, 200, 200, 200, 429]);
  expect(await (await report({})).text()).toContain("mailto:help@chipin.co.za");
  expect(await reports()).toHaveLength(10);
});

it("a person resolves a report once, with a note, and the audit log has it", async () => {
  await report({});
  const [{ id } = { id: "" }] = await reports();
  const resolve = async () => {
    const body = JSON.stringify({ note: "looked at it, all is well" });
    return await site.request(`/internal/reports/${id}/resolve`, { method: "POST", headers: OPERATOR_HEADERS, body });
  };

  expect([(await resolve()).status, (await resolve()).status]).toEqual([200, 404]);
  expect(await reports()).toMatchObject([{ resolvedAt: site.clock.now, note: "looked at it, all is well" }]);
  const audited = await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, id));
  expect(audited.map(({ action }) => action)).toEqual(["board_report.resolved", "report.resolve.refused"]);
  const { reports: open } = await reviewQueue(site.services);
  expect(open.map((each) => each.id)).not.toContain(id);
});
