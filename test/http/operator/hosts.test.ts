import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { erasures } from "#database/privacy-tables";
import { auditLogs, dreamBoards, hosts } from "#database/schema";
import { boardCode, parsePublicId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { aPlatform, type Platform } from "../../privacy/a-person.ts";
import { later } from "../../support/board.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { takealotBoard } from "../partner-api/bodies.ts";
import { aCaller } from "../partner-api/support.ts";
import { OPERATOR, OPERATOR_HEADERS } from "../support.ts";

let database: TestDatabase;
let platform: Platform;
beforeAll(async () => {
  database = await startTestDatabase();
  platform = aPlatform(database);
});
afterAll(() => database.stop());

const NOTE = "asked for it, ticket 4711";
let families = 0;

/** A host with boards, of which the first `paid` have money of a guest. */
async function aFamily(boards: number, paid: number) {
  families += 1;
  const email = `family-${families}@example.com`;
  const caller = await aCaller(platform.site);
  const made: { id: string; boardId: string; object: ReturnType<Platform["boards"]["board"]> }[] = [];
  for (let n = 0; n < boards; n += 1) {
    // The oldest board comes first.
    platform.site.clock.now = later(platform.site.clock.now, 1);
    const answer = await caller.post("/v1/dream-boards", { ...takealotBoard, payout_email: email });
    const { data } = (await answer.json()) as { data: { id: string } };
    const boardId = parsePublicId("board", data.id) ?? "";
    const object = platform.boards.board(boardCode(boardId));
    made.push({ id: data.id, boardId, object });
    if (n >= paid) continue;
    const contributionId = boardId.replace(/.$/, "0");
    const form = {
      submission: "s",
      provider: "payfast",
      amount: cents(30_000),
      signals: [],
      challengePassed: true,
    } as const;
    const by = { by: platform.site.services.actor, requestId: "req_test" };
    const contributor = {
      id: contributionId,
      profile: { name: "Thandi", message: "Hi", ipAddress: "203.0.113.7", userAgent: "F" },
    };
    await object.execute({ type: "open_contribution", contributionId, ...form }, { ...by, profiles: { contributor } });
    const [contribution] = object.board.state.contributions.values();
    const report = {
      provider: "payfast",
      reference: contribution!.reference,
      status: "completed",
      amount: cents(30_000),
    } as const;
    await object.execute(
      { type: "report_payment", ...report, providerPaymentId: `pf-${boardId}`, providerStatus: "OK" },
      by,
    );
  }
  const [host] = await database.db.select().from(hosts).where(eq(hosts.email, email));
  return { email, hostId: host!.id, boards: made };
}

async function operate(path: string, body?: unknown, headers: Record<string, string> = OPERATOR_HEADERS) {
  const response = await platform.site.request(`/internal/hosts/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}
const audited = async (hostId: string) =>
  (
    await database.db
      .select()
      .from(auditLogs)
      .where(and(eq(auditLogs.targetType, "host"), eq(auditLogs.targetId, hostId)))
  ).map(({ action, actorEmail, metadata }) => ({ action, actorEmail, metadata }));
const namesOf = async (hostId: string) =>
  (await database.db.select().from(dreamBoards).where(eq(dreamBoards.hostId, hostId))).map(
    ({ status, childName }) => `${status} ${childName}`,
  );

it("an export has everything about a host and nothing about guests' addresses, and names who read it", async () => {
  const { email, hostId } = await aFamily(2, 1);

  const { status, body } = await operate(`${email.toUpperCase()}/export`);

  expect(status).toBe(200);
  expect(body.host).toMatchObject({ id: hostId, email });
  expect(body.boards).toMatchObject([{ childName: "Maya", payouts: [], notes: [] }, { childName: "Maya" }]);
  expect(body.boards[0].contributions).toMatchObject([
    { contributorName: "Thandi", message: "Hi", amountCents: 30_000, paymentStatus: "completed" },
  ]);
  expect(body.audit.map(({ action }: { action: string }) => action)).toContain("board.opened");
  expect(JSON.stringify(body)).not.toMatch(/203\.0\.113\.7|nomsa/);
  expect(await audited(hostId)).toEqual([{ action: "host.exported", actorEmail: OPERATOR, metadata: { boards: 2 } }]);
  const { Authorization } = OPERATOR_HEADERS;
  expect((await operate(`${hostId}/export`, undefined, { Authorization })).body.error.details[0].field).toBe(
    "ChipIn-Operator",
  );
  expect((await operate("nobody@example.com/export")).status).toBe(404);
  expect((await operate("nobody/export")).status).toBe(404);
});

it("an erasure with money under way is refused, names each board, is audited, and changes nothing", async () => {
  const { email, hostId, boards } = await aFamily(3, 2);
  const [closed, open] = boards;
  await closed!.object.execute(
    { type: "close_board", reason: "manual" },
    { by: platform.site.services.actor, requestId: "req_test" },
  );

  const { status, body } = await operate(`${hostId}/erase`, { note: NOTE, confirm: email });

  expect(status).toBe(409);
  expect(body.error.details).toEqual([
    { field: closed!.id, reason: "1 payouts, 0 refunds and 0 payments are not done" },
    { field: open!.id, reason: "it is active and has money of guests: close or cancel it" },
  ]);
  expect(await namesOf(hostId)).toEqual(expect.arrayContaining(["closed Maya", "active Maya", "active Maya"]));
  expect(await audited(hostId)).toEqual([
    { action: "host.erase.refused", actorEmail: OPERATOR, metadata: { code: "conflict" } },
  ]);
});

it("an erasure without the host's address changes nothing", async () => {
  const { email, hostId } = await aFamily(1, 0);

  for (const body of [{ note: NOTE }, { confirm: email }, { note: NOTE, confirm: hostId }]) {
    expect((await operate(`${hostId}/erase`, body)).status).toBe(400);
  }

  expect(await namesOf(hostId)).toEqual(["active Maya"]);
});

it("a confirmed erasure cancels empty boards, anonymises all at once, overwrites the host, and may be repeated", async () => {
  const { email, hostId, boards } = await aFamily(2, 0);
  const body = { note: NOTE, confirm: email };
  // The first try ends half-way.
  const [, second] = boards;
  second!.object.isCutOff = true;
  expect((await operate(`${hostId}/erase`, body)).status).toBe(503);
  expect((await database.db.select().from(hosts).where(eq(hosts.id, hostId)))[0]?.email).toBe(email);
  second!.object.isCutOff = false;

  expect(await operate(`${email}/erase`, body)).toEqual({ status: 200, body: { erased: true, boards: 2 } });
  expect(await operate(`${hostId}/erase`, body)).toEqual({ status: 200, body: { erased: false, boards: 2 } });

  expect(await namesOf(hostId)).toEqual(["cancelled Anonymized", "cancelled Anonymized"]);
  const [host] = await database.db.select().from(hosts).where(eq(hosts.id, hostId));
  expect(host).toMatchObject({ email: `erased-${hostId}@anonymized.chipin.co.za`, name: null });
  expect(await audited(hostId)).toEqual([{ action: "host.erased", actorEmail: OPERATOR, metadata: { boards: 2 } }]);
  const proof = await database.db.select().from(erasures).where(eq(erasures.hostId, hostId));
  expect(proof.map(({ counts, note }) => ({ counts, note }))).toContainEqual({ counts: { hosts: 1 }, note: NOTE });
  expect(boards.map(({ object }) => object.journal.profile?.childName)).toEqual(["Anonymized", "Anonymized"]);
  expect(publicId("board", boards[0]!.boardId)).toBe(boards[0]!.id);
});
