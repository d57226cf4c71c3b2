import { and, eq, like } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { auditLogs, hosts } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { BEFORE_DEADLINE, OPENED_AT } from "../../support/board.ts";
import { startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { ALL_PROVIDERS } from "../far-sides.ts";
import { SiteBoard } from "../site-board.ts";
import { OPERATOR, OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

let database: TestDatabase;
let site: TestSite;
let board: SiteBoard;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
afterEach(() => database.gateway.resume());
beforeEach(() => {
  board = new SiteBoard(() => BEFORE_DEADLINE);
  site = testSite(database, { settings: ALL_PROVIDERS, board: () => board.object });
});

const ADDRESS = "102.65.1.7";
const NOTE = "the family asked for it";
const { Authorization } = OPERATOR_HEADERS;

async function request(method: string, path: string, body?: unknown, operator: string | null = OPERATOR) {
  const response = await site.request(`/internal${path}`, {
    method,
    headers: {
      Authorization,
      "CF-Connecting-IP": ADDRESS,
      ...(operator !== null && { "ChipIn-Operator": operator }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const auditsOf = (targetId: string) =>
  database.db.select().from(auditLogs).where(eq(auditLogs.targetId, targetId)).orderBy(auditLogs.createdAt);

const ID = newId(OPENED_AT);
const WRITES: [method: string, path: string][] = [
  ["POST", "/partners"],
  ["POST", `/partners/${ID}/api-keys`],
  ["POST", `/partners/${ID}/limits`],
  ["POST", `/api-keys/${ID}/rotate`],
  ["POST", `/api-keys/${ID}/revoke`],
  ["POST", `/api-keys/${ID}/update`],
  ["POST", "/providers/ozow/pause"],
  ["POST", "/providers/ozow/resume"],
  ["PATCH", `/boards/${ID}`],
  ["POST", `/boards/${ID}/close`],
  ["POST", `/boards/${ID}/cancel`],
  ["POST", `/boards/${ID}/restore`],
  ["POST", `/boards/${ID}/project-again`],
  ["POST", `/boards/${ID}/flags/clear`],
  ["POST", `/contributions/${ID}/refund`],
  ["POST", `/refunds/${ID}/retry`],
  ["POST", `/refunds/${ID}/confirm`],
  ["POST", `/refunds/${ID}/withdraw`],
  ["POST", `/settlement-differences/${ID}/resolve`],
];

describe("the acting person", () => {
  it("a write without a person on the list is refused and changes nothing", async () => {
    const answers: unknown[] = [];
    for (const [method, path] of WRITES) {
      const missing = await request(method, path, {}, null);
      const stranger = await request(method, path, {}, "eve@example.org");
      answers.push([path, missing.status, missing.body.error.details, stranger.status, stranger.body.error.code]);
    }

    const details = [{ field: "ChipIn-Operator", reason: expect.stringContaining("ADMIN_EMAIL_ALLOWLIST") }];
    expect(answers).toEqual(WRITES.map(([, path]) => [path, 400, details, 403, "forbidden"]));
    expect(board.commands).toEqual([]);
    expect(await site.switches.providerSwitch("ozow").state(site.clock.now)).toMatchObject({ paused: null });
    expect(await database.db.select().from(hosts).where(eq(hosts.email, "eve@example.org"))).toEqual([]);
  });

  it("reads and jobs work with the job secret alone in development, and a job of a listed person names them", async () => {
    const jobs = () => auditsOf("count-boards");
    for (const operator of [null, "eve@example.org", OPERATOR]) {
      expect((await request("GET", "/payments", undefined, operator)).status).toBe(200);
      expect((await request("POST", "/jobs/count-boards", undefined, operator)).status).toBe(200);
      site.clock.now = new Date(site.clock.now.getTime() + 1_000);
    }

    const now = expect.any(String);
    expect((await jobs()).map((row) => [row.actorType, row.actorEmail, row.ipAddress, row.metadata])).toEqual([
      ["system", null, null, { now, by: "machine" }],
      ["system", null, null, { now, by: "machine" }],
      ["admin", OPERATOR, ADDRESS, { now }],
    ]);
  });

  it("the person is the host with that e-mail, in any spelling, and the log holds the id only", async () => {
    const id = publicId("board", board.boardId);
    const note = { note: NOTE, message: "Hello" };
    expect((await request("PATCH", `/boards/${id}`, note, ` ${OPERATOR.toUpperCase()} `)).status).toBe(200);

    const people = await database.db.select().from(hosts).where(eq(hosts.email, OPERATOR));
    expect(people).toHaveLength(1);
    const { seq, by } = board.log.at(-1)!;
    expect(by).toEqual({ kind: "admin", adminId: people[0]?.id });
    expect(board.journal.origins).toEqual([{ first: seq, last: seq, origin: { email: OPERATOR, ipAddress: ADDRESS } }]);
    expect(JSON.stringify(board.log)).not.toContain("chipin.test");
  });

  it("while Postgres is away a provider can be paused, and the person is known by e-mail", async () => {
    database.gateway.pause();

    expect((await request("POST", "/providers/ozow/pause", { reason: "They are down" })).status).toBe(200);
    const id = publicId("board", board.boardId);
    // The board has changed; the note needs Postgres, so the act is to be repeated.
    expect((await request("PATCH", `/boards/${id}`, { note: NOTE, message: "Hello" })).status).toBe(503);

    expect(board.log.at(-1)?.by).toEqual({ kind: "admin" });
    expect(board.journal.origins.at(-1)?.origin).toEqual({ email: OPERATOR, ipAddress: ADDRESS });
  });
});

describe("refused acts", () => {
  it("a refused act leaves one audit row with its code, the person and the address", async () => {
    const name = unique("partner");
    await request("POST", "/partners", { name });
    const id = publicId("board", board.boardId);
    const contribution = publicId("contribution", newId(OPENED_AT));
    const refund = newId(OPENED_AT);
    const rows: [
      method: string,
      path: string,
      body: unknown,
      action: string,
      target: [string, string],
      code: string,
    ][] = [
      ["POST", `/boards/${id}/cancel`, { note: NOTE }, "board.cancel", ["dream_board", id], "validation_error"],
      ["POST", `/boards/${board.boardId}/close`, {}, "board.close", ["dream_board", id], "validation_error"],
      ["POST", `/boards/${board.slug}/close`, {}, "board.close", ["dream_board", board.code], "validation_error"],
      ["PATCH", `/boards/${id}`, {}, "board.update", ["dream_board", id], "validation_error"],
      [
        "POST",
        `/boards/${id}/project-again?after=x`,
        {},
        "board.project_again",
        ["dream_board", id],
        "validation_error",
      ],
      [
        "POST",
        `/boards/${id}/flags/clear`,
        { flag: "new_host", note: NOTE },
        "board.flags.clear",
        ["dream_board", id],
        "not_found",
      ],
      [
        "POST",
        `/contributions/${contribution}/refund`,
        { note: NOTE },
        "contribution.refund",
        ["contribution", contribution],
        "not_found",
      ],
      ["POST", `/refunds/${refund}/retry`, undefined, "refund.retry", ["refund", refund], "not_found"],
      ["POST", "/refunds/%00/retry", undefined, "refund.retry", ["refund", "-"], "validation_error"],
      [
        "POST",
        "/providers/paypal/pause",
        { reason: NOTE },
        "provider.pause",
        ["payment_provider", "paypal"],
        "validation_error",
      ],
      ["POST", "/partners", { name }, "partner.create", ["partner", "-"], "conflict"],
      ["POST", `/partners/${refund}/api-keys`, {}, "partner.api_keys", ["partner", refund], "validation_error"],
      ["POST", "/jobs/dance", undefined, "job.run", ["job", "dance"], "not_found"],
    ];
    const found: unknown[] = [];
    for (const [method, path, body] of rows) {
      site.clock.now = new Date(site.clock.now.getTime() + 1_000);
      const answer = await request(method, path, body);
      const written = await database.db
        .select()
        .from(auditLogs)
        .where(and(like(auditLogs.action, "%.refused"), eq(auditLogs.createdAt, site.clock.now)));
      const seen = written.map((row) => [
        row.action,
        [row.targetType, row.targetId],
        row.metadata,
        row.actorEmail,
        row.ipAddress,
      ]);
      found.push([path, answer.body.error.code, seen]);
    }

    expect(found).toEqual(
      rows.map(([, path, , action, target, code]) => [
        path,
        code,
        [[`${action}.refused`, target, { code }, OPERATOR, ADDRESS]],
      ]),
    );
  });

  it("a write without a person leaves a row without one, and an unknown route or an outage leaves none", async () => {
    const id = newId(OPENED_AT);
    await request("POST", `/refunds/${id}/retry`, undefined, null);
    await request("POST", `/refunds/${id}/retry`, undefined, "eve@example.org");
    await request("POST", `/refunds/${id}/dance`);
    await request("GET", `/refunds/${id}`);
    database.gateway.pause();
    expect((await request("POST", `/refunds/${id}/retry`)).status).toBe(503);
    database.gateway.resume();

    const rows = await auditsOf(id);
    const seen = rows.map(({ actorId, actorEmail, metadata }) => JSON.stringify([actorId, actorEmail, metadata]));
    expect(seen.sort()).toEqual(['[null,null,{"code":"forbidden"}]', '[null,null,{"code":"validation_error"}]']);
  });
});
