import { describe, expect, it } from "vitest";
import { callbackSite } from "./callback-site.ts";
import { DOORS, type Door } from "./doors.ts";

const ozow = DOORS[1] as Door;

/** R200 paid by Ozow on a board that was then cancelled, with a refund Ozow is asked for. */
async function aRefund() {
  const it = callbackSite();
  const { board, far, knock } = it;
  const reference = board.begin("ozow", 20_000);
  await knock("ozow", ozow.tell(far, { reference, amount: 20_000 }));
  const payment = far.ozow.transactions[0]!;
  board.play({ type: "cancel_board" });
  const amount = { currency: "ZAR", value: 200 };
  const refund = far.ozow.addRefund(payment.id, { amount });
  const told = board.commands.length;

  return {
    ...it,
    reference,
    payment,
    refund,
    refundOf: () => board.of(reference).refunds.get(payment.id),
    tell: (changes: Partial<typeof refund> = {}, id = refund.id) => {
      Object.assign(refund, changes);
      return knock("ozow", ozow.sign(JSON.stringify({ type: "refund.complete", data: { id } })));
    },
    commandsSince: () => board.commands.slice(told),
  };
}

describe("a provider's word about a refund", () => {
  it.each([
    { status: "pending", becomes: "processing", payment: "completed" },
    { status: "submitted", becomes: "processing", payment: "completed" },
    { status: "complete", becomes: "completed", payment: "refunded" },
    { status: "failed", becomes: "failed", payment: "completed" },
    { status: "cancelled", becomes: "failed", payment: "completed" },
    { status: "incomplete", becomes: "processing", payment: "completed" },
  ])("reaches its board: $status", async ({ status, becomes, payment }) => {
    const it = await aRefund();

    const { status: answered, line } = await it.tell({ status });

    expect([answered, line.outcome, line.provider_refund_id]).toEqual([200, "recorded", it.refund.id]);
    expect(it.refundOf()).toMatchObject({ status: becomes, providerRefundId: it.refund.id });
    expect(it.board.of(it.reference).status).toBe(payment);
  });

  it("a repeated or an older report of a refund changes nothing", async () => {
    const it = await aRefund();
    await it.tell({ status: "complete" });
    const events = it.board.log.length;

    for (const status of ["complete", "pending", "failed"]) {
      expect((await it.tell({ status })).line).toMatchObject({ status: 200, outcome: "no_change" });
    }
    expect(it.board.log).toHaveLength(events);
    expect(it.board.of(it.reference).status).toBe("refunded");
  });

  it("leaves a refund that came back from the bank to a person", async () => {
    const it = await aRefund();
    await it.tell({ status: "complete" });

    expect((await it.tell({ status: "returned" })).status).toBe(200);
    expect([...it.board.state.flags.values()]).toMatchObject([{ flag: "refund_returned", cleared: false }]);
  });

  it.each([
    { why: "of less", amount: { currency: "ZAR", value: 199.99 } },
    { why: "of more", amount: { currency: "ZAR", value: 200.01 } },
    { why: "of nobody knows how much", amount: undefined },
  ])("does not make a payment refunded that is $why", async ({ amount }) => {
    const it = await aRefund();

    await it.tell({ status: "complete", amount });

    expect(it.refundOf()?.status).toBe("processing");
    expect(it.board.of(it.reference).status).toBe("completed");
  });

  it.each<[why: string, play: (it: Awaited<ReturnType<typeof aRefund>>) => ReturnType<typeof it.tell>]>([
    ["a refund Ozow does not know", (it) => it.tell({}, "00000000-0000-4000-8000-000000000000")],
    ["an id that is a path", (it) => it.tell({}, "../transactions/x")],
    [
      "a refund nobody asked for",
      async (it) => {
        const reference = it.other.begin("ozow", 20_000);
        await it.knock("ozow", ozow.tell(it.far, { reference, amount: 20_000 }));
        const theirs = it.far.ozow.addRefund(it.far.ozow.transactions[1]!.id, { status: "complete" });
        return it.tell({}, theirs.id);
      },
    ],
    [
      "a refund of another merchant's payment",
      (it) => {
        it.payment.siteCode = "OTH-OTH-001";
        return it.tell({ status: "complete" });
      },
    ],
    ["a refund in another currency", (it) => it.tell({ status: "complete", amount: { currency: "USD", value: 200 } })],
  ])("is thanked for and shown to a person, and changes nothing: %s", async (_, play) => {
    const it = await aRefund();

    const { status, line } = await play(it);

    expect([status, line.alert, line.outcome]).toEqual([200, true, "refused"]);
    expect(it.refundOf()?.status).toBe("requested");
    expect(it.other.state.counted + it.board.state.counted).toBe(it.other.standing().paid > 0 ? 38_800 : 19_400);
  });

  it("is asked for again when Ozow or the board cannot be reached", async () => {
    const it = await aRefund();
    it.far.ozow.farSide = "answers 500";

    expect((await it.tell({ status: "complete" })).status).toBe(503);
    it.far.ozow.farSide = "works";
    it.board.object.outage = Object.assign(new Error("overloaded"), { overloaded: true });
    expect((await it.tell({ status: "complete" })).status).toBe(503);
    expect(it.commandsSince()).toEqual([]);
  });
});
