import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { ozow } from "#payments/ozow/provider";
import type { OzowSettings } from "#payments/ozow/settings";
import { answerTo, type CallbackRequest } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import { patienceOf, silent } from "../support/patience.ts";
import {
  CLIENT_SECRET,
  callback,
  type Delivery,
  depsOf,
  type FakeTransaction,
  failure,
  json,
  NOW,
  OTHER_SECRET,
  ozowFarSide,
  REFERENCE,
  SECRET,
  SETTINGS,
  sign,
  thin,
} from "./ozow-callbacks.ts";

const ID = "7f0e2c6a-3b7b-4d51-9a40-0c1d2e3f4a5b";

function connect(settings: Partial<OzowSettings> = {}) {
  const far = ozowFarSide();
  return { far, provider: ozow({ ...SETTINGS, ...settings }, depsOf(far.fetch).deps) };
}

/** The verdict on a callback about one transaction with `changes` at Ozow. */
async function verdictOn(changes: Partial<FakeTransaction> = {}, delivery: Delivery = {}) {
  const { far, provider } = connect();
  const transaction = far.pay({ id: ID, ...changes });
  return provider.readCallback(callback(thin("transaction.complete", transaction.id), delivery));
}

it("a signed Ozow callback is judged by the answer of Ozow's API, not by the data in the callback", async () => {
  const { far, provider } = connect();
  far.pay({ id: ID, status: "Error" });

  const verdict = await provider.readCallback(
    callback(thin("transaction.complete", ID, "Successful"), { id: "msg_7" }),
  );

  expect(verdict).toEqual({
    report: {
      provider: "ozow",
      reference: REFERENCE,
      status: "failed",
      amount: cents(25_750),
      providerPaymentId: ID,
      eventKey: `${ID}:error`,
      providerStatus: "Error",
    },
    notes: [],
  });
  expect(far.asked()).toEqual(["POST /token", `GET /transactions/${ID}`]);
});

it("every retry of an Ozow callback gives the same event key", async () => {
  const verdicts = await Promise.all([12, 5, 0].map((ageS) => verdictOn({}, { id: `msg_${ageS}`, ageS })));

  const keys = verdicts.map((verdict) => "report" in verdict && verdict.report.eventKey);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toContain(ID);
});

it("an Ozow callback is accepted with either secret, neutral header names or additional signatures", async () => {
  await everyRow<[string, Partial<OzowSettings>, Changes]>(
    [
      ["the second of two secrets", { webhookSecrets: [OTHER_SECRET, SECRET] }, {}],
      ["the first of two secrets", { webhookSecrets: [SECRET, OTHER_SECRET] }, {}],
      ["neutral header names", {}, { neutral: true }],
      ["another signature before it", {}, { before: `v1,${"A".repeat(43)}= ` }],
      ["signatures of other versions before it", {}, { before: "v1a,abc v2,def " }],
      ["another signature after it", {}, { after: " v1,AAAA" }],
    ],
    async ([_, settings, { neutral, before = "", after = "" }]) => {
      const { far, provider } = connect(settings);
      far.pay({ id: ID });
      const { headers, ...request } = callback(thin("transaction.complete", ID));
      headers.set("svix-signature", `${before}${headers.get("svix-signature")}${after}`);

      const verdict = await provider.readCallback({ ...request, headers: neutral ? neutralised(headers) : headers });

      expect(verdict).toMatchObject({ report: { status: "completed" } });
    },
  );
});

it("only the transaction id is read from an Ozow callback, in every spelling of Ozow", async () => {
  await everyRow(
    [
      [{ id: ID, status: "Successful" }],
      [{ transactionId: ID, merchantReference: "otherboard0000000001", amount: { value: 1 } }],
      [{ SiteCode: "X", TransactionId: ID, TransactionReference: "other", Amount: "2.50", Status: "Error", Hash: "0" }],
      [{ id: null, TransactionId: ID }],
    ],
    async ([data]) => {
      const { far, provider } = connect();
      far.pay({ id: ID });

      const verdict = await provider.readCallback(callback({ type: "transaction.complete", data }));

      expect(verdict).toMatchObject({ report: { providerPaymentId: ID, reference: REFERENCE, amount: 25_750 } });
    },
  );
});

