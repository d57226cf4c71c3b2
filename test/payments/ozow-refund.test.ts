import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { ozow } from "#payments/ozow/provider";
import type { PaymentToRefund } from "#payments/provider";
import {
  CLIENT_SECRET,
  depsOf,
  type FakeRefund,
  failure,
  json,
  ozowFarSide,
  SETTINGS,
  toRefund,
} from "./ozow-callbacks.ts";

function connect() {
  const far = ozowFarSide();
  const { deps, notes } = depsOf(far.fetch);
  const provider = ozow(SETTINGS, deps);
  const paid = far.pay();
  const refund = async (changes: Partial<PaymentToRefund> = {}) =>
    (await provider.refund?.(toRefund(paid, changes))) ?? expect.fail("refunds are made by hand");
  const posts = () => far.requests.filter(({ method, url }) => method === "POST" && url.endsWith("/refunds"));
  return { far, notes, paid, refund, posts };
}

const HALF = { currency: "ZAR", value: 128.75 };

describe("sending a refund", () => {
  it("asks which refunds there are, and then sends the whole amount under its key", async () => {
    const { far, paid, refund, posts } = connect();

    expect(await refund()).toEqual({ outcome: "processing", providerRefundId: far.refunds[0]?.id });

    expect(far.asked().slice(1)).toEqual([
      `GET /transactions/${paid.id}/refunds`,
      `POST /transactions/${paid.id}/refunds`,
    ]);
    expect(posts()[0]?.headers.get("idempotency-key")).toBe("refund-1");
    expect(await posts()[0]?.json()).toEqual({
      amount: { currency: "ZAR", value: 257.5 },
      reason: expect.stringContaining("ChipIn"),
      realTimePayment: false,
    });
  });

  it("is told at once when it is paid out at once", async () => {
    const { far, refund } = connect();
    far.rule = ({ method }, pathname) =>
      method === "POST" && pathname.endsWith("/refunds")
        ? json([{ id: "r-1", status: "Complete", amount: { currency: "ZAR", value: "257.50" } }], 201)
        : null;

    expect(await refund()).toEqual({ outcome: "completed", providerRefundId: "r-1" });
  });

  it.each([400, 403, 404, 409, 422])("is refused by a %i", async (status) => {
    const { far, refund } = connect();
    far.rule = ({ method }, pathname) => (method === "POST" && pathname.endsWith("/refunds") ? failure(status) : null);

    expect(await refund()).toEqual({ outcome: "refused", reason: `Ozow refused the refund (${status})` });
  });

  it.each([
    [401, "refuses_us"],
    [408, "unavailable"],
    [425, "unavailable"],
    [429, "busy"],
    [500, "unavailable"],
    [503, "unavailable"],
  ])("is neither sent nor refused by a %i", async (status, trouble) => {
    const { far, refund } = connect();
    far.rule = ({ method }, pathname) => (method === "POST" && pathname.endsWith("/refunds") ? failure(status) : null);

    await expect(refund()).rejects.toMatchObject({ name: "ProviderError", trouble });
  });

  it.each([
    ["a page", () => new Response("<html>")],
    ["an empty object", () => json({})],
    ["an empty list", () => json([])],
    ["no status", () => json({ id: "r-1" })],
  ])("stays open when it is answered by %s", async (_, answer) => {
    const { far, refund } = connect();
    far.rule = ({ method }, pathname) => (method === "POST" && pathname.endsWith("/refunds") ? answer() : null);

    await expect(refund()).rejects.toMatchObject({ trouble: "unavailable" });
  });

  it("is not sent once more in the same step when the answer is lost", async () => {
    const { far, refund, posts } = connect();
    far.losesNextRefundAnswer = true;

    await expect(refund()).rejects.toMatchObject({ trouble: "unavailable" });
    expect(posts()).toHaveLength(1);
  });

  it.each(["", "../payments", "a b"])("is for a person when the transaction is %j", async (providerPaymentId) => {
    const { far, refund } = connect();

    expect(await refund({ providerPaymentId })).toMatchObject({ outcome: "by_hand" });
    expect(far.requests).toEqual([]);
  });
});

