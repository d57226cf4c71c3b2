import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOfReference } from "#domain/ids";
import { thin } from "../../payments/ozow-callbacks.ts";
import { formEncode, MERCHANT_ID, noticePairs } from "../../payments/payfast-notices.ts";
import { paymentObject, formEncode as snapscanForm } from "../../payments/snapscan-callbacks.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { type CallbackRequest, PROVIDERS, type ProviderCallbacks } from "../callbacks/provider-callbacks.ts";
import { AMOUNT, LONG, NET, type OpenPayments, openPayments } from "./open-payments.ts";

/** A signed callback completes only its own payment, once, and only with its exact amount. */

const [payfast, ozow, snapscan] = PROVIDERS as [ProviderCallbacks, ProviderCallbacks, ProviderCallbacks];

describe.each(PROVIDERS)("genuine $name callbacks", (provider) => {
  it("a genuine callback completes its payment whatever its unsigned headers", LONG, async () => {
    const contentType = fc.oneof(
      fc.constantFrom("", "text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=x"),
      fc.constantFrom("application/x-www-form-urlencoded; charset=utf-16", "application/octet-stream", "*/*", ";;;"),
      fc.string({ maxLength: 40, unit: fc.constantFrom(...'abc/;=, -"') }),
    );
    const encoding = fc.constantFrom("gzip", "br", "deflate", "identity", "x-unknown", "gzip, gzip");
    await fc.assert(
      fc.asyncProperty(contentType, encoding, async (type, content) => {
        const it = openPayments(provider);
        const { "Content-Type": _, ...proof } = it.genuine.headers;
        const headers = {
          ...proof,
          "Content-Type": type,
          "Content-Encoding": content,
          "X-HTTP-Method-Override": "GET",
        };
        expect((await it.postCallback(provider.name, { body: it.genuine.body, headers })).status).toBe(
          provider.acceptedStatus,
        );
        expect(it.isPaid()).toBe(true);
      }),
      { numRuns: fuzzRuns(50) },
    );
  });

  it("a genuine callback sent in any number of chunks completes its payment", LONG, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2_000), { maxLength: 12 }), async (cuts) => {
        const it = openPayments(provider);
        const places = [0, ...cuts.map((at) => at % it.genuine.body.length).toSorted((a, b) => a - b)];
        const pieces = places.map((from, n) => it.genuine.body.slice(from, places[n + 1]));
        const body = new ReadableStream({
          start(controller) {
            for (const piece of pieces.filter(({ length }) => length > 0)) controller.enqueue(piece);
            controller.close();
          },
        });
        const { status } = await it.postCallback(provider.name, it.genuine, undefined, {
          body,
          duplex: "half",
        } as RequestInit);
        expect([status, it.isPaid()]).toEqual([provider.acceptedStatus, true]);
      }),
      { numRuns: fuzzRuns(25) },
    );
  });

  it("repeated and reordered callbacks complete each payment exactly once", LONG, async () => {
    const deliveries = fc.array(fc.constantFrom("paid", "failed", "pending", "other"), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(deliveries, fc.boolean(), async (order, atOnce) => {
        const it = openPayments(provider);
        const callbacks = {
          paid: it.genuine,
          failed: provider.report(it.far, { reference: it.reference, amount: AMOUNT, outcome: "failed" }),
          pending: provider.report(it.far, { reference: it.reference, amount: AMOUNT, outcome: "pending" }),
          other: provider.report(it.far, { reference: it.otherReference, amount: AMOUNT }),
        };
        const send = (name: keyof typeof callbacks) =>
          it.site.request(`/api/webhooks/${provider.name}`, { method: "POST", ...callbacks[name] });
        const answers: Response[] = [];
        if (atOnce) answers.push(...(await Promise.all(order.map(send))));
        else for (const name of order) answers.push(await send(name));

        for (const { status } of answers) expect(status).toBe(provider.acceptedStatus);
        expect(it.effects().totals).toMatchObject([
          { counted: order.includes("paid") ? NET : 0 },
          { counted: order.includes("other") ? NET : 0 },
        ]);
      }),
      { numRuns: fuzzRuns(40) },
    );
  });

  it("a signed callback with an unknown reference is answered 200 with an alert and pays nothing", LONG, async () => {
    const it = openPayments(provider);
    const events = [it.board.log.length, it.other.log.length];
    const letters = "0123456789abcdefghjkmnpqrstvwxyz";
    const reference = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ minLength: 20, maxLength: 20, unit: fc.constantFrom(...letters) }),
      fc.constantFrom(
        it.reference.toUpperCase(),
        `${it.reference} `,
        ` ${it.reference}`,
        `${it.reference}\0`,
        it.reference.slice(0, -1),
        `${it.reference}0`,
        it.reference.slice(0, 10) + it.otherReference.slice(10),
        it.otherReference.slice(0, 10) + it.reference.slice(10),
        "__proto__",
        "null",
        "",
        "'; DROP TABLE contributions; --",
        "../../x",
        "constructor",
        it.reference.replace(/[0-9]/, "٣"),
      ),
    );
    await fc.assert(
      fc.asyncProperty(reference, async (named) => {
        fc.pre(named !== it.reference && named !== it.otherReference);
        const { status, line } = await it.expectNoPayment(
          provider.report(it.far, { reference: named, amount: AMOUNT }),
        );
        expect([status, line.alert]).toEqual([200, true]);
        expect([it.board.log.length, it.other.log.length]).toEqual(events);
      }),
      { numRuns: fuzzRuns(100) },
    );
    expect(codeOfReference(it.reference)).toBe(it.board.code);
  });
});