it("a signed Ozow callback without a usable id raises an alert, and nothing is sent to Ozow", async () => {
  await everyRow(
    [
      ["no data", {}],
      ["data that is a text", { data: ID }],
      ["data without an id", { data: { status: "Successful" } }],
      ["an empty id", { data: { id: "" } }],
      ["an id that is a number", { data: { id: 7 } }],
      ["an id that leads elsewhere", { data: { id: "../payments" } }],
      ["an id with a query", { data: { id: `${ID}?siteCode=x` } }],
      ["an id with a line break", { data: { id: `${ID}\n` } }],
      ["an id that is too long", { data: { id: "a".repeat(65) } }],
      ["an odd id before a good one", { data: { id: "..", TransactionId: ID } }],
    ],
    async ([_, event]) => {
      for (const type of ["transaction.complete", "refund.complete"]) {
        const { far, provider } = connect();
        const verdict = await provider.readCallback(callback({ type, ...event }));
        expect(verdict).toMatchObject({ reason: "unusable_event" });
        expect(far.requests).toEqual([]);
      }
    },
  );
});

it("a signed Ozow callback that is not an event is malformed, and nothing is sent to Ozow", async () => {
  await everyRow(["", "null", "[]", "1", '"transaction.complete"', "{", "{}", '{"type":1}', "\u0000"], async (body) => {
    const { far, provider } = connect();

    const verdict = await provider.readCallback(callback(body));

    expect(verdict).toMatchObject({ reason: "malformed", signed: true });
    expect(far.requests).toEqual([]);
  });
});

it("an Ozow event of an unused type is answered 204, and nothing is sent to Ozow", async () => {
  await everyRow(["payout.complete", "transaction.completed", "TRANSACTION.COMPLETE", "", "toString"], async (type) => {
    const { far, provider } = connect();

    const verdict = await provider.readCallback(callback(thin(type, ID)));

    expect(verdict).toEqual({ reason: "irrelevant_event", event: type });
    expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({ status: 204, alert: false });
    expect(far.requests).toEqual([]);
  });
});

type Changes = { neutral?: boolean; before?: string; after?: string };

function neutralised(headers: Headers): Headers {
  return new Headers([...headers].map(([name, value]) => [name.replace(/^svix-/, "webhook-"), value]));
}

