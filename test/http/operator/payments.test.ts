import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { settlementDifferences } from "#database/payment-tables";
import { auditLogs } from "#database/schema";
import type { Refusal } from "#domain/board/commands";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { BEFORE_DEADLINE } from "../../support/board.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { ALL_PROVIDERS, PAYFAST } from "../far-sides.ts";
import { ScriptedBoardObject } from "../scripted-board.ts";
import { SiteBoard } from "../site-board.ts";
import { OPERATOR, OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

const SECRET = "a job secret for tests only";
const BOARD_ID = "0199b3c4-1234-7abc-8def-0123456789ab";
const BOARD = publicId("board", BOARD_ID);
const CONTRIBUTION = publicId("contribution", "0199b3c4-1234-7abc-8def-0123456789ac");
const ID = "0199b3c4-1234-7abc-8def-0123456789ad";

let database: TestDatabase;
let site: TestSite;
let commands: string[];
let refusal: Refusal;
/** A real board. Scripted answers stand for every other board. */
let board: SiteBoard;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
afterEach(() => database.gateway.resume());
beforeEach(() => {
  commands = [];
  refusal = { refused: "unknown_board" };
  board = new SiteBoard(() => BEFORE_DEADLINE);
  const scripted = new ScriptedBoardObject({
    execute: ({ type }, { by }) => {
      commands.push(`${type} by ${by.kind}`);
      return refusal;
    },
  });
  site = testSite(database, {
    settings: ALL_PROVIDERS,
    board: (code) => (code === board.code ? board.object : scripted),
  });
});

async function operate(method: string, path: string, body?: unknown, secret: string | null = SECRET) {
  const response = await site.request(`/internal${path}`, {
    method,
    headers: secret === null ? {} : { ...OPERATOR_HEADERS, Authorization: `Bearer ${secret}` },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const NOTE = "the family asked for it, ticket 4711";
const REFUND = { note: NOTE };

type Route = [method: string, path: string, body: unknown];
const ROUTES: readonly Route[] = [
  ["GET", "/payments", undefined],
  ["POST", "/providers/ozow/pause", { reason: "Ozow has trouble" }],
  ["POST", "/providers/ozow/resume", undefined],
  ["POST", `/boards/${BOARD}/flags/clear`, { flag: "new_host", note: "I know them" }],
  ["POST", `/contributions/${CONTRIBUTION}/refund`, REFUND],
  ["POST", `/refunds/${ID}/retry`, undefined],
  ["POST", `/refunds/${ID}/confirm`, { note: "Paid in the portal" }],
  ["POST", `/refunds/${ID}/withdraw`, { note: "They want to give" }],
  ["POST", `/settlement-differences/${ID}/resolve`, { note: "Theirs was late" }],
];

describe("operators' payment routes", () => {
  it.each<Route>(ROUTES)("%s %s is answered 404 without the job secret", async (method, path, body) => {
    for (const secret of [null, "", "a wrong job secret", `${SECRET}x`, SECRET.toUpperCase()]) {
      const { status, body: answer } = await operate(method, path, body, secret);
      expect([status, answer.error.code, answer.error.message]).toEqual([404, "not_found", "There is no such route"]);
    }
  });

  it("a request without the job secret reaches no board and no provider switch", async () => {
    for (const [method, path, body] of ROUTES) await operate(method, path, body, null);

    expect(commands).toEqual([]);
    expect(await site.switches.providerSwitch("ozow").state(site.clock.now)).toMatchObject({ paused: null });
  });

  it.each<[...Route, field: string]>([
    ["POST", "/providers/ozow/pause", {}, "reason"],
    ["POST", "/providers/ozow/pause", { reason: "no" }, "reason"],
    ["POST", "/providers/ozow/pause", { reason: 7 }, "reason"],
    ["POST", "/providers/ozow/pause", { reason: "x".repeat(501) }, "reason"],
    ["POST", "/providers/ozow/pause", { reason: "two\nlines" }, "reason"],
    ["POST", "/providers/ozow/pause", "{", "body"],
    ["POST", "/providers/paypal/pause", { reason: "No such thing" }, "name"],
    ["POST", "/providers/OZOW/resume", undefined, "name"],
    ["POST", `/boards/${BOARD}/flags/clear`, { flag: "red", note: "I know them" }, "flag"],
    ["POST", `/boards/${BOARD}/flags/clear`, { flag: "new_host" }, "note"],
    ["POST", `/boards/${BOARD}/flags/clear`, { flag: "new_host", note: "I know", contribution: 7 }, "contribution"],
    [
      "POST",
      `/boards/${BOARD}/flags/clear`,
      { flag: "amount_mismatch", note: "I know", provider_payment_id: "a b" },
      "provider_payment_id",
    ],
    [
      "POST",
      `/contributions/${CONTRIBUTION}/refund`,
      { ...REFUND, provider_payment_id: "../x" },
      "provider_payment_id",
    ],
    ["POST", `/contributions/${CONTRIBUTION}/refund`, {}, "note"],
    ["POST", `/contributions/${CONTRIBUTION}/refund`, undefined, "body"],
    ["POST", `/contributions/${CONTRIBUTION}/refund`, "not JSON", "body"],
    ["POST", "/refunds/one/retry", undefined, "id"],
    ["POST", "/refunds/one/confirm", { note: "Paid in the portal" }, "id"],
    ["POST", `/refunds/${ID}/confirm`, {}, "note"],
    ["POST", `/refunds/${ID}/withdraw`, {}, "note"],
    ["POST", `/refunds/${ID}/withdraw`, { note: "two\nlines" }, "note"],
    ["POST", "/refunds/one/withdraw", { note: "They want to give" }, "id"],
    ["POST", `/refunds/${ID}/confirm`, { note: "    " }, "note"],
    ["POST", `/refunds/${ID}/confirm`, { note: "Paid", provider_refund_id: "" }, "provider_refund_id"],
    ["POST", `/settlement-differences/${ID}/resolve`, {}, "note"],
    ["POST", "/settlement-differences/one/resolve", { note: "Theirs was late" }, "id"],
  ])("%s %s with %j is answered 400 naming %s", async (method, path, body, field) => {
    const { status, body: answer } = await operate(method, path, body);

    expect([status, answer.error.code]).toEqual([400, "validation_error"]);
    expect(answer.error.details).toEqual([{ field, reason: expect.any(String) }]);
    expect(answer.error.details[0].reason).not.toBe("");
    expect(commands).toEqual([]);
  });

  it.each<Route>([
    ["POST", `/boards/${CONTRIBUTION}/flags/clear`, { flag: "new_host", note: "I know them" }],
    ["POST", `/boards/${BOARD}/flags/clear`, { flag: "unexpected_country", note: "I know them", contribution: BOARD }],
    ["POST", `/contributions/${BOARD}/refund`, REFUND],
    ["POST", `/contributions/${CONTRIBUTION}/refund`, REFUND],
    ["POST", `/refunds/${ID}/retry`, undefined],
    ["POST", `/refunds/${ID}/confirm`, { note: "Paid in the portal" }],
    ["POST", `/refunds/${ID}/withdraw`, { note: "They want to give" }],
    ["POST", `/settlement-differences/${ID}/resolve`, { note: "Theirs was late" }],
  ])("%s %s is answered 404 for an unknown target", async (method, path, body) => {
    const { status, body: answer } = await operate(method, path, body);

    expect([status, answer.error.code]).toEqual([404, "not_found"]);
  });

  it.each<[Refusal, number]>([
    [{ refused: "unknown_flag" }, 404],
    [{ refused: "unknown_board" }, 404],
    [{ refused: "paid_out_already", uncovered: cents(30_000) }, 409],
  ])("clearing a flag that the board refuses with %j is answered %i", async (refused, status) => {
    refusal = refused;

    expect(
      (await operate("POST", `/boards/${BOARD}/flags/clear`, { flag: "new_host", note: "I know them" })).status,
    ).toBe(status);
  });
});

describe("provider switches", () => {
  it("a provider is paused with a reason, shown as paused, and resumed", async () => {
    const paused = await operate("POST", "/providers/ozow/pause", { reason: "  Ozow has trouble  " });
    const since = site.clock.now.toISOString();

    expect(paused).toMatchObject({
      status: 200,
      body: { name: "ozow", state: { paused: { since, reason: "Ozow has trouble" }, hiddenUntil: null } },
    });
    const { providers } = (await operate("GET", "/payments")).body;
    expect(
      providers.map(({ name, state }: { name: string; state: { paused: unknown } }) => [name, state.paused]),
    ).toEqual([
      ["payfast", null],
      ["ozow", { since, reason: "Ozow has trouble" }],
      ["snapscan", null],
    ]);
    expect((await operate("POST", "/providers/ozow/resume")).body).toMatchObject({ state: { paused: null } });
    const switched = site.logged.filter(({ provider }) => provider === "ozow").map(({ event }) => event);
    expect(switched).toEqual(["provider.paused", "provider.resumed"]);
  });

  it("pausing and resuming a provider write audit rows, and pausing works while Postgres is away", async () => {
    await operate("POST", "/providers/snapscan/pause", { reason: "They are down" });
    await operate("POST", "/providers/snapscan/resume");
    const rows = await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, "snapscan"));
    expect(rows.map(({ actorEmail, action, metadata }) => [actorEmail, action, metadata])).toEqual([
      [OPERATOR, "provider.paused", { reason: "They are down" }],
      [OPERATOR, "provider.resumed", {}],
    ]);

    database.gateway.pause();
    expect((await operate("POST", "/providers/snapscan/pause", { reason: "They are down" })).status).toBe(200);
    expect(site.logged).toContainEqual(expect.objectContaining({ alert: true, event: "audit_not_written" }));
  });

  it("configured providers are listed, and an unreachable switch has no state and cannot be paused", async () => {
    site = testSite(database, { settings: PAYFAST });
    site.switches.providerSwitch = () => {
      throw Object.assign(new Error("away"), { overloaded: true });
    };

    expect((await operate("GET", "/payments")).body.providers).toEqual([{ name: "payfast", state: null }]);
    expect((await operate("POST", "/providers/payfast/pause", { reason: "Trouble" })).status).toBe(503);
  });
});

describe("settlement differences", () => {
  it("a settlement difference is listed until it is resolved, and is resolved once", async () => {
    const about = { paymentProvider: "payfast", day: "2026-11-24", kind: "missing_here" } as const;
    const [row] = await database.db
      .insert(settlementDifferences)
      .values({ ...about, foundAt: site.clock.now, providerPaymentId: "2577001", theirCents: 25_750 })
      .returning();
    const listed = async () =>
      (await operate("GET", "/payments")).body.differences.find(({ id }: { id: string }) => id === row?.id);
    expect(await listed()).toMatchObject({ provider: "payfast", provider_payment_id: "2577001", their_cents: 25_750 });

    const resolve = () => operate("POST", `/settlement-differences/${row?.id}/resolve`, { note: "A test of theirs" });
    expect(await resolve()).toMatchObject({ status: 200, body: { resolved: true } });

    expect(await listed()).toBeUndefined();
    expect((await resolve()).status).toBe(404);
  });

  it("listing payments and resolving a difference are answered 503 while Postgres is away", async () => {
    database.gateway.pause();

    expect((await operate("GET", "/payments")).status).toBe(503);
    expect((await operate("POST", `/settlement-differences/${ID}/resolve`, { note: "Theirs" })).status).toBe(503);
  });
});
