import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boardNotes } from "#database/own-tables";
import { giftCards } from "#database/payout-tables";
import { auditLogs } from "#database/schema";
import { SYSTEM } from "#domain/board/actor";
import { newId, parsePublicId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { findGiftCard } from "#payouts/gift-cards";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aPaidBoard, KARRI, report, siteWithBoards } from "../board-to-pay-out.ts";
import { takealotBoard } from "../partner-api/bodies.ts";
import { aCaller, type Caller } from "../partner-api/support.ts";
import { OPERATOR, OPERATOR_HEADERS } from "../support.ts";

const NOTE = "paid in the portal, ticket 4711";
const SIPHO = "sipho@chipin.test";

let database: TestDatabase;
let platform: ReturnType<typeof siteWithBoards>;
let caller: Caller;
beforeAll(async () => {
  database = await startTestDatabase();
  platform = siteWithBoards(database);
});
afterAll(() => database.stop());
beforeEach(async () => {
  caller = await aCaller(platform.site);
});

type Answer = Record<string, unknown> & {
  error: { code: string; message: string; details?: { field: string }[] };
  payouts: { id: string; net_cents: number; held: boolean }[];
};

async function operate(path: string, body?: unknown, by = OPERATOR) {
  const response = await platform.site.request(`/internal${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...OPERATOR_HEADERS, "ChipIn-Operator": by, "CF-Connecting-IP": "196.25.1.1" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

/** A closed board with a payout of R200 for the gift and R285 for the charity, and their ids. */
async function aClosedBoard(body: Readonly<Record<string, unknown>> = KARRI) {
  const board = await aPaidBoard(platform, caller, body);
  await caller.post(`/v1/dream-boards/${board.id}/close`, { reason: "manual" });
  const [gift = "", charity = ""] = [...board.object.board.state.payouts.keys()].map((id) => publicId("payout", id));
  return { ...board, gift, charity };
}

const complete = (id: string, net_cents: number, more: object = {}, by = OPERATOR) =>
  operate(`/payouts/${id}/complete`, { external_ref: "ORDER-1", net_cents, note: NOTE, ...more }, by);
const auditsOf = (targetId: string, action: string) =>
  database.db
    .select()
    .from(auditLogs)
    .where(and(eq(auditLogs.targetId, targetId), eq(auditLogs.action, action)));

describe("paying by hand", () => {
  it("an operator pays a board out through a failure and a retry, and each step names the person", async () => {
    const { object, gift, charity, id } = await aClosedBoard();

    expect((await operate(`/payouts/${gift}/start`, { note: NOTE })).body).toMatchObject({
      status: "processing",
      attempt: 1,
      recorded: true,
      projected: true,
    });
    expect((await operate(`/payouts/${gift}/fail`, { reason: "The card is blocked", note: NOTE })).body).toMatchObject({
      status: "failed",
      error_code: "failed_by_hand",
      error_message: "The card is blocked",
    });
    expect((await operate(`/payouts/${gift}/retry`, { note: NOTE })).body).toMatchObject({
      status: "pending",
      attempt: 2,
    });
    expect((await complete(gift, 20_000)).body).toMatchObject({ status: "completed", external_ref: "ORDER-1" });
    expect((await complete(charity, 28_500)).status).toBe(200);

    expect(object.board.state.status).toBe("paid_out");
    expect(await auditsOf(gift, "payout.completed")).toMatchObject([
      { actorType: "admin", actorEmail: OPERATOR, ipAddress: "196.25.1.1", metadata: { external_ref: "ORDER-1" } },
    ]);
    const notes = await database.db
      .select()
      .from(boardNotes)
      .where(eq(boardNotes.dreamBoardId, parsePublicId("board", id) ?? ""));
    expect(notes.map(({ action }) => action).toSorted()).toEqual([
      "payout.completed",
      "payout.failed",
      "payout.retried",
      "payout.started",
    ]);
  });

  it("of two operators who complete one payout at once, one succeeds and the other is told who did", async () => {
    const { gift } = await aClosedBoard();
    const answers = await Promise.all([
      complete(gift, 20_000, { external_ref: "MINE" }),
      complete(gift, 20_000, { external_ref: "THEIRS" }, SIPHO),
    ]);

    const [won, lost] = answers.toSorted((a, b) => a.status - b.status);
    expect([won?.status, lost?.status]).toEqual([200, 409]);
    const winner = won?.body.external_ref === "MINE" ? OPERATOR : SIPHO;
    expect(lost?.body.error.message).toBe(`A payout that is completed by ${winner} cannot be completed.`);
    expect(await auditsOf(gift, "payout.completed")).toHaveLength(1);
    expect(await auditsOf(gift, "payout.complete.refused")).toMatchObject([{ metadata: { code: "conflict" } }]);
  });

  it("completing demands the amount the payout has now, so that no other amount was paid", async () => {
    const { object, gift, contributionId } = await aClosedBoard();
    const seq = object.board.headSeq;
    expect((await complete(gift, 19_999)).body.error).toMatchObject({
      code: "conflict",
      message: "The payout is R200 now. Nothing was recorded.",
    });
    expect(object.board.headSeq).toBe(seq);
    await operate(`/contributions/${publicId("contribution", contributionId)}/refund`, { note: NOTE });

    expect((await complete(gift, 20_000)).status).toBe(409);
  });

  it("the code of a gift card is sealed before the payout is completed, and stands nowhere else", async () => {
    const { gift, object } = await aClosedBoard(takealotBoard);
    const code = { gift_card_code: "TKL-SECRET-CODE-1", gift_card_url: "https://www.takealot.com/redeem" };
    const answer = await complete(gift, 20_000, code);
    const payoutId = parsePublicId("payout", gift) ?? "";

    expect(await findGiftCard(platform.site.services, { payoutId, externalRef: "ORDER-1" })).toEqual({
      code: code.gift_card_code,
      url: code.gift_card_url,
    });
    const [row] = await database.db.select().from(giftCards).where(eq(giftCards.payoutId, payoutId));
    const elsewhere = [answer.body, row, object.journal.events, object.journal.profile, platform.site.logged];
    expect(JSON.stringify(elsewhere)).not.toContain("SECRET-CODE");
  });

  it("a code for a payout that is no gift card is refused, and so is what cannot be read", async () => {
    const { gift } = await aClosedBoard();
    const rows: [path: string, body: object, field: string][] = [
      [
        "complete",
        { external_ref: "ORDER-1", net_cents: 20_000, note: NOTE, gift_card_code: "CODE-1" },
        "gift_card_code",
      ],
      ["complete", { external_ref: "O", net_cents: 20_000, note: NOTE }, "external_ref"],
      ["complete", { external_ref: "ORDER-1", net_cents: "20000", note: NOTE }, "net_cents"],
      ["complete", { external_ref: "ORDER-1", net_cents: 20_000 }, "note"],
      ["fail", { reason: "no", note: NOTE }, "reason"],
      ["start", {}, "note"],
      ["retry", { note: "no" }, "note"],
      ["reveal", {}, "note"],
    ];

    const found = [];
    for (const [path, body] of rows) {
      const { status, body: answer } = await operate(`/payouts/${gift}/${path}`, body);
      expect(status).toBe(400);
      found.push([path, body, answer.error.details?.[0]?.field]);
    }
    expect(found).toEqual(rows);
  });

  it("a card's number is shown only to who says why, and the audit log has who looked", async () => {
    const { gift } = await aClosedBoard();
    const shown = await operate(`/payouts/${gift}`);
    expect(shown.body.recipient_data).toEqual({ card_number_last4: "3333", cardholder_name: "Lindiwe Mokoena" });

    const revealed = await operate(`/payouts/${gift}/reveal`, { note: NOTE });
    expect(revealed.body.recipient_data).toMatchObject({ card_number: KARRI.karri_card_number });
    expect(await auditsOf(gift, "payout.recipient_revealed")).toMatchObject([{ actorEmail: OPERATOR }]);
  });

  it("an executor is asked only for a type that is automated", async () => {
    const { gift } = await aClosedBoard();
    const { status, body } = await operate(`/payouts/${gift}/execute`, {});

    expect([status, body.error.message]).toEqual([409, expect.stringMatching(/not automated|its partner pays it/)]);
  });

  it("a payout that does not exist is answered 404", async () => {
    const unknown = publicId("payout", newId(new Date()));
    const answers = await Promise.all([
      operate(`/payouts/${unknown}`),
      operate("/payouts/nonsense"),
      operate(`/payouts/${unknown}/start`, { note: NOTE }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});

describe("holds", () => {
  it("an operator holds the payouts and lets them go, and the queues show it", async () => {
    const { id, gift } = await aClosedBoard();
    const queued = async (status: string) => {
      const { body } = await operate(`/payouts?status=${status}`);
      return body.payouts.map((payout) => payout.id).includes(gift);
    };
    expect([await queued("pending"), await queued("held")]).toEqual([true, false]);

    expect((await operate(`/boards/${id}/hold`, { note: NOTE })).body).toMatchObject({ recorded: true });
    expect([await queued("pending"), await queued("held")]).toEqual([false, true]);
    expect((await operate(`/payouts/${gift}/start`, { note: NOTE })).body.error.message).toBe(
      "The payouts of this board are held: person.",
    );
    expect((await operate(`/boards/${id}/release`, { note: NOTE })).body).toMatchObject({ recorded: true });
    expect(await queued("pending")).toBe(true);
    expect((await operate(`/boards/${id}/holds`)).body.holds).toMatchObject([
      { reason: "person", placed_at: expect.any(String), lifted_at: expect.any(String) },
    ]);
  });

  it("a release of what no person holds is refused and audited", async () => {
    const { id } = await aClosedBoard();
    const { status, body } = await operate(`/boards/${id}/release`, { note: NOTE });

    expect([status, body.error.message]).toEqual([409, "No person holds the payouts of this board."]);
    expect(await auditsOf(id, "board.release.refused")).toHaveLength(1);
  });

  it("an unknown queue is refused", async () => {
    expect((await operate("/payouts?status=lost")).status).toBe(400);
  });
});

describe("late money", () => {
  it("an operator has late money paid out on top instead of refunded", async () => {
    const { object, id } = await aPaidBoard(platform, caller);
    const { contributionId } = await late(object);
    await caller.post(`/v1/dream-boards/${id}/close`, { reason: "manual" });
    await report(object, referenceOf(object, contributionId), 10_000, "completed");
    const path = `/contributions/${publicId("contribution", contributionId)}/supplement`;

    expect((await operate(path, { note: NOTE })).body).toEqual({ recorded: true, projected: true });
    expect((await operate(path, { note: NOTE })).body).toEqual({ recorded: false, projected: true });
    expect([...object.board.state.payouts.values()].map(({ gross }) => gross)).toEqual([20_000, 28_500, 9_700]);
  });

  it("money that came in time is not paid out on top, and money that was paid out is not refunded", async () => {
    const { gift, charity, contributionId } = await aClosedBoard();
    await complete(gift, 20_000);
    await complete(charity, 28_500);
    const contribution = publicId("contribution", contributionId);
    const supplement = await operate(`/contributions/${contribution}/supplement`, { note: NOTE });
    const refund = await operate(`/contributions/${contribution}/refund`, { note: NOTE });

    expect([supplement.status, refund.status]).toEqual([409, 409]);
    expect(refund.body.error.message).toBe("The money is being paid out, or was: R485 of it is no longer here.");
  });
});

type BoardObject = Awaited<ReturnType<typeof aPaidBoard>>["object"];

/** Opens a contribution of R100 that is not paid yet. */
async function late(object: BoardObject): Promise<{ contributionId: string }> {
  const contributionId = newId(platform.site.clock.now);
  const form = { submission: contributionId, provider: "payfast", signals: [], challengePassed: true } as const;
  const command = { type: "open_contribution", contributionId, amount: cents(10_000), ...form } as const;
  await object.execute(command, { by: SYSTEM, requestId: "test" });
  return { contributionId };
}

function referenceOf(object: BoardObject, contributionId: string): string {
  return object.board.state.contributions.get(contributionId)?.reference ?? "";
}