describe("Ozow callbacks without a valid signature", () => {
  const timestamp = String(NOW.getTime() / 1_000 - 12);
  const body = JSON.stringify(thin("transaction.complete", ID));
  const digest = sign(SECRET, "msg_1", timestamp, body).slice(3);
  const asText = Buffer.from(SECRET).toString("base64");
  const cases: [string, Delivery["headers"], string][] = [
    ["no id", { "svix-id": null }, "unsigned"],
    ["no timestamp", { "svix-timestamp": null }, "unsigned"],
    ["no signature", { "svix-signature": null }, "unsigned"],
    ["an empty id", { "svix-id": "" }, "unsigned"],
    ["an empty timestamp", { "svix-timestamp": "" }, "unsigned"],
    ["an empty signature", { "svix-signature": "" }, "unsigned"],
    ["half of its names neutral", { "svix-timestamp": null, "webhook-timestamp": timestamp }, "unsigned"],
    ["a timestamp with a sign", { "svix-timestamp": `+${timestamp}` }, "unsigned"],
    ["a timestamp with a fraction", { "svix-timestamp": `${timestamp}.0` }, "unsigned"],
    ["a timestamp in hex", { "svix-timestamp": "0x69a40a20" }, "unsigned"],
    ["a timestamp that is a date", { "svix-timestamp": "2026-03-01T10:00:00Z" }, "unsigned"],
    ["another timestamp than was signed", { "svix-timestamp": String(Number(timestamp) + 1) }, "signature_mismatch"],
    ["another id than was signed", { "svix-id": "msg_2" }, "signature_mismatch"],
    ["the digest without its version", { "svix-signature": digest }, "signature_mismatch"],
    ["the digest as v1a", { "svix-signature": `v1a,${digest}` }, "signature_mismatch"],
    ["the digest as V1", { "svix-signature": `V1,${digest}` }, "signature_mismatch"],
    ["the digest without padding", { "svix-signature": `v1,${digest.replace("=", "")}` }, "signature_mismatch"],
    ["the digest after a comma only", { "svix-signature": `v2,x,v1,${digest}` }, "signature_mismatch"],
    [
      "the text of the secret as its key",
      { "svix-signature": sign(asText, "msg_1", timestamp, body) },
      "signature_mismatch",
    ],
    ["another secret", { "svix-signature": sign(OTHER_SECRET, "msg_1", timestamp, body) }, "signature_mismatch"],
    ["an empty key", { "svix-signature": sign("whsec_", "msg_1", timestamp, body) }, "signature_mismatch"],
  ];

  it("an Ozow callback without a valid signature is answered 401, and nothing is sent to Ozow", async () => {
    await everyRow(cases, async ([_, headers = {}, reason]) => {
      const { far, provider } = connect();
      far.pay({ id: ID });

      const verdict = await provider.readCallback(callback(body, { headers }));

      expect(verdict).toMatchObject({ reason });
      expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({ status: 401, alert: false });
      expect(far.requests).toEqual([]);
    });
  });

  it("an Ozow callback whose JSON was reformatted after signing is refused", async () => {
    const { far, provider } = connect();
    const { headers, ...request } = callback(body);
    const spaced = new TextEncoder().encode(JSON.stringify(JSON.parse(body), null, 1));

    const verdict = await provider.readCallback({ ...request, headers, body: spaced });

    expect(verdict).toEqual({ reason: "signature_mismatch" });
    expect(far.requests).toEqual([]);
  });

  it("an Ozow callback is accepted up to the tolerance of its timestamp, and refused beyond it", async () => {
    const { far, provider } = connect({ webhookToleranceS: 60 });
    far.pay({ id: ID });
    const judge = (ageS: number) => provider.readCallback(callback(body, { ageS }));

    for (const ageS of [61, -61, 100_000]) expect(await judge(ageS)).toMatchObject({ reason: "outside_time_window" });
    expect(far.requests).toEqual([]);
    for (const ageS of [60, -60, 0]) expect(await judge(ageS)).toHaveProperty("report");
  });

  it("an Ozow callback with a wrong signature is refused for the signature whatever its timestamp is", async () => {
    const { provider } = connect();
    const forged: CallbackRequest = callback(body, { ageS: 1_000, headers: { "svix-signature": "v1,AAAA" } });

    expect(await provider.readCallback(forged)).toEqual({ reason: "signature_mismatch" });
  });

  it("any Ozow callback with arbitrary headers and bytes is answered 401, and nothing is sent to Ozow", async () => {
    const { far, provider } = connect();
    const headerValue = fc.string({ unit: fc.constantFrom(..."v1,. =+/0123456789abcXYZ") });
    await fc.assert(
      fc.asyncProperty(headerValue, headerValue, headerValue, fc.uint8Array(), async (id, time, signature, bytes) => {
        const headers = new Headers({ "svix-id": id, "svix-timestamp": time, "svix-signature": signature });
        const verdict = await provider.readCallback({ body: bytes, headers, sourceAddress: null, now: NOW });
        expect("reason" in verdict && answerTo(verdict, "ozow").status).toBe(401);
      }),
    );
    expect(far.requests).toEqual([]);
  });

  it("an Ozow provider is not created with a webhook secret that is not whsec_ and base64", async () => {
    await everyRow(
      ["whsec_", "", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64", "whsec_====", "whsec_A", "whsec_AAAA==="],
      (secret) => {
        expect(() => connect({ webhookSecrets: [secret] })).toThrow("whsec_");
      },
    );
  });
});

it("every Ozow transaction status maps to our status in any letter case", async () => {
  await everyRow(
    [
      ["successful", "completed"],
      ["Successful", "completed"],
      ["SUCCESSFUL", "completed"],
      ["pending", "processing"],
      ["Pending", "processing"],
      ["incomplete", "processing"],
      ["Incomplete", "processing"],
      ["error", "failed"],
      ["Error", "failed"],
      ["refunded", "refunded"],
      ["Refunded", "refunded"],
      ["cancelled", "failed"],
      ["Abandoned", "failed"],
      ["failed", "failed"],
    ],
    async ([status, ours]) => {
      expect(await verdictOn({ status })).toMatchObject({
        report: { status: ours, providerStatus: status },
        notes: [],
      });
    },
  );
});

it("an unknown Ozow transaction status is reported as processing, with a note that names it", async () => {
  await everyRow(
    [
      "unsuccessful",
      "Unsuccessful",
      "complete",
      "Complete",
      "completed",
      "success",
      "successful ",
      " successful",
      "not successful",
      "canceled",
      "paid",
      "toString",
      "constructor",
    ],
    async (status) => {
      expect(await verdictOn({ status })).toMatchObject({
        report: { status: "processing", providerStatus: status },
        notes: [expect.stringContaining(`"${status}"`)],
      });
    },
  );
});

it("an Ozow transaction whose status is not a short printable word is answered 503", async () => {
  await everyRow([[""], [null], [7], ["x".repeat(51)], ["ok\nok"]], async ([status]) => {
    expect(await verdictOn({ status: status as string })).toMatchObject({ reason: "provider_unavailable" });
  });
});

it("an Ozow amount is read to the cent as a number and as text", async () => {
  await everyRow(
    [
      [257.5, 25_750],
      ["257.50", 25_750],
      ["257.5", 25_750],
      [257, 25_700],
      ["257", 25_700],
      [0.01, 1],
      [1.1, 110],
      [1.15, 115],
      [8.2, 820],
      [1_000_000.29, 100_000_029],
      [0, 0],
    ],
    async ([value, amount]) => {
      const verdict = await verdictOn({ amount: { currency: "ZAR", value } });

      expect(verdict).toMatchObject({ report: { status: "completed", amount }, notes: [] });
    },
  );
});

it("every amount from Ozow is exact to the cent, as a number and as text", async () => {
  const { far, provider } = connect();
  const transaction = far.pay({ id: ID });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000_000 }), fc.boolean(), async (amount, isText) => {
      const text = `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
      transaction.amount = { currency: "ZAR", value: isText ? text : Number(text) };

      const verdict = await provider.readCallback(callback(thin("transaction.complete", ID)));

      expect(verdict).toMatchObject({ report: { amount } });
    }),
  );
});

it("a successful Ozow transaction without a readable amount is processing, with a note about review", async () => {
  await everyRow(
    [
      undefined,
      null,
      257.5,
      "257.50",
      [],
      { currency: "ZAR" },
      { currency: "ZAR", value: null },
      { currency: "ZAR", value: "" },
      { currency: "ZAR", value: " " },
      { currency: "ZAR", value: true },
      { currency: "ZAR", value: [257.5] },
      { currency: "ZAR", value: "0x10" },
      { currency: "ZAR", value: "1e3" },
      { currency: "ZAR", value: "257,50" },
      { currency: "ZAR", value: "R257.50" },
      { currency: "ZAR", value: "-257.50" },
      { currency: "ZAR", value: -257.5 },
      { currency: "ZAR", value: 1e300 },
    ],
    async (amount) => {
      expect(await verdictOn({ amount })).toMatchObject({
        report: { status: "processing", amount: null, providerStatus: "Successful" },
        notes: [expect.stringContaining("review")],
      });
    },
  );
});

it("a failed Ozow transaction needs no amount", async () => {
  expect(await verdictOn({ amount: undefined, status: "Error" })).toMatchObject({
    report: { status: "failed", amount: null },
    notes: [],
  });
});

it("an Ozow transaction in another currency than ZAR raises an alert", async () => {
  await everyRow(["USD", "zar", "", undefined, null, ["ZAR"], { toString: 0 }], async (currency) => {
    expect(await verdictOn({ amount: { currency, value: 257.5 } })).toMatchObject({
      reason: "unusable_event",
      detail: expect.stringContaining("ZAR"),
    });
  });
});

it("an Ozow transaction of another site is answered 200 with an alert", async () => {
  await everyRow(["OTH-OTH-001", "chi-chi-001", "CHI-CHI-001 ", "", undefined], async (siteCode) => {
    const verdict = await verdictOn({ siteCode: siteCode as string });

    expect(verdict).toEqual({ reason: "foreign_merchant" });
    expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({ status: 200, alert: true });
  });
});

it("an Ozow transaction without a reference of ours is answered 200 with an alert", async () => {
  await everyRow(
    [undefined, null, "", 7, "Zoë & co", "a b", "x".repeat(51), `${REFERENCE}\n`],
    async (merchantReference) => {
      const verdict = await verdictOn({ merchantReference });

      expect(verdict).toMatchObject({ reason: "unusable_event" });
      expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({ status: 200, alert: true });
    },
  );
});

describe("Ozow's look-up answers", () => {
  const lookUp = async (answer: () => Response, type = "transaction.complete") => {
    const { far, provider } = connect();
    far.rule = (_, pathname) => (pathname === "/token" ? null : answer());
    const verdict = await provider.readCallback(callback(thin(type, ID)));
    return { verdict, requests: far.requests };
  };

  it("a callback about an object that Ozow's API does not return is unusable, with the status as detail", async () => {
    await everyRow([400, 404, 409, 410, 422], async (status) => {
      for (const type of ["transaction.complete", "refund.complete"]) {
        const { verdict } = await lookUp(() => failure(status), type);
        expect(verdict).toMatchObject({ reason: "unusable_event", detail: expect.stringContaining(String(status)) });
      }
    });
  });

  it("a callback is answered 503 when Ozow's API fails, with an alert when it refuses our credentials", async () => {
    await everyRow(
      [
        ["401", () => failure(401)],
        ["403", () => failure(403)],
        ["408", () => failure(408)],
        ["429", () => failure(429)],
        ["500", () => failure(500)],
        ["503", () => failure(503)],
        ["a redirect", () => new Response(null, { status: 302, headers: { location: "https://x.example" } })],
        ["nothing", () => new Response("")],
        ["a page", () => new Response("<html>")],
        ["a list", () => json([{ id: ID, status: "Successful" }])],
        ["another transaction", () => json({ id: "other", status: "Successful" })],
        ["something without an id", () => json({ status: "Successful" })],
        ["an answer that is too long", () => new Response(`{"a":"${"x".repeat(262_144)}"}`)],
        [
          "an endless answer",
          () =>
            new Response(
              new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)) }),
            ),
        ],
        [
          "an incomplete answer",
          () =>
            new Response(
              new ReadableStream({
                pull(controller) {
                  controller.enqueue(new TextEncoder().encode('{"id":'));
                  controller.error(new TypeError("connection reset"));
                },
              }),
            ),
        ],
      ],
      async ([word, answer]) => {
        for (const type of ["transaction.complete", "refund.complete"]) {
          const { verdict } = await lookUp(answer, type);
          expect(verdict).toMatchObject({ reason: "provider_unavailable" });
          expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({
            status: 503,
            alert: word === "401" || word === "403",
          });
          expect(JSON.stringify(verdict)).not.toMatch(new RegExp(`${CLIENT_SECRET}|token-|says who`));
        }
      },
    );
  });

  it("an answer of Ozow's API just below the size limit is read", async () => {
    const { far, provider } = connect();
    far.pay({ id: ID, reason: "x".repeat(261_000) });

    expect(await provider.readCallback(callback(thin("transaction.complete", ID)))).toHaveProperty("report");
  });

  it("the token and every look-up of one Ozow callback share one deadline of ten seconds", async () => {
    const { far, provider } = connect();
    const { id } = far.addRefund(far.pay({ id: ID }).id, { status: "complete" });
    const requests: string[] = [];
    far.rule = async ({ url, signal }, pathname) => {
      requests.push(pathname);
      if (pathname.startsWith("/transactions/")) return await silent(url, { signal });
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return null;
    };

    const { seconds, came } = await patienceOf(() => provider.readCallback(callback(thin("refund.complete", id))));

    expect(came).toMatchObject({ value: { reason: "provider_unavailable" } });
    expect(requests.length).toBeGreaterThan(3);
    expect(seconds).toBe(10);
  });
});

describe("Ozow refund callbacks", () => {
  const tellRefund = async (
    refund: Parameters<ReturnType<typeof ozowFarSide>["addRefund"]>[1],
    transaction: Partial<FakeTransaction> = {},
  ) => {
    const { far, provider } = connect();
    const paid = far.pay({ id: ID, ...transaction });
    const { id } = far.addRefund(paid.id, refund);
    return { id, verdict: await provider.readCallback(callback(thin("refund.complete", id))), far };
  };

  it("an Ozow refund callback reports the refund and the transaction that Ozow's API shows", async () => {
    const { id, verdict, far } = await tellRefund({ status: "Complete" });

    expect(verdict).toEqual({
      refund: {
        provider: "ozow",
        reference: REFERENCE,
        providerPaymentId: ID,
        providerRefundId: id,
        status: "completed",
        amount: cents(25_750),
        providerStatus: "Complete",
      },
      notes: [],
    });
    expect(far.asked().filter((asked) => asked.startsWith("GET"))).toEqual([
      `GET /refunds/${id}`,
      `GET /transactions/${ID}`,
    ]);
  });

  it("the refund id is read from a callback in every spelling of Ozow", async () => {
    await everyRow(["id", "refundId", "RefundId"], async (name) => {
      const { far, provider } = connect();
      const { id } = far.addRefund(far.pay({ id: ID }).id);

      const verdict = await provider.readCallback(callback({ type: "refund.complete", data: { [name]: id } }));

      expect(verdict).toMatchObject({ refund: { providerRefundId: id, reference: REFERENCE } });
    });
  });

  it("every Ozow refund status maps to our status", async () => {
    await everyRow(
      [
        ["pending", "processing"],
        ["Submitted", "processing"],
        ["complete", "completed"],
        ["failed", "failed"],
        ["Cancelled", "failed"],
        ["returned", "returned"],
      ],
      async ([status, ours]) => {
        expect((await tellRefund({ status })).verdict).toMatchObject({ refund: { status: ours }, notes: [] });
      },
    );
  });

  it("an unknown Ozow refund status is reported as processing, with a note that names it", async () => {
    await everyRow(["incomplete", "completed", "successful", "reversed"], async (status) => {
      expect((await tellRefund({ status })).verdict).toMatchObject({
        refund: { status: "processing", providerStatus: status },
        notes: [expect.stringContaining(status)],
      });
    });
  });

  it("a completed Ozow refund of a partial or unreadable amount is processing, with a note about review", async () => {
    await everyRow([{ currency: "ZAR", value: 100 }, { currency: "ZAR", value: "free" }, undefined], async (amount) => {
      expect((await tellRefund({ status: "complete", amount })).verdict).toMatchObject({
        refund: { status: "processing" },
        notes: [expect.stringContaining("review")],
      });
    });
  });

  it("an Ozow refund callback that cannot be tied to a payment of ours is answered 200 with an alert", async () => {
    await everyRow(
      [
        ["in another currency", { amount: { currency: "USD", value: 257.5 } }, {}, "unusable_event"],
        ["of an odd transaction", { transactionId: "../x" }, {}, "unusable_event"],
        ["of an unknown transaction", { transactionId: "unknown" }, {}, "unusable_event"],
        ["of another site", {}, { siteCode: "OTH-OTH-001" }, "foreign_merchant"],
        ["of a payment without a reference", {}, { merchantReference: null }, "unusable_event"],
      ],
      async ([_, refund, transaction, reason]) => {
        const { verdict } = await tellRefund({ status: "complete", ...refund }, transaction);

        expect(verdict).toMatchObject({ reason });
        expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({ status: 200, alert: true });
      },
    );
  });
});
