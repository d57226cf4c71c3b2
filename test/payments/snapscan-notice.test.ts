import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { answerTo, type CallbackRequest, type CallbackVerdict } from "#payments/provider";
import { snapscan } from "#payments/snapscan/provider";
import {
  callback,
  deps,
  formEncode,
  hmac,
  notice,
  paymentObject,
  REFERENCE,
  SETTINGS,
  SNAP_CODE,
  snapscanFarSide,
} from "./snapscan-callbacks.ts";

/** Judges a callback by itself, or with `confirmWithApi` by what a far side says that has the payments given. */
async function read(request: CallbackRequest, confirmWithApi = false, known: readonly object[] = []) {
  const { fetch, requests, pay } = snapscanFarSide();
  for (const payment of known) pay({ ...payment });
  const provider = snapscan({ ...SETTINGS, confirmWithApi }, deps(fetch));
  return { verdict: await provider.readCallback(request), requests };
}

function answer(verdict: CallbackVerdict) {
  return "reason" in verdict ? answerTo(verdict, "snapscan") : { status: 200, alert: false };
}

const json = JSON.stringify(paymentObject());
const body = formEncode(["payload", json]);
const digest = hmac(body);

describe("a genuine notice", () => {
  it("becomes a report in our terms", async () => {
    const { verdict, requests } = await read(notice(paymentObject()));

    expect(verdict).toEqual({
      report: {
        provider: "snapscan",
        reference: REFERENCE,
        status: "completed",
        amount: cents(25_750),
        providerPaymentId: "4711",
        eventKey: "4711:completed",
        providerStatus: "completed",
      },
      notes: [],
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ["its spaces as +", body],
    ["its spaces as %20", body.replaceAll("+", "%20")],
    ["lower-case escapes", body.replace(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase())],
    ["hardly anything escaped", `payload=${json.replaceAll("&", "%26").replaceAll("+", "%2B")}`],
    ["everything escaped", `payload=${Buffer.from(json).toString("hex").replace(/../g, "%$&")}`],
    ["its name escaped", body.replace("payload", "%70ayload")],
    ["an = in its value", formEncode(["payload", json]).replace("authCode", "a=b")],
    ["other fields beside it", `version=1&${body}&&empty&=`],
    ["fields we do not know in it", formEncode(["payload", JSON.stringify({ ...paymentObject(), feeAmount: 1 })])],
  ])("may have %s", async (_, text) => {
    expect((await read(callback(text))).verdict).toMatchObject({ report: { reference: REFERENCE, amount: 25_750 } });
  });

  it.each([
    ["snapCodeReference", "userReference", "statementReference", "authCode", "deliveryAddress", "extra", "isVoucher"],
    ["tipAmount", "transactionType", "date"],
  ])("may leave out %s and more, or have null there", async (...names) => {
    for (const nothing of [undefined, null]) {
      const changes = Object.fromEntries(names.map((name) => [name, nothing]));

      expect((await read(notice(paymentObject(changes)))).verdict).toMatchObject({ report: { amount: 25_750 } });
    }
  });
});

describe("the authorization of a notice", () => {
  it.each([
    [`SnapScan signature=${digest}`],
    [`snapscan signature=${digest}`],
    [`SNAPSCAN signature=${digest}`],
    [`SnapScan   signature=${digest} `],
  ])("%s is accepted", async (authorization) => {
    expect((await read(callback(body, authorization))).verdict).toHaveProperty("report");
  });

  it.each([
    ["nothing", null],
    ["an empty one", ""],
    ["the bare digest", digest],
    ["the digest without its scheme", `signature=${digest}`],
    ["another scheme", `Bearer signature=${digest}`],
    ["a scheme that only ends alike", `xSnapScan signature=${digest}`],
    ["another parameter", `SnapScan sig=${digest}`],
    ["no parameter", `SnapScan ${digest}`],
    ["the parameter in capitals", `SnapScan SIGNATURE=${digest}`],
    ["quotes around it", `SnapScan signature="${digest}"`],
    ["an empty signature", "SnapScan signature="],
    ["63 digits", `SnapScan signature=${digest.slice(1)}`],
    ["65 digits", `SnapScan signature=${digest}0`],
    ["a digit that is none", `SnapScan signature=g${digest.slice(1)}`],
    ["capital digits", `SnapScan signature=${digest.toUpperCase()}`],
    ["base64", `SnapScan signature=${Buffer.from(digest, "hex").toString("base64")}`],
    ["two signatures", `SnapScan signature=${digest}, SnapScan signature=${digest}`],
    ["a second parameter", `SnapScan signature=${digest},version=1`],
  ])("%s is refused as no signature, and nothing goes out", async (_, authorization) => {
    const { verdict, requests } = await read(callback(body, authorization), true, [paymentObject()]);

    expect(verdict).toMatchObject({ reason: "unsigned" });
    expect(answer(verdict)).toEqual({ status: 401, alert: false });
    expect(requests).toEqual([]);
  });

  it.each([
    ["made with another key", body, hmac(body, "guess")],
    ["made with the API key", body, hmac(body, SETTINGS.apiKey)],
    ["of the decoded JSON", body, hmac(json)],
    ["of the body without its name", body, hmac(body.slice("payload=".length))],
    ["of the body with + read as spaces", body, hmac(body.replaceAll("+", " "))],
    ["of the body with other escapes", body, hmac(body.replaceAll("+", "%20"))],
    ["of another amount", body.replaceAll("25750", "25751"), digest],
    ["of the body without its line break", `${body}\n`, digest],
    ["of zeros", body, "0".repeat(64)],
  ])("a signature %s does not match, and nothing goes out", async (_, text, signature) => {
    const request = callback(text, `SnapScan signature=${signature}`);

    const { verdict, requests } = await read(request, true, [paymentObject()]);

    expect(verdict).toEqual({ reason: "signature_mismatch" });
    expect(answer(verdict)).toEqual({ status: 401, alert: false });
    expect(requests).toEqual([]);
  });

  it("is of the bytes, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const { verdict, requests } = await read(callback(bytes), true);

        expect(verdict).toMatchObject({ reason: "malformed", signed: true });
        expect(answer(verdict)).toEqual({ status: 400, alert: true });
        expect(requests).toEqual([]);
      }),
    );
  });
});