describe("a refund that Ozow lists already", () => {
  const cases: [string, Partial<FakeRefund>, object][] = [
    ["pending", { status: "pending" }, { outcome: "processing" }],
    ["submitted", { status: "Submitted" }, { outcome: "processing" }],
    ["paid out", { status: "complete" }, { outcome: "completed" }],
    [
      "of an amount that is a text",
      { status: "complete", amount: { currency: "ZAR", value: "257.50" } },
      { outcome: "completed" },
    ],
    ["under an unknown word", { status: "queued" }, { outcome: "processing" }],
    ["of a part", { status: "pending", amount: HALF }, { outcome: "by_hand", reason: "partly refunded already" }],
    [
      "of a part, paid out",
      { status: "complete", amount: HALF },
      { outcome: "by_hand", reason: "partly refunded already" },
    ],
    ["of an unknown amount", { status: "complete", amount: undefined }, { outcome: "by_hand" }],
  ];

  it.each(cases)("%s: is not sent again", async (_, listed, outcome) => {
    const { far, paid, refund, posts } = connect();
    far.addRefund(paid.id, listed);

    expect(await refund()).toMatchObject(outcome);
    expect(posts()).toEqual([]);
  });

  it.each(["failed", "cancelled", "returned"])("%s: is no reason not to send another", async (status) => {
    const { far, paid, refund, posts } = connect();
    far.addRefund(paid.id, { status });

    expect(await refund()).toMatchObject({ outcome: "processing" });
    expect(posts()).toHaveLength(1);
  });

  it("is the one that was paid out, where there are two", async () => {
    const { far, paid, refund } = connect();
    far.addRefund(paid.id, { status: "pending" });
    const { id } = far.addRefund(paid.id, { status: "complete" });

    expect(await refund()).toEqual({ outcome: "completed", providerRefundId: id });
  });

  it.each(["results", "refunds", "data"])("is found under %s", async (name) => {
    const { far, paid, refund, posts } = connect();
    far.addRefund(paid.id, { status: "complete" });
    far.envelope = (rows) => ({ [name]: rows });

    expect(await refund()).toMatchObject({ outcome: "completed" });
    expect(posts()).toEqual([]);
  });

  it.each([
    ["no list", () => json({ items: [] })],
    ["a list of something else", () => json([{ id: "r-1" }])],
    ["a page", () => new Response("<html>")],
    ["500", () => failure(500)],
  ])("may be hidden behind %s, so nothing is sent", async (_, answer) => {
    const { far, refund, posts } = connect();
    far.rule = ({ method }, pathname) => (method === "GET" && pathname.endsWith("/refunds") ? answer() : null);

    await expect(refund()).rejects.toMatchObject({ trouble: "unavailable" });
    expect(posts()).toEqual([]);
  });

  it("is none when a transaction without refunds is answered by 404", async () => {
    const { far, refund, notes } = connect();
    far.rule = ({ method }, pathname) => (method === "GET" && pathname.endsWith("/refunds") ? failure(404) : null);

    expect(await refund()).toMatchObject({ outcome: "processing" });
    expect(notes).toEqual([{ event: "ozow_refunds_unlisted", status: 404 }]);
  });
});

