import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { answerTo, type CallbackRequest, type CallbackVerdict } from "#payments/provider";
import { snapscan } from "#payments/snapscan/provider";
import { everyRow } from "../support/every-row.ts";
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

/** The verdict on a callback. With `confirmWithApi` it is judged by the API, which has the payments `known`. */
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

it("a genuine SnapScan notice becomes a payment report", async () => {
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

it("a genuine SnapScan notice is accepted in every spelling of its form encoding", async () => {
  await everyRow(
    [
      ["its spaces as +", body],
      ["its spaces as %20", body.replaceAll("+", "%20")],
      ["lower-case escapes", body.replace(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase())],
      ["few characters escaped", `payload=${json.replaceAll("&", "%26").replaceAll("+", "%2B")}`],
      ["everything escaped", `payload=${Buffer.from(json).toString("hex").replace(/../g, "%$&")}`],
      ["its name escaped", body.replace("payload", "%70ayload")],
      ["an = in its value", formEncode(["payload", json]).replace("authCode", "a=b")],
      ["other fields beside it", `version=1&${body}&&empty&=`],
      ["fields we do not know in it", formEncode(["payload", JSON.stringify({ ...paymentObject(), feeAmount: 1 })])],
    ],
    async ([_, text]) => {
      expect((await read(callback(text))).verdict).toMatchObject({ report: { reference: REFERENCE, amount: 25_750 } });
    },
  );
});

it("a genuine SnapScan notice may lack its optional fields or have null there", async () => {
  await everyRow(
    [
      ["snapCodeReference", "userReference", "statementReference", "authCode", "deliveryAddress", "extra", "isVoucher"],
      ["tipAmount", "transactionType", "date"],
    ],
    async ([...names]) => {
      for (const nothing of [undefined, null]) {
        const changes = Object.fromEntries(names.map((name) => [name, nothing]));

        expect((await read(notice(paymentObject(changes)))).verdict).toMatchObject({ report: { amount: 25_750 } });
      }
    },
  );
});

it("the scheme of a SnapScan notice's authorization is accepted in any letter case", async () => {
  await everyRow(
    [
      [`SnapScan signature=${digest}`],
      [`snapscan signature=${digest}`],
      [`SNAPSCAN signature=${digest}`],
      [`SnapScan   signature=${digest} `],
    ],
    async ([authorization]) => {
      expect((await read(callback(body, authorization))).verdict).toHaveProperty("report");
    },
  );
});

it("a SnapScan notice without a well-formed authorization is answered 401 and causes no request", async () => {
  await everyRow(
    [
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
    ],
    async ([_, authorization]) => {
      const { verdict, requests } = await read(callback(body, authorization), true, [paymentObject()]);

      expect(verdict).toMatchObject({ reason: "unsigned" });
      expect(answer(verdict)).toEqual({ status: 401, alert: false });
      expect(requests).toEqual([]);
    },
  );
});

it("a SnapScan notice with a wrong signature is answered 401, and nothing is sent to SnapScan", async () => {
  await everyRow(
    [
      ["made with another key", body, hmac(body, "guess")],
      ["made with the API key", body, hmac(body, SETTINGS.apiKey)],
      ["of the decoded JSON", body, hmac(json)],
      ["of the body without its name", body, hmac(body.slice("payload=".length))],
      ["of the body with + read as spaces", body, hmac(body.replaceAll("+", " "))],
      ["of the body with other escapes", body, hmac(body.replaceAll("+", "%20"))],
      ["of another amount", body.replaceAll("25750", "25751"), digest],
      ["of the body without its line break", `${body}\n`, digest],
      ["of zeros", body, "0".repeat(64)],
    ],
    async ([_, text, signature]) => {
      const request = callback(text, `SnapScan signature=${signature}`);

      const { verdict, requests } = await read(request, true, [paymentObject()]);

      expect(verdict).toEqual({ reason: "signature_mismatch" });
      expect(answer(verdict)).toEqual({ status: 401, alert: false });
      expect(requests).toEqual([]);
    },
  );
});

it("arbitrary signed bytes are answered 400 with an alert, and nothing is sent to SnapScan", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const { verdict, requests } = await read(callback(bytes), true);

      expect(verdict).toMatchObject({ reason: "malformed", signed: true });
      expect(answer(verdict)).toEqual({ status: 400, alert: true });
      expect(requests).toEqual([]);
    }),
  );
});