describe("a signed notice we cannot read", () => {
  const payload = (value: string) => formEncode(["payload", value]);

  it.each([
    ["an empty body", ""],
    ["no payload", "data=1"],
    ["JSON instead of a form", json],
    ["two payloads", `${body}&${body}`],
    ["two payloads, one of them empty", `${body}&payload`],
    ["two payloads, one under another spelling", `${body}&pay%6Coad=%7B%7D`],
    ["a payload in capitals", body.replace("payload", "Payload")],
    ["a byte order mark in front", `\ufeff${body}`],
    ["a broken escape", `${body}%`],
    ["a broken escape in another field", `${body}&x=%zz`],
    ["escapes that are no UTF-8", "payload=%FF%FE"],
    ["bytes that are no UTF-8", new Uint8Array(Buffer.from('payload={"id":4711,"userReference":"\u00ff"}', "latin1"))],
    ["an empty payload", "payload="],
    ["a payload that is no JSON", payload("{")],
    ["a payload escaped twice", payload(encodeURIComponent(json))],
    ["null", payload("null")],
    ["a list", payload(`[${json}]`)],
    ["a text", payload(JSON.stringify(json))],
    ["an object without an id", payload("{}")],
    ["an id of null", payload('{"id":null}')],
    ["an id in quotes", payload('{"id":"4711"}')],
    ["an id of zero", payload('{"id":0}')],
    ["a negative id", payload('{"id":-4711}')],
    ["half an id", payload('{"id":4711.5}')],
    ["an id too large to be exact", payload('{"id":9007199254740993}')],
    ["an id too large for any number", payload('{"id":1e999}')],
    ["an id only in its prototype", payload('{"__proto__":{"id":4711}}')],
  ])("%s: malformed, 400 and an alert, and nothing goes out", async (_, text) => {
    const { verdict, requests } = await read(callback(text), true, [paymentObject()]);

    expect(verdict).toMatchObject({ reason: "malformed", signed: true });
    expect(answer(verdict)).toEqual({ status: 400, alert: true });
    expect(requests).toEqual([]);
  });

  it.each([
    ["no status", { status: null }],
    ["an empty status", { status: "" }],
    ["a status that is no text", { status: 1 }],
    ["a status longer than any word", { status: "c".repeat(51) }],
    ["a status with a line break", { status: "completed\n" }],
  ])("%s: malformed where the API is not asked", async (_, changes) => {
    const { verdict } = await read(notice(paymentObject(changes)));

    expect(verdict).toMatchObject({ reason: "malformed", signed: true });
  });

  it("says what is wrong without quoting the guest", async () => {
    const texts = [
      formEncode(["payload", "{'name':'Thandi'}"]),
      formEncode(["payload", '"Thandi"']),
      `${body}&payload=Thandi`,
      "Thandi=%",
    ];
    for (const text of texts) {
      const { verdict } = await read(callback(text));
      expect(verdict).toHaveProperty("detail", expect.not.stringContaining("Thandi"));
    }
  });
});