describe("a refund whose id we have", () => {
  it.each([
    ["pending", {}, { outcome: "processing" }],
    ["complete", {}, { outcome: "completed" }],
    ["complete", { amount: HALF }, { outcome: "by_hand" }],
    ["returned", {}, { outcome: "refused", reason: "returned by the bank" }],
    ["failed", { reason: "Insufficient float" }, { outcome: "refused", reason: "Ozow says failed" }],
    ["failed", { reason: "Closed by Thandi Nkosi" }, { outcome: "refused", reason: "Ozow says failed" }],
    ["Cancelled", { reason: "ChipIn contribution refunded" }, { outcome: "refused", reason: "Ozow says Cancelled" }],
    ["failed", { reason: "account 62001234567 of Thandi" }, { outcome: "refused", reason: "Ozow says failed" }],
    ["failed", { reason: "write to thandi@example.com" }, { outcome: "refused", reason: "Ozow says failed" }],
  ])("and which is %s %j comes to %j", async (status, changes, outcome) => {
    const { far, paid, refund, posts } = connect();
    const { id } = far.addRefund(paid.id, { status, ...changes });

    expect(await refund({ providerRefundId: id })).toMatchObject(outcome);
    expect(posts()).toEqual([]);
  });

  it("is read by itself when the list lacks it, and never sent again", async () => {
    const { far, paid, refund, posts } = connect();
    const { id } = far.addRefund(paid.id, { status: "complete" });
    far.envelope = () => [];

    expect(await refund({ providerRefundId: id })).toEqual({ outcome: "completed", providerRefundId: id });
    expect(await refund({ providerRefundId: "unknown" })).toMatchObject({ outcome: "by_hand" });
    expect(await refund({ providerRefundId: "../refunds" })).toMatchObject({ outcome: "by_hand" });
    expect(posts()).toEqual([]);
  });

  it("has failed, whatever other refund is under way", async () => {
    const { far, paid, refund } = connect();
    const { id } = far.addRefund(paid.id, { status: "failed" });
    far.addRefund(paid.id, { status: "pending" });

    expect(await refund({ providerRefundId: id })).toMatchObject({ outcome: "refused" });
  });

  it("is not another one that Ozow shows in its place", async () => {
    const { far, refund, posts } = connect();
    far.envelope = () => [];
    far.rule = (_, pathname) => (pathname === "/refunds/r-1" ? json({ id: "r-2", status: "complete" }) : null);

    await expect(refund({ providerRefundId: "r-1" })).rejects.toMatchObject({ trouble: "unavailable" });
    expect(posts()).toEqual([]);
  });

  it("notes a word it does not know", async () => {
    const { far, paid, refund, notes } = connect();
    const { id } = far.addRefund(paid.id, { status: "queued" });

    expect(await refund({ providerRefundId: id })).toEqual({ outcome: "processing", providerRefundId: id });
    expect(notes).toEqual([{ event: "ozow_refund_status_unknown", refund_id: id, status: "queued" }]);
  });
});

describe("money", () => {
  it("goes back once, also when the list forgets and answers are lost", async () => {
    const trouble = fc.constantFrom("works", "loses the answer", "forgets the list", "401", "500", "429");
    await fc.assert(
      fc.asyncProperty(fc.array(trouble, { maxLength: 8 }), async (steps) => {
        const { far, refund } = connect();
        for (const [at, step] of [...steps, "works"].entries()) {
          far.losesNextRefundAnswer = step === "loses the answer";
          far.envelope = (rows) => (step === "forgets the list" ? [] : rows);
          far.rule = (_, pathname) =>
            /^\d+$/.test(step) && pathname.endsWith("/refunds") ? failure(Number(step)) : null;
          await refund({ mayHaveBeenSent: at > 0 }).catch((error: unknown) => {
            expect(String(error)).not.toMatch(new RegExp(`${CLIENT_SECRET}|token-|says who`));
          });
          expect(far.refunds.length).toBeLessThanOrEqual(1);
        }
        expect(far.refunds).toHaveLength(1);
      }),
    );
  });

  it("is sent anew, under another key, after a refund has failed", async () => {
    const { far, refund, posts } = connect();
    await refund();
    for (const sent of far.refunds) sent.status = "failed";

    expect(await refund({ idempotencyKey: "refund-2" })).toMatchObject({ outcome: "processing" });
    expect(posts().map(({ headers }) => headers.get("idempotency-key"))).toEqual(["refund-1", "refund-2"]);
  });

  it("is sent to the cent", async () => {
    const { far, paid, refund } = connect();
    paid.amount = { currency: "ZAR", value: 2_000.29 };

    await refund({ amount: cents(200_029) });

    expect(far.refunds[0]?.amount).toEqual({ currency: "ZAR", value: 2_000.29 });
  });
});
