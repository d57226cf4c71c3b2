import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { partnerEvents } from "#database/event-tables";
import { auditLogs, payouts } from "#database/schema";
import { ADMIN } from "#domain/board/actor";
import type { BoardCommand } from "#domain/board/commands";
import { parsePublicId, publicId } from "#domain/ids";
import { keyringOf } from "#privacy/encryption";
import { openFields } from "#privacy/sealed";
import type { MemoryBoardObject } from "../../support/board.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aPaidBoard, KARRI, siteWithBoards } from "../board-to-pay-out.ts";
import { takealotBoard } from "./bodies.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

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

type Payout = Record<string, unknown> & { id: string; type: string; recipient_data: Record<string, unknown> };
type Answer = {
  data: Payout;
  error: { code: string; message: string; details: { field: string }[] };
  pagination: { has_more: boolean; next_cursor: string | null };
};

/** A closed board of the caller with a top-up of R200 and a donation of R285. */
async function aClosedBoard(by = caller) {
  const board = await aPaidBoard(platform, by);
  await by.post(`/v1/dream-boards/${board.id}/close`, { reason: "manual" });
  return board;
}

async function pending(query = "", by = caller): Promise<Payout[]> {
  const response = await by.get(`/v1/payouts/pending${query}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: Payout[] }).data;
}

async function post(path: string, body: unknown, by = caller, headers = {}) {
  const response = await by.post(path, body, headers);
  return { status: response.status, body: (await response.json()) as Answer };
}

const confirm = (id: string, externalRef = "KARRI-42", by = caller) =>
  post(`/v1/payouts/${id}/confirm`, { external_ref: externalRef }, by);
const act = (object: MemoryBoardObject, command: BoardCommand) =>
  object.execute(command, { by: ADMIN, requestId: "test" });

async function eventsOf(type: string): Promise<unknown[]> {
  const isTheirs = and(eq(partnerEvents.partnerId, caller.partnerId), eq(partnerEvents.type, type));
  const rows = await database.db.select().from(partnerEvents).where(isTheirs);
  const keyring = keyringOf(platform.site.services.settings);
  return await Promise.all(rows.map(({ data }) => openFields(keyring, data)));
}

describe("GET /v1/payouts/pending", () => {
  it("a partner lists the payouts it may pay, with what it needs to pay them", async () => {
    await aClosedBoard();
    const payoutsNow = await pending();

    expect(payoutsNow.map(({ type, net_cents, status }) => [type, net_cents, status]).toSorted()).toEqual([
      ["karri_card_topup", 20_000, "pending"],
      ["philanthropy_donation", 28_500, "pending"],
    ]);
    const [card] = await pending("?type=karri_card_topup");
    expect(card?.recipient_data).toEqual({
      card_number: KARRI.karri_card_number,
      card_number_last4: "3333",
      cardholder_name: "Lindiwe Mokoena",
    });
    const [donation] = await pending("?type=philanthropy_donation");
    expect(donation?.recipient_data).toEqual({
      cause_id: "food-forward",
      donor_name: "Maya",
      donor_email: "parent@example.com",
    });
  });

  it("a key that may only read gets the last four digits of the card", async () => {
    await aClosedBoard();
    const reader = await aCaller(platform.site, { partnerId: caller.partnerId, scopes: ["payouts:read"] });
    const [card] = await pending("?type=karri_card_topup", reader);

    expect(card?.recipient_data).toEqual({ card_number_last4: "3333", cardholder_name: "Lindiwe Mokoena" });
    expect((await reader.post(`/v1/payouts/${card?.id}/confirm`, { external_ref: "x" })).status).toBe(403);
  });

  it("payouts that are held, empty, paid, failed or another partner's are left out", async () => {
    const held = await aClosedBoard();
    await act(held.object, { type: "place_hold" });
    const emptied = await aClosedBoard();
    await act(emptied.object, {
      type: "request_refund",
      contributionId: emptied.contributionId,
      providerPaymentId: null,
    });
    await aClosedBoard(await aCaller(platform.site));
    await aClosedBoard();
    const [paid, failed] = await pending();
    await confirm(paid?.id ?? "");
    await post(`/v1/payouts/${failed?.id}/fail`, { error_message: "No such card" });

    expect(await pending()).toEqual([]);
    await act(held.object, { type: "lift_hold" });
    expect(await pending()).toHaveLength(2);
  });

  it("pages follow each other without gaps, and their cursor is for the same filter only", async () => {
    for (let n = 0; n < 3; n += 1) await aClosedBoard();
    const seen: string[] = [];
    let after = "";
    do {
      const response = await caller.get(`/v1/payouts/pending?limit=2${after && `&after=${after}`}`);
      const { data, pagination } = (await response.json()) as Omit<Answer, "data"> & { data: Payout[] };
      seen.push(...data.map(({ id }) => id));
      after = pagination.next_cursor ?? "";
      if (after) {
        const other = await caller.get(`/v1/payouts/pending?type=karri_card_topup&after=${after}`);
        expect(other.status).toBe(400);
      }
    } while (after);

    expect(new Set(seen).size).toBe(6);
    expect(seen).toHaveLength(6);
  });
});

it("closing again with the same idempotency key after a refund answers the payouts as they are now", async () => {
  const board = await aPaidBoard(platform, caller);
  const close = async () => {
    const path = `/v1/dream-boards/${board.id}/close`;
    const { status, body } = await post(path, { reason: "manual" }, caller, { "Idempotency-Key": "close" });
    const { payouts: planned } = body.data as unknown as { payouts: { net_cents: number }[] };
    return [status, planned.map(({ net_cents }) => net_cents)];
  };
  const first = await close();
  const { contributionId } = board;
  await act(board.object, { type: "request_refund", contributionId, providerPaymentId: null });

  expect([first, await close()]).toEqual([
    [200, [20_000, 28_500]],
    [200, [0, 0]],
  ]);
});

describe("GET /v1/payouts", () => {
  it("payouts of every status are listed newest first, or those of a status, a type and a time", async () => {
    const held = await aClosedBoard();
    await act(held.object, { type: "place_hold" });
    await aClosedBoard();
    await aClosedBoard(await aCaller(platform.site));
    const [paid] = await pending();
    await confirm(paid?.id ?? "");
    const listed = async (query: string) => {
      const response = await caller.get(`/v1/payouts${query}`);
      return ((await response.json()) as { data: Payout[] }).data;
    };
    const all = await listed("");

    expect(all).toHaveLength(4);
    expect(all.map(({ id, created_at }) => `${created_at} ${id}`)).toEqual(
      all
        .map(({ id, created_at }) => `${created_at} ${id}`)
        .toSorted()
        .toReversed(),
    );
    expect((await listed("?status=completed")).map(({ id }) => id)).toEqual([paid?.id]);
    expect(await listed("?status=pending")).toHaveLength(3);
    expect((await listed("?type=karri_card_topup")).map(({ type }) => type)).toEqual(Array(2).fill("karri_card_topup"));
    expect(await listed(`?created_before=${all[0]?.created_at}`)).toEqual(
      all.filter(({ created_at }) => String(created_at) < String(all[0]?.created_at)),
    );
  });

  it("pages of payouts follow each other without gaps", async () => {
    for (let n = 0; n < 2; n += 1) await aClosedBoard();
    const seen: string[] = [];
    for (let query = "?limit=3"; query; ) {
      const { data, pagination } = (await (await caller.get(`/v1/payouts${query}`)).json()) as Answer & {
        data: Payout[];
      };
      seen.push(...data.map(({ id }) => id));
      query = pagination.next_cursor === null ? "" : `?limit=3&after=${pagination.next_cursor}`;
    }

    expect([seen.length, new Set(seen).size]).toEqual([4, 4]);
  });
});

describe("GET /v1/payouts/{id}", () => {
  it("a payout is shown to its partner, and does not exist for another", async () => {
    await aClosedBoard();
    const [payout] = await pending();
    const shown = await caller.get(`/v1/payouts/${payout?.id}`);
    const stranger = await aCaller(platform.site);

    expect(((await shown.json()) as Answer).data).toEqual(payout);
    expect((await stranger.get(`/v1/payouts/${payout?.id}`)).status).toBe(404);
    expect((await confirm(payout?.id ?? "", "x", stranger)).status).toBe(404);
    const error = await expectRefusal(await caller.get("/v1/payouts/po_nonsense"), 400, "validation_error");
    expect(error.details).toMatchObject([{ field: "id" }]);
  });
});

describe("POST /v1/payouts/{id}/confirm", () => {
  it("confirming every payout pays the board out, and says so to partner and parent", async () => {
    const endpoint = {
      url: "https://partner.example.com/hooks",
      events: ["payout.ready", "payout.completed", "dreamboard.updated"],
      secret: "a secret between partners",
    };
    await caller.post("/v1/webhooks", endpoint);
    const board = await aClosedBoard();
    const [first, second] = await pending();
    const one = await confirm(first?.id ?? "", "REF-1");
    const two = await confirm(second?.id ?? "", "REF-2");

    expect([one.status, two.status]).toEqual([200, 200]);
    expect(one.body.data).toMatchObject({
      status: "completed",
      external_ref: "REF-1",
      completed_at: expect.any(String),
    });
    expect(JSON.stringify([one.body, two.body])).not.toContain(KARRI.karri_card_number);
    expect(board.object.board.state.status).toBe("paid_out");
    const shown = (await (await caller.get(`/v1/dream-boards/${board.id}`)).json()) as Answer;
    expect(shown.data.status).toBe("paid_out");
    expect(await eventsOf("payout.completed")).toHaveLength(2);
    expect(await eventsOf("dreamboard.updated")).toMatchObject([{ status: "paid_out" }]);
    const row = await database.db.select().from(payouts).where(eq(payouts.externalRef, "REF-1"));
    expect(row).toMatchObject([{ status: "completed", completedAt: platform.site.clock.now }]);
    const audit = await database.db
      .select()
      .from(auditLogs)
      .where(and(eq(auditLogs.targetId, first?.id ?? ""), eq(auditLogs.action, "payout.completed")));
    expect(audit).toMatchObject([
      { actorType: "system", metadata: { external_ref: "REF-1", api_key_id: caller.apiKeyId } },
    ]);
  });

  it("confirming again with the same reference answers the same, and another reference is refused", async () => {
    await aClosedBoard();
    const id = (await pending())[0]?.id ?? "";
    const first = await confirm(id);
    const again = await confirm(id);
    const other = await confirm(id, "another");

    expect([first.status, again.status, other.status]).toEqual([200, 200, 409]);
    expect(again.body.data).toEqual(first.body.data);
    expect(other.body.error.message).toBe("A payout that is completed by you cannot be completed.");
  });

  it("a confirmation that is not true now is refused and changes nothing", async () => {
    type Row = [why: string, act: (board: Awaited<ReturnType<typeof aClosedBoard>>, id: string) => Promise<unknown>];
    const hand = { execution: "019eb08b-9c00-73c4-96b6-182148694124", method: "hand" } as const;
    const rows: Row[] = [
      [
        "The payouts of this board are held: ChipIn looks into it, and payout.ready follows.",
        ({ object }) => act(object, { type: "place_hold" }),
      ],
      [
        "A payout that is failed cannot be completed. It must be retried first.",
        (_, id) => post(`/v1/payouts/${id}/fail`, { error_message: "No such card" }),
      ],
      [
        "The payout is processing by ChipIn; wait for its outcome.",
        ({ object }, id) => act(object, { type: "start_payout", payoutId: parsePublicId("payout", id) ?? "", ...hand }),
      ],
      [
        "Refunds have taken all of this payout: there is nothing to pay.",
        ({ object, contributionId }) =>
          act(object, { type: "request_refund", contributionId, providerPaymentId: null }),
      ],
    ];

    const found = [];
    for (const [, prepare] of rows) {
      const board = await aClosedBoard();
      const id = publicId("payout", [...board.object.board.state.payouts.keys()][0] ?? "");
      await prepare(board, id);
      const before = board.object.board.headSeq;
      const { status, body } = await confirm(id);
      expect([status, board.object.board.headSeq]).toEqual([409, before]);
      found.push([body.error.message, prepare]);
    }
    expect(found).toEqual(rows);
  });

  it("a refused confirmation is in the audit log with its key and reason, another partner's too, once an hour", async () => {
    const { object } = await aClosedBoard();
    const id = (await pending())[0]?.id ?? "";
    const stranger = await aCaller(platform.site);
    await act(object, { type: "place_hold" });
    for (let n = 0; n < 3; n += 1) await confirm(id);
    await confirm(id, "x", stranger);

    const rows = await database.db
      .select()
      .from(auditLogs)
      .where(and(eq(auditLogs.targetId, id), eq(auditLogs.action, "payout.confirm.refused")));
    expect(rows.map(({ metadata }) => metadata)).toEqual(
      expect.arrayContaining([
        { code: "payouts_held", partner_id: caller.partnerId, api_key_id: caller.apiKeyId },
        { code: "not_found", partner_id: stranger.partnerId, api_key_id: stranger.apiKeyId },
      ]),
    );
    expect(rows).toHaveLength(2);
  });

  it("what cannot be read is answered 400 with its field", async () => {
    await aClosedBoard();
    const id = (await pending())[0]?.id ?? "";
    const ahead = new Date(platform.site.clock.now.getTime() + 60_000).toISOString();
    const rows: [path: string, body: unknown, field: string][] = [
      ["confirm", {}, "external_ref"],
      ["confirm", { external_ref: "  " }, "external_ref"],
      ["confirm", { external_ref: "x".repeat(256) }, "external_ref"],
      ["confirm", { external_ref: "a\u0000b" }, "external_ref"],
      ["confirm", { external_ref: "x", completed_at: ahead }, "completed_at"],
      ["confirm", { external_ref: "x", completed_at: "yesterday" }, "completed_at"],
      ["fail", {}, "error_message"],
      ["fail", { error_message: "x".repeat(501) }, "error_message"],
      ["fail", { error_message: "x", error_code: "not a code" }, "error_code"],
    ];

    const found = [];
    for (const [path, body] of rows) {
      const { status, body: answer } = await post(`/v1/payouts/${id}/${path}`, body);
      expect(status).toBe(400);
      found.push([path, body, answer.error.details[0]?.field]);
    }
    expect(found).toEqual(rows);
    expect(await pending()).toHaveLength(2);
  });
});

describe("POST /v1/payouts/{id}/fail", () => {
  it("a failure is kept with its code and words, told to the partner, and can be retried by ChipIn", async () => {
    const events = ["payout.ready", "payout.failed"];
    await caller.post("/v1/webhooks", { url: "https://p.example.com/h", events, secret: "a secret between partners" });
    const { object } = await aClosedBoard();
    const id = (await pending("?type=karri_card_topup"))[0]?.id ?? "";
    const said = { error_code: "card_blocked", error_message: "Lindiwe's card is blocked" };
    const failed = await post(`/v1/payouts/${id}/fail`, said);

    expect(failed).toMatchObject({ status: 200, body: { data: { status: "failed", ...said } } });
    expect(await eventsOf("payout.failed")).toMatchObject([{ id, ...said }]);
    expect(JSON.stringify(object.journal.events)).not.toContain("Lindiwe");
    await act(object, { type: "retry_payout", payoutId: parsePublicId("payout", id) ?? "" });
    expect((await pending("?type=karri_card_topup"))[0]).toMatchObject({ id, status: "pending" });
    expect((await eventsOf("payout.ready")).filter((event) => (event as Payout).id === id)).toHaveLength(2);
  });
});

it("a gift card's recipient is its e-mail address and product", async () => {
  const board = await aPaidBoard(platform, caller, takealotBoard);
  await caller.post(`/v1/dream-boards/${board.id}/close`, { reason: "manual" });

  expect((await pending())[0]?.recipient_data).toMatchObject({ email: "parent@example.com" });
});