describe("the status of a payment", () => {
  it.each([
    ["completed", "completed", 0],
    ["error", "failed", 0],
    ["pending", "processing", 0],
    ["Completed", "processing", 1],
    ["COMPLETED", "processing", 1],
    ["completed ", "processing", 1],
    ["incompleted", "processing", 1],
    ["errors", "processing", 1],
    ["refunded", "processing", 1],
    ["constructor", "processing", 1],
  ])('"%s" is %s, with %i notes', async (status, ours, notes) => {
    const { verdict } = await read(notice(paymentObject({ status })));

    if (!("report" in verdict)) expect.fail(JSON.stringify(verdict));
    expect(verdict.report).toMatchObject({ status: ours, providerStatus: status, eventKey: `4711:${status}` });
    expect(verdict.notes).toHaveLength(notes);
  });

  it.each(["error", "pending", "on_hold"])("%s needs no amount", async (status) => {
    const { verdict } = await read(notice(paymentObject({ status, requiredAmount: null, totalAmount: null })));

    expect(verdict).toMatchObject({ report: { amount: null } });
  });
});

describe("the amount of a completed payment", () => {
  const MORE = [expect.stringContaining("more were paid")];
  const LESS = [expect.stringContaining("less was paid")];

  it.each([
    // required, total, tip → reported, notes
    [25_750, 25_750, 0, 25_750, []],
    [25_750, 25_750, null, 25_750, []],
    [25_750, 25_750, undefined, 25_750, []],
    [25_750, 27_750, 2_000, 25_750, MORE],
    [25_750, 25_751, 0, 25_750, MORE],
    [25_750, 100_000, 0, 25_750, MORE],
    [25_750, 30_000, 2_000, 25_750, MORE],
    [25_750, 25_749, 0, 25_749, LESS],
    [25_750, 25_750, 1, 25_749, LESS],
    [25_750, 25_750, 2_000, 23_750, LESS],
    [25_750, 27_749, 2_000, 25_749, LESS],
    [25_750, 0, 0, 0, LESS],
    [25_750, 2_000, 2_000, 0, LESS],
    [100, 25_750, 0, 100, MORE],
    [0, 25_750, 0, 0, MORE],
    [2 ** 53 - 1, 2 ** 53 - 1, 0, 2 ** 53 - 1, []],
  ])("of required %s, total %s, tip %s is %s", async (requiredAmount, totalAmount, tipAmount, amount, notes) => {
    const { verdict } = await read(notice(paymentObject({ requiredAmount, totalAmount, tipAmount })));

    expect(verdict).toMatchObject({ report: { status: "completed", amount }, notes });
  });

  it("is never more than was required, nor more than was paid without the tip", async () => {
    const amount = fc.nat(60_000);
    await fc.assert(
      fc.asyncProperty(amount, amount, amount, async (requiredAmount, totalAmount, tipAmount) => {
        const { verdict } = await read(notice(paymentObject({ requiredAmount, totalAmount, tipAmount })));

        if (tipAmount > totalAmount) expect(verdict).toMatchObject({ reason: "unusable_event" });
        else expect(verdict).toMatchObject({ report: { amount: Math.min(requiredAmount, totalAmount - tipAmount) } });
      }),
    );
  });

  it.each([
    ["no requiredAmount", { requiredAmount: null }],
    ["a requiredAmount in quotes", { requiredAmount: "25750" }],
    ["a requiredAmount in rand", { requiredAmount: 257.5 }],
    ["a negative requiredAmount", { requiredAmount: -25_750 }],
    ["a requiredAmount too large to be exact", { requiredAmount: 2 ** 53 }],
    ["no totalAmount", { totalAmount: null }],
    ["a negative totalAmount", { totalAmount: -1 }],
    ["a totalAmount in quotes", { totalAmount: "25750" }],
    ["a totalAmount too large to be exact", { totalAmount: 1e300 }],
    ["a tip in quotes, which might be no tip at all", { tipAmount: "2000" }],
    ["a negative tip, which would hide an underpayment", { tipAmount: -2_000, totalAmount: 23_750 }],
    ["half a cent of tip", { tipAmount: 0.5 }],
    ["a tip larger than the total", { tipAmount: 25_751 }],
  ])("with %s cannot be judged: 200 and an alert", async (_, changes) => {
    const { verdict } = await read(notice(paymentObject(changes)));

    expect(verdict).toEqual({ reason: "unusable_event", detail: expect.stringContaining("4711 is completed, with") });
    expect(answer(verdict)).toEqual({ status: 200, alert: true });
  });
});

