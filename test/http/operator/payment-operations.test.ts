import { eq, inArray } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { auditLogs, hosts } from "#database/schema";
import { ADMIN_EMAIL } from "../../../local/environment.ts";
import { offeredProviders } from "../../../local/guest.ts";
import type { Outcome, ProviderName } from "../../../local/simulators/outcomes.ts";
import { startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { waitForProjection } from "../hostile/support.ts";

/** The operators' payment routes on the whole platform. */
const api = await startApi();

async function operate(method: string, path: string, body?: unknown) {
  const response = await api.request(`/internal${path}`, {
    method,
    headers: api.operatorHeaders,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const NOTE = "the family asked for it, ticket 4711";
const confirmed = ({ slug }: WireBoard) => ({ note: NOTE, confirm: slug });

/** A board with one contribution of R200 that has this outcome at its provider, or none. */
async function aBoardWith(provider: ProviderName, outcome: Outcome | null) {
  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200", name: "Thandi", provider });
  if (outcome) await api.simulate(reference, outcome, provider);
  await waitForProjection(api, board);
  const { body } = await api.call("GET", `/v1/dream-boards/${board.id}/contributions`);
  return { board, reference, contribution: body.data[0]?.id as string };
}

type Refund = { id: string; board: string; status: string; cause: string; provider: string; amount_cents: number };
type Flag = { board: string; provider_payment_id: string; received_cents: number };

/** The entries of the review queue about one board. */
async function reviewQueue({ id }: WireBoard): Promise<{ refunds: Refund[]; flags: Flag[] }> {
  const { refunds, flags } = (await operate("GET", "/payments")).body as { refunds: Refund[]; flags: Flag[] };
  return { refunds: refunds.filter(({ board }) => board === id), flags: flags.filter(({ board }) => board === id) };
}
const statusOf = async ({ id }: WireBoard) => (await api.call("GET", `/v1/dream-boards/${id}`)).body.data.status;

describe("cancellation of a board", () => {
  it("a board that an operator cancels requests its refund and takes no further contributions", async () => {
    const { board, contribution } = await aBoardWith("snapscan", "pay");

    const cancelled = await operate("POST", `/boards/${board.id}/cancel`, confirmed(board));

    expect(cancelled).toMatchObject({ status: 200, body: { status: "cancelled", raised_cents: 19_400 } });
    expect(await operate("POST", `/boards/${board.slug}/cancel`, confirmed(board))).toMatchObject({
      body: { status: "cancelled" },
    });
    await waitForProjection(api, board);
    expect((await reviewQueue(board)).refunds).toMatchObject([
      { contribution, provider: "snapscan", cause: "board_cancelled", status: "requested", amount_cents: 20_000 },
    ]);
    const audits = await api.db
      .select()
      .from(auditLogs)
      .where(inArray(auditLogs.targetId, [board.id, contribution]));
    const [person] = await api.db.select().from(hosts).where(eq(hosts.email, ADMIN_EMAIL));
    const byPerson = audits.filter(({ actorId }) => actorId === person?.id);
    expect(byPerson.map(({ action, actorEmail }) => [action, actorEmail]).sort()).toEqual([
      ["board.cancelled", ADMIN_EMAIL],
      ["refund.requested", ADMIN_EMAIL],
    ]);
    await eventually(async () => {
      expect(await (await api.request(`/${board.slug}`)).text()).toContain("was cancelled");
      return true;
    });
    expect((await api.request(`/${board.slug}/contribute`)).status).toBe(303);
  });

  it("an operator cannot cancel a closed board", async () => {
    const { board } = await aBoardWith("payfast", "pay");
    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });

    expect((await operate("POST", `/boards/${board.id}/cancel`, confirmed(board))).status).toBe(409);
    expect(await statusOf(board)).toBe("closed");
  });

  it("a partner can cancel its own board and not another partner's board", async () => {
    const { board } = await aBoardWith("payfast", "pay");
    const path = `/v1/dream-boards/${board.id}`;
    expect((await api.call("PATCH", path, { status: "cancelled" }, api.otherPartner.apiKey)).status).toBe(404);
    expect(await statusOf(board)).toBe("active");

    const cancelled = await api.call("PATCH", path, { status: "cancelled" });

    expect(cancelled).toMatchObject({ status: 200, body: { data: { status: "cancelled" } } });
    expect((await api.call("PATCH", path, { status: "cancelled" })).body.data).toEqual(cancelled.body.data);
  });
});

describe("manual refunds", () => {
  it("a manual refund is in the review queue, can be requested again, and is confirmed once", async () => {
    const { board, contribution } = await aBoardWith("snapscan", "pay");
    expect(await operate("POST", `/contributions/${contribution}/refund`, { note: NOTE })).toMatchObject({
      status: 200,
      body: { recorded: true, projected: true },
    });
    expect((await operate("POST", `/contributions/${contribution}/refund`, { note: NOTE })).body).toMatchObject({
      recorded: false,
    });
    const [{ id = "" } = {}] = (await reviewQueue(board)).refunds;
    expect((await operate("POST", `/refunds/${id}/retry`)).status).toBe(409);

    await api.runJob("send-refunds");
    expect((await reviewQueue(board)).refunds).toMatchObject([
      { id, status: "needs_manual_action", cause: "operator" },
    ]);
    expect((await operate("POST", `/refunds/${id}/retry`)).body).toMatchObject({ recorded: true });
    expect((await reviewQueue(board)).refunds).toMatchObject([{ id, status: "requested" }]);

    expect((await operate("POST", `/refunds/${id}/confirm`, { note: "Too early" })).status).toBe(409);
    await api.runJob("send-refunds");

    const confirm = () => operate("POST", `/refunds/${id}/confirm`, { note: "Paid in SnapScan's portal" });
    expect(await confirm()).toMatchObject({ status: 200, body: { recorded: true } });
    expect((await reviewQueue(board)).refunds).toEqual([]);
    expect((await confirm()).body).toMatchObject({ recorded: false });
    const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`);
    expect(body.data.raised_cents).toBe(0);
  });

  it("a refund can be withdrawn before it is sent, and its amount stays in the board's total", async () => {
    const { board, contribution } = await aBoardWith("snapscan", "pay");
    await operate("POST", `/contributions/${contribution}/refund`, { note: NOTE });
    const [{ id = "" } = {}] = (await reviewQueue(board)).refunds;

    const withdrawn = await operate("POST", `/refunds/${id}/withdraw`, { note: "They want to give after all" });

    expect(withdrawn).toMatchObject({ status: 200, body: { recorded: true } });
    expect((await reviewQueue(board)).refunds).toEqual([]);
    const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`);
    expect(body.data.raised_cents).toBe(19_400);
  });

  it("a contribution that was not paid cannot be refunded", async () => {
    const { contribution } = await aBoardWith("payfast", "fail");

    const { status, body } = await operate("POST", `/contributions/${contribution}/refund`, { note: NOTE });

    expect([status, body.error.code]).toEqual([409, "conflict"]);
  });
});

describe("payments of a wrong amount", () => {
  it("a payment of a wrong amount opens a flag, can be refunded by its id, and its flag can be cleared", async () => {
    const { board, contribution } = await aBoardWith("payfast", "wrong_amount");
    const flag = (await reviewQueue(board)).flags[0]!;
    expect(flag).toMatchObject({ flag: "amount_mismatch", contribution, received_cents: expect.any(Number) });
    const { provider_payment_id } = flag;

    expect(
      (await operate("POST", `/contributions/${contribution}/refund`, { note: NOTE, provider_payment_id })).status,
    ).toBe(200);
    expect((await reviewQueue(board)).refunds).toMatchObject([
      { cause: "amount_mismatch", amount_cents: flag.received_cents },
    ]);

    const name = { flag: "amount_mismatch", contribution, provider_payment_id, note: "They paid too little" };
    expect((await operate("POST", `/boards/${board.id}/flags/clear`, { ...name, flag: "new_host" })).status).toBe(404);
    expect((await operate("POST", `/boards/${board.id}/flags/clear`, name)).status).toBe(200);
    expect((await reviewQueue(board)).flags).toEqual([]);
  });
});

describe("paused providers", () => {
  it("a paused provider is not offered to guests until it is resumed", async () => {
    const board = await api.createBoard();
    const offered = () => offeredProviders(api.origin, board.slug);
    expect(await offered()).toEqual(["payfast", "ozow", "snapscan"]);

    expect((await operate("POST", "/providers/ozow/pause", { reason: "Ozow has trouble" })).status).toBe(200);
    await eventually(async () => {
      expect(await offered()).toEqual(["payfast", "snapscan"]);
      return true;
    });
    await expect(api.contribute(board.slug, { amount: "200", provider: "ozow" })).rejects.toThrow("422");

    expect((await operate("POST", "/providers/ozow/resume")).status).toBe(200);
    await eventually(async () => {
      expect(await offered()).toEqual(["payfast", "ozow", "snapscan"]);
      return true;
    });
  });
});