/** Unusual and boundary amounts as numbers. */
const ODD_NUMBERS = [
  0,
  -0,
  -5e-324,
  -1,
  1,
  257.5,
  257.499,
  257.501,
  257.4999999999,
  257.50000000001,
  -257.5,
  1e308,
  -1e308,
  5e-324,
  1e21,
  25_750,
  25_749,
  25_751,
  25_750.5,
  2 ** 53,
  2 ** 53 + 2,
  1e20,
  Number.MAX_VALUE,
];
const ODD_AMOUNTS = [
  "257.50",
  "257.5",
  "257.500",
  "257,50",
  "0257.50",
  "00000257.50",
  "+257.50",
  "-257.50",
  "2.575e2",
  "257.50 ",
  " 257.50",
  "257.50R",
  "R257.50",
  "257.",
  ".50",
  "257",
  "258",
  "257.49",
  "257.51",
  "1e308",
  "1e400",
  "NaN",
  "Infinity",
  "-0",
  "-0.00",
  "99999999999999999999",
  "9".repeat(400),
  "0x101",
  "２５７.５０",
  "٢٥٧.٥٠",
  "257.50\0",
  "257.50\n",
  "",
  "null",
  "257.505",
  "25750",
  "25750.00",
  "257.50,257.50",
  "257 50",
  "2 57.50",
  "1,257.50",
  "257.5０",
];
const amountText = fc.oneof(
  fc.constantFrom(...ODD_AMOUNTS),
  fc.integer({ min: 25_700, max: 25_800 }).map((amount) => (amount / 100).toFixed(2)),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.string({ maxLength: 12, unit: fc.constantFrom(..."0257.,-+e ") }),
);
const amountNumber = fc.oneof(
  fc.constantFrom(...ODD_NUMBERS),
  fc.integer({ min: 25_700, max: 25_800 }),
  fc.double(),
  fc.double({ min: 257, max: 258, noNaN: true }),
);
const amountJson = fc.oneof(amountNumber, amountText, fc.constantFrom(null, true, [], {}, [257.5], { value: 257.5 }));

