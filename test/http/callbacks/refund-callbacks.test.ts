import { describe, expect, it } from "vitest";
import { callbackSite } from "./callback-site.ts";
import { PROVIDERS, type ProviderCallbacks } from "./provider-callbacks.ts";

const ozow = PROVIDERS[1] as ProviderCallbacks;

/** A cancelled board with R200 paid by Ozow and a refund requested from Ozow. */
async function aRefund() {
  const it = callbackSite();
  const { board, far, postCallback } = it;
  const reference = board.begin("ozow", 20_000);
  await postCallback("ozow", ozow.report(far, { reference, amount: 20_000 }));
  const payment = far.ozow.transactions[0]!;
  board.play({ type: "cancel_board" });
  const amount = { currency: "ZAR", value: 200 };
  const refund = far.ozow.addRefund(payment.id, { amount });
  const commandsBefore = board.commands.length;

  return {
    ...it,
    reference,
    payment,
    refund,
    refundOf: () => board.of(reference).refunds.get(payment.id),
    report: (changes: Partial<typeof refund> = {}, id = refund.id) => {
      Object.assign(refund, changes);
      return postCallback("ozow", ozow.sign(JSON.stringify({ type: "refund.complete", data: { id } })));
    },
    commandsSince: () => board.commands.slice(commandsBefore),
  };
}

type Refund = Awaited<ReturnType<typeof aRefund>>;

describe("refund callbacks", () => {
  it.each([
    { status: "pending", becomes: "processing", payment: "completed" },
    { status: "submitted", becomes: "processing", payment: "completed" },
    { status: "complete", becomes: "completed", payment: "refunded" },
    { status: "failed", becomes: "failed", payment: "completed" },
    { status: "cancelled", becomes: "failed", payment: "completed" },
    { status: "incomplete", becomes: "processing", payment: "completed" },
  ])(
    "a refund that Ozow reports as $status is $becomes and its payment is $payment",
    async ({ status, becomes, payment }) => {
      const it = await aRefund();

      const { status: answer, line } = await it.report({ status });

      expect([answer, line.outcome, line.provider_refund_id]).toEqual([200, "recorded", it.refund.id]);
      expect(it.refundOf()).toMatchObject({ status: becomes, providerRefundId: it.refund.id });
      expect(it.board.of(it.reference).status).toBe(payment);
    },
  );

  it("a repeated or an older report of a refund changes nothing", async () => {
    const it = await aRefund();
    await it.report({ status: "complete" });
    const events = it.board.log.length;

    for (const status of ["complete", "pending", "failed"]) {
      expect((await it.report({ status })).line).toMatchObject({ status: 200, outcome: "no_change" });
    }
    expect(it.board.log).toHaveLength(events);
    expect(it.board.of(it.reference).status).toBe("refunded");
  });

  it("a refund that the bank returned opens the flag refund_returned", async () => {
    const it = await aRefund();
    await it.report({ status: "complete" });

    expect((await it.report({ status: "returned" })).status).toBe(200);
    expect([...it.board.state.flags.values()]).toMatchObject([{ flag: "refund_returned", cleared: false }]);
  });

  it.each([
    { deviation: "a smaller amount", amount: { currency: "ZAR", value: 199.99 } },
    { deviation: "a larger amount", amount: { currency: "ZAR", value: 200.01 } },
    { deviation: "no amount", amount: undefined },
  ])("a refund report with $deviation does not complete the refund", async ({ amount }) => {
    const it = await aRefund();

    await it.report({ status: "complete", amount });

    expect(it.refundOf()?.status).toBe("processing");
    expect(it.board.of(it.reference).status).toBe("completed");
  });

  it.each<[why: string, counted: number, play: (it: Refund) => ReturnType<Refund["report"]>]>([
    ["a refund that Ozow does not know", 19_400, (it) => it.report({}, "00000000-0000-4000-8000-000000000000")],
    ["a refund id that is a path", 19_400, (it) => it.report({}, "../transactions/x")],
    [
      "a refund that was not requested",
      38_800,
      async (it) => {
        const reference = it.other.begin("ozow", 20_000);
        await it.postCallback("ozow", ozow.report(it.far, { reference, amount: 20_000 }));
        const theirs = it.far.ozow.addRefund(it.far.ozow.transactions[1]!.id, { status: "complete" });
        return it.report({}, theirs.id);
      },
    ],
    [
      "a refund of another merchant's payment",
      19_400,
      (it) => {
        it.payment.siteCode = "OTH-OTH-001";
        return it.report({ status: "complete" });
      },
    ],
    [
      "a refund in another currency",
      19_400,
      (it) => it.report({ status: "complete", amount: { currency: "USD", value: 200 } }),
    ],
  ])("a report about %s is answered 200 with an alert and changes nothing", async (_, counted, play) => {
    const it = await aRefund();

    const { status, line } = await play(it);

    expect([status, line.alert, line.outcome]).toEqual([200, true, "refused"]);
    expect(it.refundOf()?.status).toBe("requested");
    expect(it.other.state.counted + it.board.state.counted).toBe(counted);
  });

  it("a refund callback is answered 503 when Ozow or the board cannot be reached", async () => {
    const it = await aRefund();
    it.far.ozow.farSide = "answers 500";

    expect((await it.report({ status: "complete" })).status).toBe(503);
    it.far.ozow.farSide = "works";
    it.board.object.outage = Object.assign(new Error("overloaded"), { overloaded: true });
    expect((await it.report({ status: "complete" })).status).toBe(503);
    expect(it.commandsSince()).toEqual([]);
  });
});