describe("an authentic notice about something else", () => {
  it.each([
    ["another snap code", { snapCode: "SOMEBODY" }, "foreign_merchant"],
    ["our snap code in other letters", { snapCode: SNAP_CODE.toLowerCase() }, "foreign_merchant"],
    ["our snap code with something behind", { snapCode: `${SNAP_CODE}0` }, "foreign_merchant"],
    ["no snap code", { snapCode: null }, "foreign_merchant"],
    ["no reference", { merchantReference: null }, "unusable_event"],
    ["an empty reference", { merchantReference: "" }, "unusable_event"],
    ["a reference that is no text", { merchantReference: 4_711 }, "unusable_event"],
    ["a reference we could not have sent", { merchantReference: "Zoë & co" }, "unusable_event"],
    ["our reference with a line break", { merchantReference: `${REFERENCE}\n` }, "unusable_event"],
    ["a reference longer than any of ours", { merchantReference: "a".repeat(33) }, "unusable_event"],
    ["an unknown transactionType", { transactionType: "Payment" }, "unusable_event"],
    ["an empty transactionType", { transactionType: "" }, "unusable_event"],
    ["a transactionType that is no text", { transactionType: ["payment"] }, "unusable_event"],
  ])("%s: 200 and an alert, since a retry cannot help", async (_, changes, reason) => {
    const { verdict } = await read(notice(paymentObject(changes)));

    expect(verdict).toMatchObject({ reason });
    expect(answer(verdict)).toEqual({ status: 200, alert: true });
  });

  it.each([{}, { status: "error" }, { status: "pending" }, { requiredAmount: null }, { merchantReference: null }])(
    "a refund (%o) never becomes a report, and is called what it is",
    async (changes) => {
      const { verdict } = await read(notice(paymentObject({ transactionType: "refund", ...changes })));

      expect(verdict).toEqual({ reason: "unusable_event", detail: expect.stringContaining("4711 is a refund") });
    },
  );

  it("does not tell what the guest wrote", async () => {
    const { verdict } = await read(notice(paymentObject({ merchantReference: "Thandi", transactionType: "Thandi" })));

    expect(JSON.stringify(verdict)).not.toContain("Thandi");
  });
});

describe("a notice that SnapScan is asked about", () => {
  it("is asked about once, by its id and with our key", async () => {
    const { verdict, requests } = await read(notice(paymentObject()), true, [paymentObject()]);

    expect(verdict).toMatchObject({ report: { status: "completed" } });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET https://pos.snapscan.io/merchant/api/v1/payments/4711",
    ]);
    expect(requests[0]?.headers.get("authorization")).toBe("Basic ZDVhNGY2YzAtcHVibGlzaGVkLWRlbW8ta2V5Og==");
  });

  it.each([
    ["was completed, and failed since", {}, { status: "error" }, { status: "failed" }],
    ["was an error, and was completed since", { status: "error" }, {}, { status: "completed", amount: 25_750 }],
    ["claims to be completed, and is open", {}, { status: "pending" }, { status: "processing" }],
    ["claims another amount", { requiredAmount: 99_950, totalAmount: 99_950 }, {}, { amount: 25_750 }],
    ["claims another reference", { merchantReference: "anotherreference0001" }, {}, { reference: REFERENCE }],
    ["claims another account", { snapCode: "SOMEBODY" }, {}, { reference: REFERENCE }],
    ["claims nothing but an id", { status: null, snapCode: null, requiredAmount: null }, {}, { amount: 25_750 }],
  ])("%s: what SnapScan says counts", async (_, claimed, real, report) => {
    const { verdict } = await read(notice(paymentObject(claimed)), true, [paymentObject(real)]);

    expect(verdict).toMatchObject({ report });
  });

  it("was about a payment, and is a refund by now: alert, and no change", async () => {
    const { verdict } = await read(notice(paymentObject()), true, [paymentObject({ transactionType: "refund" })]);

    expect(verdict).toMatchObject({ reason: "unusable_event" });
  });

  it("is about somebody else's payment, whatever it claims", async () => {
    const { verdict } = await read(notice(paymentObject()), true, [paymentObject({ snapCode: "SOMEBODY" })]);

    expect(verdict).toEqual({ reason: "foreign_merchant" });
  });

  it("is about a payment SnapScan does not know: 200 and an alert", async () => {
    const { verdict } = await read(notice(paymentObject({ id: 4_999 })), true, [paymentObject()]);

    expect(verdict).toEqual({ reason: "unusable_event", detail: "SnapScan's API does not know payment 4999" });
    expect(answer(verdict)).toEqual({ status: 200, alert: true });
  });
});