describe("amounts in signed callbacks", () => {
  it("a signed PayFast callback completes a payment only with its exact amount", LONG, async () => {
    await fc.assert(
      fc.asyncProperty(amountText, async (text) => {
        const it = openPayments(payfast);
        const pairs = noticePairs({ m_payment_id: it.reference, amount_gross: text });
        const { status } = await it.postCallback("payfast", payfast.sign(formEncode(pairs)));

        const isReadable = /^\d{1,9}(\.\d{1,2})?$/.test(text);
        expect(it.isPaid()).toBe(isReadable && BigInt(centsOf(text)) === BigInt(AMOUNT));
        expect(status).toBe(isReadable ? 200 : 400);
        expect(it.board.commands).toHaveLength(isReadable ? 1 : 0);
      }),
      { numRuns: fuzzRuns(250) },
    );
  });

  it("a signed Ozow callback completes a payment only with its exact amount", LONG, async () => {
    await fc.assert(
      fc.asyncProperty(amountJson, fc.constantFrom("ZAR", "ZAR", "ZAR", "USD", "zar", ""), async (value, currency) => {
        const it = openPayments(ozow);
        const { id } = it.far.ozow.pay({ merchantReference: it.reference, amount: { currency, value } });
        const { status } = await it.postCallback("ozow", ozow.sign(JSON.stringify(thin("transaction.complete", id))));

        const received: unknown = JSON.parse(JSON.stringify(value));
        expect(it.isPaid()).toBe(currency === "ZAR" && randsInCents(received) === AMOUNT);
        expect(status).toBe(200);
      }),
      { numRuns: fuzzRuns(250) },
    );
  });

  it.each(["true", "false"])(
    "a signed SnapScan callback completes a payment only with its exact amount (API confirmation %s)",
    LONG,
    async (SNAPSCAN_CONFIRM_WITH_API) => {
      const near = fc.integer({ min: AMOUNT - 2, max: AMOUNT + 2 });
      const amount = fc.oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: amountJson });
      const tip = fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(0, 1, 2, null) },
        { weight: 1, arbitrary: amountJson },
      );
      const amounts = fc.tuple(amount, amount, tip);
      await fc.assert(
        fc.asyncProperty(amounts, async ([requiredAmount, totalAmount, tipAmount]) => {
          const it = openPayments(snapscan, { SNAPSCAN_CONFIRM_WITH_API });
          const payment = it.far.snapscan.pay({
            merchantReference: it.reference,
            requiredAmount,
            totalAmount,
            tipAmount,
          });
          const { status } = await it.postCallback(
            "snapscan",
            snapscan.sign(snapscanForm(["payload", JSON.stringify(paymentObject(payment))])),
          );

          // What arrives: JSON has no Infinity, only null.
          const received: typeof payment = JSON.parse(JSON.stringify(payment));
          const required = wholeCents(received.requiredAmount);
          const total = wholeCents(received.totalAmount) ?? Number.NaN;
          const tip = wholeCents(received.tipAmount ?? 0) ?? Number.NaN;
          // The smaller of the required and the paid amount counts. The tip does not.
          const isEnough = required !== null && Math.min(required, total - tip) === AMOUNT;
          expect(it.isPaid()).toBe(isEnough);
          expect(status).toBe(200);
        }),
        { numRuns: fuzzRuns(100) },
      );
    },
  );
});

/** Converts `257.5` to cents without floating point. */
function centsOf(text: string): string {
  const [rand = "0", fraction = ""] = text.split(".");
  return rand + fraction.padEnd(2, "0");
}

/** Converts an Ozow amount, a number or a plain decimal text in rand, to cents. (payment-providers 0) */
function randsInCents(value: unknown): number | null {
  const isText = typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
  return typeof value === "number" || isText ? Math.round(Number(value) * 100) : null;
}