describe("unreadable SnapScan notices", () => {
  const payload = (value: string) => formEncode(["payload", value]);

  it("an unreadable signed SnapScan notice is answered 400 with an alert and causes no request", async () => {
    await everyRow(
      [
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
        [
          "bytes that are no UTF-8",
          new Uint8Array(Buffer.from('payload={"id":4711,"userReference":"\u00ff"}', "latin1")),
        ],
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
      ],
      async ([_, text]) => {
        const { verdict, requests } = await read(callback(text), true, [paymentObject()]);

        expect(verdict).toMatchObject({ reason: "malformed", signed: true });
        expect(answer(verdict)).toEqual({ status: 400, alert: true });
        expect(requests).toEqual([]);
      },
    );
  });

  it("a SnapScan notice without a readable status is malformed when the API is not used", async () => {
    await everyRow(
      [
        ["no status", { status: null }],
        ["an empty status", { status: "" }],
        ["a status that is no text", { status: 1 }],
        ["a status longer than any word", { status: "c".repeat(51) }],
        ["a status with a line break", { status: "completed\n" }],
      ],
      async ([_, changes]) => {
        const { verdict } = await read(notice(paymentObject(changes)));

        expect(verdict).toMatchObject({ reason: "malformed", signed: true });
      },
    );
  });

  it("the refusal of an unreadable SnapScan notice does not quote it", async () => {
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

it("every SnapScan status maps to our status, and an unknown one is processing with a note", async () => {
  await everyRow(
    [
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
    ],
    async ([status, ours, notes]) => {
      const { verdict } = await read(notice(paymentObject({ status })));

      if (!("report" in verdict)) expect.fail(JSON.stringify(verdict));
      expect(verdict.report).toMatchObject({ status: ours, providerStatus: status, eventKey: `4711:${status}` });
      expect(verdict.notes).toHaveLength(notes);
    },
  );
});

it("a SnapScan payment that is not completed needs no amount", async () => {
  await everyRow(["error", "pending", "on_hold"], async (status) => {
    const { verdict } = await read(notice(paymentObject({ status, requiredAmount: null, totalAmount: null })));

    expect(verdict).toMatchObject({ report: { amount: null } });
  });
});

describe("SnapScan's amounts", () => {
  const MORE = [expect.stringContaining("more were paid")];
  const LESS = [expect.stringContaining("less was paid")];

  it("a completed SnapScan payment reports the required amount, or a smaller amount without the tip", async () => {
    await everyRow(
      [
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
      ],
      async ([requiredAmount, totalAmount, tipAmount, amount, notes]) => {
        const { verdict } = await read(notice(paymentObject({ requiredAmount, totalAmount, tipAmount })));

        expect(verdict).toMatchObject({ report: { status: "completed", amount }, notes });
      },
    );
  });

  it("a completed SnapScan payment never reports more than was required or paid without the tip", async () => {
    const amount = fc.nat(60_000);
    await fc.assert(
      fc.asyncProperty(amount, amount, amount, async (requiredAmount, totalAmount, tipAmount) => {
        const { verdict } = await read(notice(paymentObject({ requiredAmount, totalAmount, tipAmount })));

        if (tipAmount > totalAmount) expect(verdict).toMatchObject({ reason: "unusable_event" });
        else expect(verdict).toMatchObject({ report: { amount: Math.min(requiredAmount, totalAmount - tipAmount) } });
      }),
    );
  });

  it("a completed SnapScan payment whose amounts cannot be judged is answered 200 with an alert", async () => {
    await everyRow(
      [
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
      ],
      async ([_, changes]) => {
        const { verdict } = await read(notice(paymentObject(changes)));

        expect(verdict).toEqual({
          reason: "unusable_event",
          detail: expect.stringContaining("4711 is completed, with"),
        });
        expect(answer(verdict)).toEqual({ status: 200, alert: true });
      },
    );
  });
});

it("a SnapScan notice of another account, reference or type is answered 200 with an alert", async () => {
  await everyRow(
    [
      ["another snap code", { snapCode: "OTHERSHOP" }, "foreign_merchant"],
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
    ],
    async ([_, changes, reason]) => {
      const { verdict } = await read(notice(paymentObject(changes)));

      expect(verdict).toMatchObject({ reason });
      expect(answer(verdict)).toEqual({ status: 200, alert: true });
    },
  );
});

it("a SnapScan refund never becomes a report, and the refusal names it as a refund", async () => {
  await everyRow(
    [{}, { status: "error" }, { status: "pending" }, { requiredAmount: null }, { merchantReference: null }],
    async (changes) => {
      const { verdict } = await read(notice(paymentObject({ transactionType: "refund", ...changes })));

      expect(verdict).toEqual({ reason: "unusable_event", detail: expect.stringContaining("4711 is a refund") });
    },
  );
});

it("the refusal of an unusable SnapScan payment does not quote the guest", async () => {
  const { verdict } = await read(notice(paymentObject({ merchantReference: "Thandi", transactionType: "Thandi" })));

  expect(JSON.stringify(verdict)).not.toContain("Thandi");
});

it("a SnapScan notice is looked up once by its id with our key", async () => {
  const { verdict, requests } = await read(notice(paymentObject()), true, [paymentObject()]);

  expect(verdict).toMatchObject({ report: { status: "completed" } });
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET https://pos.snapscan.io/merchant/api/v1/payments/4711",
  ]);
  expect(requests[0]?.headers.get("authorization")).toBe("Basic ZDVhNGY2YzAtcHVibGlzaGVkLWRlbW8ta2V5Og==");
});

it("a SnapScan payment is reported as in SnapScan's API, whatever the notice contains", async () => {
  await everyRow(
    [
      ["completed in the notice, and failed since", {}, { status: "error" }, { status: "failed" }],
      ["an error in the notice, and completed since", { status: "error" }, {}, { status: "completed", amount: 25_750 }],
      ["completed in the notice, and still open", {}, { status: "pending" }, { status: "processing" }],
      ["another amount in the notice", { requiredAmount: 99_950, totalAmount: 99_950 }, {}, { amount: 25_750 }],
      ["another reference in the notice", { merchantReference: "anotherreference0001" }, {}, { reference: REFERENCE }],
      ["another account in the notice", { snapCode: "OTHERSHOP" }, {}, { reference: REFERENCE }],
      ["only an id in the notice", { status: null, snapCode: null, requiredAmount: null }, {}, { amount: 25_750 }],
    ],
    async ([_, inNotice, inApi, report]) => {
      const { verdict } = await read(notice(paymentObject(inNotice)), true, [paymentObject(inApi)]);

      expect(verdict).toMatchObject({ report });
    },
  );
});

it("a SnapScan notice about a payment that is a refund in the API is unusable", async () => {
  const { verdict } = await read(notice(paymentObject()), true, [paymentObject({ transactionType: "refund" })]);

  expect(verdict).toMatchObject({ reason: "unusable_event" });
});

it("a SnapScan notice about a payment of another account is refused, whatever the notice contains", async () => {
  const { verdict } = await read(notice(paymentObject()), true, [paymentObject({ snapCode: "OTHERSHOP" })]);

  expect(verdict).toEqual({ reason: "foreign_merchant" });
});

it("a SnapScan notice about an unknown payment is answered 200 with an alert", async () => {
  const { verdict } = await read(notice(paymentObject({ id: 4_999 })), true, [paymentObject()]);

  expect(verdict).toEqual({ reason: "unusable_event", detail: "SnapScan's API does not know payment 4999" });
  expect(answer(verdict)).toEqual({ status: 200, alert: true });
});
