import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { ozow } from "#payments/ozow/provider";
import type { PaymentToRefund } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
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
  const { deps, logged } = depsOf(far.fetch);
  const provider = ozow(SETTINGS, deps);
  const paid = far.pay();
  const refund = async (changes: Partial<PaymentToRefund> = {}) =>
    (await provider.refund?.(toRefund(paid, changes))) ?? expect.fail("refunds are made by hand");
  const posts = () => far.requests.filter(({ method, url }) => method === "POST" && url.endsWith("/refunds"));
  return { far, logged, paid, refund, posts };
}

const HALF = { currency: "ZAR", value: 128.75 };

it("an Ozow refund is sent after a list of refunds, for the whole amount, with its idempotency key", async () => {
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

it("an Ozow refund that is paid out at once is completed at once", async () => {
  const { far, refund } = connect();
  far.rule = ({ method }, pathname) =>
    method === "POST" && pathname.endsWith("/refunds")
      ? json([{ id: "r-1", status: "Complete", amount: { currency: "ZAR", value: "257.50" } }], 201)
      : null;

  expect(await refund()).toEqual({ outcome: "completed", providerRefundId: "r-1" });
});

it("an Ozow refund answered with a 4xx about the call is refused", async () => {
  await everyRow([400, 403, 404, 409, 422], async (status) => {
    const { far, refund } = connect();
    far.rule = ({ method }, pathname) => (method === "POST" && pathname.endsWith("/refunds") ? failure(status) : null);

    expect(await refund()).toEqual({ outcome: "refused", reason: `Ozow refused the refund (${status})` });
  });
});

it("an Ozow refund answered with any other error is neither sent nor refused", async () => {
  await everyRow(
    [
      [401, "refuses_us"],
      [408, "unavailable"],
      [425, "unavailable"],
      [429, "busy"],
      [500, "unavailable"],
      [503, "unavailable"],
    ],
    async ([status, trouble]) => {
      const { far, refund } = connect();
      far.rule = ({ method }, pathname) =>
        method === "POST" && pathname.endsWith("/refunds") ? failure(status) : null;

      await expect(refund()).rejects.toMatchObject({ name: "ProviderError", trouble });
    },
  );
});

it("an Ozow refund answered with something unreadable stays open", async () => {
  await everyRow(
    [
      ["a page", () => new Response("<html>")],
      ["an empty object", () => json({})],
      ["an empty list", () => json([])],
      ["no status", () => json({ id: "r-1" })],
    ],
    async ([_, answer]) => {
      const { far, refund } = connect();
      far.rule = ({ method }, pathname) => (method === "POST" && pathname.endsWith("/refunds") ? answer() : null);

      await expect(refund()).rejects.toMatchObject({ trouble: "unavailable" });
    },
  );
});

it("an Ozow refund whose answer is lost is not sent again in the same step", async () => {
  const { far, refund, posts } = connect();
  far.losesNextRefundAnswer = true;

  await expect(refund()).rejects.toMatchObject({ trouble: "unavailable" });
  expect(posts()).toHaveLength(1);
});

it("an Ozow refund of a transaction id that is not an Ozow id needs manual action, and nothing is sent", async () => {
  await everyRow(["", "../payments", "a b"], async (providerPaymentId) => {
    const { far, refund } = connect();

    expect(await refund({ providerPaymentId })).toMatchObject({ outcome: "needs_manual_action" });
    expect(far.requests).toEqual([]);
  });
});

describe("listed Ozow refunds", () => {
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
    [
      "of a part",
      { status: "pending", amount: HALF },
      { outcome: "needs_manual_action", reason: "partly refunded already" },
    ],
    [
      "of a part, paid out",
      { status: "complete", amount: HALF },
      { outcome: "needs_manual_action", reason: "partly refunded already" },
    ],
    ["of an unknown amount", { status: "complete", amount: undefined }, { outcome: "needs_manual_action" }],
  ];

  it("an Ozow refund is not sent when Ozow already lists one that may pay out", async () => {
    await everyRow(cases, async ([_, listed, outcome]) => {
      const { far, paid, refund, posts } = connect();
      far.addRefund(paid.id, listed);

      expect(await refund()).toMatchObject(outcome);
      expect(posts()).toEqual([]);
    });
  });

  it("an Ozow refund is sent when the listed ones failed, were cancelled or were returned", async () => {
    await everyRow(["failed", "cancelled", "returned"], async (status) => {
      const { far, paid, refund, posts } = connect();
      far.addRefund(paid.id, { status });

      expect(await refund()).toMatchObject({ outcome: "processing" });
      expect(posts()).toHaveLength(1);
    });
  });

  it("a refund that Ozow lists as paid out is used before one that is pending", async () => {
    const { far, paid, refund } = connect();
    far.addRefund(paid.id, { status: "pending" });
    const { id } = far.addRefund(paid.id, { status: "complete" });

    expect(await refund()).toEqual({ outcome: "completed", providerRefundId: id });
  });

  it("listed Ozow refunds are found in every shape of the list", async () => {
    await everyRow(["results", "refunds", "data"], async (name) => {
      const { far, paid, refund, posts } = connect();
      far.addRefund(paid.id, { status: "complete" });
      far.envelope = (rows) => ({ [name]: rows });

      expect(await refund()).toMatchObject({ outcome: "completed" });
      expect(posts()).toEqual([]);
    });
  });

  it("an Ozow refund is not sent when the list of refunds cannot be read", async () => {
    await everyRow(
      [
        ["no list", () => json({ items: [] })],
        ["a list of something else", () => json([{ id: "r-1" }])],
        ["a page", () => new Response("<html>")],
        ["500", () => failure(500)],
      ],
      async ([_, answer]) => {
        const { far, refund, posts } = connect();
        far.rule = ({ method }, pathname) => (method === "GET" && pathname.endsWith("/refunds") ? answer() : null);

        await expect(refund()).rejects.toMatchObject({ trouble: "unavailable" });
        expect(posts()).toEqual([]);
      },
    );
  });

  it("a 404 for the list of refunds means that there are none, and is logged", async () => {
    const { far, refund, logged } = connect();
    far.rule = ({ method }, pathname) => (method === "GET" && pathname.endsWith("/refunds") ? failure(404) : null);

    expect(await refund()).toMatchObject({ outcome: "processing" });
    expect(logged).toEqual([{ event: "ozow_refunds_unlisted", status: 404 }]);
  });
});

it("an Ozow refund with a known id ends by its status and amount, without a quote of Ozow's text", async () => {
  await everyRow(
    [
      ["pending", {}, { outcome: "processing" }],
      ["complete", {}, { outcome: "completed" }],
      ["complete", { amount: HALF }, { outcome: "needs_manual_action" }],
      ["returned", {}, { outcome: "refused", reason: "returned by the bank" }],
      ["failed", { reason: "Insufficient float" }, { outcome: "refused", reason: "Ozow says failed" }],
      ["failed", { reason: "Closed by Thandi Nkosi" }, { outcome: "refused", reason: "Ozow says failed" }],
      ["Cancelled", { reason: "ChipIn contribution refunded" }, { outcome: "refused", reason: "Ozow says Cancelled" }],
      ["failed", { reason: "account 62001234567 of Thandi" }, { outcome: "refused", reason: "Ozow says failed" }],
      ["failed", { reason: "write to thandi@example.com" }, { outcome: "refused", reason: "Ozow says failed" }],
    ],
    async ([status, changes, outcome]) => {
      const { far, paid, refund, posts } = connect();
      const { id } = far.addRefund(paid.id, { status, ...changes });

      expect(await refund({ providerRefundId: id })).toMatchObject(outcome);
      expect(posts()).toEqual([]);
    },
  );
});

it("an Ozow refund with a known id that the list lacks is read by its id and never sent again", async () => {
  const { far, paid, refund, posts } = connect();
  const { id } = far.addRefund(paid.id, { status: "complete" });
  far.envelope = () => [];

  expect(await refund({ providerRefundId: id })).toEqual({ outcome: "completed", providerRefundId: id });
  expect(await refund({ providerRefundId: "unknown" })).toMatchObject({ outcome: "needs_manual_action" });
  expect(await refund({ providerRefundId: "../refunds" })).toMatchObject({ outcome: "needs_manual_action" });
  expect(posts()).toEqual([]);
});

it("an Ozow refund with a known id that failed is refused although another one is under way", async () => {
  const { far, paid, refund } = connect();
  const { id } = far.addRefund(paid.id, { status: "failed" });
  far.addRefund(paid.id, { status: "pending" });

  expect(await refund({ providerRefundId: id })).toMatchObject({ outcome: "refused" });
});

it("an Ozow refund answered with another refund's id is an error, and nothing is sent", async () => {
  const { far, refund, posts } = connect();
  far.envelope = () => [];
  far.rule = (_, pathname) => (pathname === "/refunds/r-1" ? json({ id: "r-2", status: "complete" }) : null);

  await expect(refund({ providerRefundId: "r-1" })).rejects.toMatchObject({ trouble: "unavailable" });
  expect(posts()).toEqual([]);
});

it("an Ozow refund in an unknown status is processing, and the status is logged", async () => {
  const { far, paid, refund, logged } = connect();
  const { id } = far.addRefund(paid.id, { status: "queued" });

  expect(await refund({ providerRefundId: id })).toEqual({ outcome: "processing", providerRefundId: id });
  expect(logged).toEqual([{ event: "ozow_refund_status_unknown", refund_id: id, status: "queued" }]);
});

it("an Ozow refund is paid once, whatever answers are lost and whatever the list omits", async () => {
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

it("a new Ozow refund is sent under another key after the first one failed", async () => {
  const { far, refund, posts } = connect();
  await refund();
  for (const sent of far.refunds) sent.status = "failed";

  expect(await refund({ idempotencyKey: "refund-2" })).toMatchObject({ outcome: "processing" });
  expect(posts().map(({ headers }) => headers.get("idempotency-key"))).toEqual(["refund-1", "refund-2"]);
});

it("an Ozow refund is sent to the cent", async () => {
  const { far, paid, refund } = connect();
  paid.amount = { currency: "ZAR", value: 2_000.29 };

  await refund({ amount: cents(200_029) });

  expect(far.refunds[0]?.amount).toEqual({ currency: "ZAR", value: 2_000.29 });
});