function wholeCents(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** In our payment form, never in what PayFast sends. */
const ONLY_IN_FORMS = ["merchant_key", "notify_url"];

describe.each(PROVIDERS)("unusual signed $name callbacks", (provider) => {
  const json = fc.json({ maxDepth: 4 });
  // Without these fields a text is not of the kind that PayFast signs, and proves nothing.
  const kind = provider.name === "payfast" ? "&pf_payment_id=1&payment_status=COMPLETE" : "";
  const body = {
    payfast: fc
      .array(fc.tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 40 })), { minLength: 1, maxLength: 10 })
      .filter((pairs) => pairs.every(([name]) => !["", "signature", "pf_payment_id", "payment_status"].includes(name)))
      .filter((pairs) => new Set(pairs.map(([name]) => name)).size === pairs.length)
      .filter((pairs) => pairs.every(([name]) => !ONLY_IN_FORMS.includes(name)))
      .map((pairs) => Buffer.from(`${formEncode(pairs)}${kind}`)),
    ozow: fc.oneof(
      json.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
    ),
    snapscan: fc.oneof(
      json.map((text) => Buffer.from(snapscanForm(["payload", text]))),
      fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
      fc.string().map((text) => Buffer.from(`payload=${text}`)),
    ),
  }[provider.name];

  // PayFast does not sign a body with a repeated field.
  const fixed = ["{}", "x=y", '{"type":"nothing.of.ours"}', "payload=%7B%7D", "%"];
  if (provider.name !== "payfast") fixed.push("payload={}&payload={}");

  it("a signed callback with a random body changes nothing and does not count towards the limit", LONG, async () => {
    const it = openPayments(provider);
    const before = it.effects();
    await fc.assert(
      fc.asyncProperty(body, async (signed) => {
        const { status } = await it.expectNoPayment(provider.sign(signed));
        expect([200, 204, 400]).toContain(status);
        expect(it.effects().commands).toBe(before.commands);
      }),
      { numRuns: fuzzRuns(250), examples: fixed.map((text) => [Buffer.from(text + kind)]) },
    );
    expect(it.site.callbackLimit.asked).toEqual([]);
  });

  const fields = {
    payfast: ["m_payment_id", "pf_payment_id", "payment_status", "amount_gross", "merchant_id"],
    ozow: ["id", "merchantReference", "siteCode", "status", "amount", "currency"],
    snapscan: ["id", "status", "requiredAmount", "totalAmount", "snapCode", "merchantReference", "transactionType"],
  }[provider.name];
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      ...ODD_NUMBERS,
      ...ODD_AMOUNTS,
      null,
      true,
      [],
      {},
      "__proto__",
      "Completed",
      "x".repeat(300),
    ),
    fc.string({ maxLength: 60 }),
    fc.jsonValue({ maxDepth: 2 }),
  );

  it("a signed callback with one wrong field pays either nothing or its exact amount", LONG, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), odd, async (field, value) => {
        const it = openPayments(provider);
        const right: Record<string, unknown> = {
          m_payment_id: it.reference,
          pf_payment_id: "2577001",
          payment_status: "COMPLETE",
          amount_gross: "257.50",
          merchant_id: MERCHANT_ID,
          merchantReference: it.reference,
          requiredAmount: AMOUNT,
          totalAmount: AMOUNT,
        };
        const { status } = await it.postCallback(
          provider.name,
          callbackWithField(provider, it, { ...right, [field]: value }, field),
        );

        expect([200, 400, 503]).toContain(status);
        expect(it.other.standing()).toEqual({ status: "active", counted: 0, paid: 0 });
        // The payment counts with its exact amount or not at all.
        expect([0, NET]).toContain(it.board.state.counted);
        if (value !== right[field] && ["m_payment_id", "merchantReference", "merchant_id"].includes(field)) {
          expect(it.isPaid()).toBe(false);
        }
      }),
      { numRuns: fuzzRuns(250) },
    );
  });
});

/** A signed callback for the first payment. `field` has its value from `fields` where this provider reports it. */
function callbackWithField(
  provider: ProviderCallbacks,
  { far, reference }: OpenPayments,
  fields: Record<string, unknown>,
  field: string,
): CallbackRequest {
  const value = fields[field];
  if (provider.name === "payfast") {
    const { m_payment_id, pf_payment_id, payment_status, amount_gross, merchant_id } = fields;
    const notice = { m_payment_id, pf_payment_id, payment_status, amount_gross, merchant_id };
    const changes = Object.fromEntries(
      Object.entries(notice).map(([name, it]) => [name, it === null || it === undefined ? null : asText(it)]),
    );
    return provider.sign(formEncode(noticePairs(changes)));
  }
  if (provider.name === "snapscan") {
    const { merchantReference, requiredAmount, totalAmount } = fields;
    const payment = far.snapscan.pay({ merchantReference, requiredAmount, totalAmount });
    const id = payment.id;
    Object.assign(payment, { [field]: value });
    return provider.sign(
      snapscanForm(["payload", JSON.stringify(paymentObject({ ...payment, ...(field !== "id" && { id }) }))]),
    );
  }
  const amount = field === "currency" ? { currency: value, value: 257.5 } : { currency: "ZAR", value: 257.5 };
  const transaction = far.ozow.pay({ merchantReference: reference, amount });
  const { id } = transaction;
  if (field !== "currency") Object.assign(transaction, { [field]: value });
  far.ozow.rule = (_request, pathname) => (pathname === `/transactions/${id}` ? Response.json(transaction) : null);
  return provider.sign(JSON.stringify(thin("transaction.complete", id)));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value.toWellFormed() : String(JSON.stringify(value));
}
