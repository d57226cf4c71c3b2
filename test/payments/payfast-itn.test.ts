import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { payfast } from "#payments/payfast/provider";
import type { PayfastSettings } from "#payments/payfast/settings";
import { answerTo, type CallbackVerdict } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import {
  callback,
  formEncode,
  INVALID,
  MERCHANT_ID,
  notice,
  noticePairs,
  REFERENCE,
  SETTINGS,
  signText,
  VALID,
  validatePage,
} from "./payfast-notices.ts";

const genuine = formEncode(noticePairs());
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

async function read(body: string | Uint8Array, settings: Partial<PayfastSettings> = {}, source?: string | null) {
  const page = validatePage(VALID);
  const provider = payfast({ ...SETTINGS, ...settings }, page);
  const verdict = await provider.readCallback(callback(body, source));
  return { verdict, requests: page.requests };
}

function answer(verdict: CallbackVerdict) {
  return "reason" in verdict ? answerTo(verdict, "payfast") : { status: 200, alert: false };
}

it("a genuine PayFast notification becomes a payment report", async () => {
  const { verdict } = await read(notice());

  expect(verdict).toEqual({
    report: {
      provider: "payfast",
      reference: REFERENCE,
      status: "completed",
      amount: cents(25_750),
      providerPaymentId: "2577001",
      eventKey: "2577001:COMPLETE",
      providerStatus: "COMPLETE",
    },
    notes: [],
  });
});

it("a PayFast notification may have unknown fields, blanks, odd bytes and its signature anywhere", async () => {
  await everyRow(
    [
      ["fields we do not know", notice({ token: "abc", "new.field[]": "1" })],
      ["values of spaces, which stay untrimmed", notice({ item_description: "  padded  " })],
      ["a backslash, which stays one", notice({ item_name: "a\\'b" })],
      ["its signature in front", signText(genuine).replace(/^(.*)&(signature=.*)$/, "$2&$1")],
      ["its signature under another spelling", signText(genuine).replace("&signature=", "&%73ignature=")],
      ["broken percent escapes elsewhere", signText(`${genuine}&custom=100%&more=%zz`)],
      ["bytes that are no UTF-8", signText(`${genuine}&custom=%FF%FE`)],
    ],
    async ([_, body]) => {
      expect((await read(body)).verdict).toMatchObject({ report: { reference: REFERENCE, amount: 25_750 } });
    },
  );
});

it("a PayFast notification with a reference of another form is reported, because the board checks it", async () => {
  const { verdict } = await read(notice({ m_payment_id: "Zoë & co" }));

  expect(verdict).toMatchObject({ report: { reference: "Zoë & co" } });
});

it("a PayFast notification is verified with a passphrase that needs encoding", async () => {
  const body = signText(genuine, "a%2Fb");

  expect((await read(body, { passphrase: "a/b" })).verdict).toHaveProperty("report");
});

it("a PayFast notification without a valid signature is answered 400, and nothing is sent to PayFast", async () => {
  await everyRow(
    [
      ["an empty body", "", "malformed"],
      ["only separators", "&&&", "malformed"],
      ["a field without a name", signText(`${genuine}&=x`), "malformed"],
      ["a trailing separator", `${signText(genuine)}&`, "malformed"],
      ["a field twice", signText(`${genuine}&amount_gross=1.00`), "malformed"],
      ["a field twice, once under another spelling", signText(`${genuine}&amount%5Fgross=1.00`), "malformed"],
      ["two signatures", `${signText(genuine)}&signature=${"0".repeat(32)}`, "malformed"],
      ["two signatures, one in disguise", `${signText(genuine)}&%73ignature=${"0".repeat(32)}`, "malformed"],
      ["no signature", genuine, "unsigned"],
      ["JSON", '{"payment_status":"COMPLETE"}', "unsigned"],
      ["an empty signature", `${genuine}&signature=`, "signature_mismatch"],
      ["a signature without a value", `${genuine}&signature`, "signature_mismatch"],
      [
        "an upper-case signature",
        signText(genuine).replace(/[0-9a-f]{32}$/, (hex) => hex.toUpperCase()),
        "signature_mismatch",
      ],
      ["a line break after the signature", `${signText(genuine)}\r\n`, "signature_mismatch"],
      ["a field after the signature that was not signed", `${signText(genuine)}&extra=1`, "signature_mismatch"],
      ["a signature made without the passphrase", signText(genuine, null), "signature_mismatch"],
      ["a signature made with another passphrase", signText(genuine, "guess"), "signature_mismatch"],
      ["another amount than was signed", notice().replace("257.50", "257.51"), "signature_mismatch"],
      ["another reference than was signed", notice().replace(REFERENCE, "8k3m9q2rtw0v5x7yz1ac"), "signature_mismatch"],
      ["no blanks, though they were signed", notice().replace(/&custom_str1=/, ""), "signature_mismatch"],
      ["raw bytes that are no UTF-8", latin1(`a=\u00ff\u00fe&signature=${"0".repeat(32)}`), "signature_mismatch"],
      ["nothing but percent signs", `%%%=%%%&signature=%${"0".repeat(31)}`, "signature_mismatch"],
    ],
    async ([_, body, reason]) => {
      const { verdict, requests } = await read(body);

      expect(verdict).toMatchObject({ reason });
      expect(answer(verdict)).toEqual({ status: 400, alert: false });
      expect(requests).toEqual([]);
    },
  );
});

it("the refusal of a repeated field does not quote the field's name", async () => {
  const { verdict } = await read("Thandi=1&b=2&Thandi=3");

  expect(verdict).toEqual({ reason: "malformed", detail: "a field occurs twice", signed: false });
});

it("a signed PayFast notification with an unusable amount, status or id is answered 400 with an alert", async () => {
  await everyRow(
    [
      ["COMPLETE without an amount", { amount_gross: null }, "amount_gross"],
      ["an empty amount", { amount_gross: "" }, "amount_gross"],
      ["a negative amount", { amount_gross: "-257.50" }, "amount_gross"],
      ["an amount in scientific notation", { amount_gross: "1e3" }, "amount_gross"],
      ["an amount in hex", { amount_gross: "0x10" }, "amount_gross"],
      ["an amount with separators", { amount_gross: "1,257.50" }, "amount_gross"],
      ["an amount with three decimals", { amount_gross: "257.505" }, "amount_gross"],
      ["an amount without its decimals", { amount_gross: "257." }, "amount_gross"],
      ["a padded amount", { amount_gross: " 257.50" }, "amount_gross"],
      ["an amount with a line break", { amount_gross: "257.50\n" }, "amount_gross"],
      ["an amount in other digits", { amount_gross: "٢٥٧" }, "amount_gross"],
      ["an amount of ten digits", { amount_gross: "1000000000.00" }, "amount_gross"],
      ["an amount too large for any number", { amount_gross: "9".repeat(400) }, "amount_gross"],
      ["NaN for an amount", { amount_gross: "NaN" }, "amount_gross"],
      ["an empty status", { payment_status: "" }, "payment_status"],
      ["a status longer than any word", { payment_status: "C".repeat(51) }, "payment_status"],
      ["a payment id that is none", { pf_payment_id: "25 77" }, "pf_payment_id"],
      ["a payment id of 51 characters", { pf_payment_id: "1".repeat(51) }, "pf_payment_id"],
    ],
    async ([_, changes, field]) => {
      const { verdict, requests } = await read(notice(changes));

      expect(verdict).toMatchObject({ reason: "malformed", signed: true, detail: expect.stringContaining(field) });
      expect(answer(verdict)).toEqual({ status: 400, alert: true });
      expect(requests).toEqual([]);
    },
  );
});

it("our own signed PayFast form, posted as a notification, is refused", async () => {
  const payment = {
    reference: REFERENCE,
    amount: cents(25_750),
    slug: "",
    attempt: 1,
    attemptExpiresAt: new Date("2026-03-01T12:00:00Z"),
    returnUrl: "",
    cancelUrl: "",
    notifyUrl: "",
  };
  const { checkout } = await payfast(SETTINGS, validatePage()).start(payment);

  const { verdict, requests } = await read(checkout.kind === "form" ? formEncode(checkout.fields) : "");

  expect(verdict).toMatchObject({ reason: "malformed", signed: false });
  expect(answer(verdict)).toEqual({ status: 400, alert: false });
  expect(requests).toEqual([]);
});

it("a rightly signed text that is not of the kind PayFast sends proves nothing", async () => {
  await everyRow(
    [
      ["no status", { payment_status: null }],
      ["no payment id of PayFast's", { pf_payment_id: null }],
      ["a merchant key, as only our form has it", { merchant_key: "46f0cd694581a" }],
      ["an address to notify, as only our form has it", { notify_url: "https://chipin.test" }],
    ],
    async ([_, changes]) => {
      const { verdict, requests } = await read(notice(changes));

      expect(verdict).toMatchObject({ reason: "malformed", signed: false });
      expect(answer(verdict)).toEqual({ status: 400, alert: false });
      expect(requests).toEqual([]);
    },
  );
});

it("a PayFast notification of another merchant or without a reference is answered 200 with an alert", async () => {
  await everyRow(
    [
      ["another merchant", { merchant_id: "10000101" }, { reason: "foreign_merchant" }],
      ["no merchant", { merchant_id: null }, { reason: "foreign_merchant" }],
      ["our merchant id with something behind", { merchant_id: `${MERCHANT_ID}0` }, { reason: "foreign_merchant" }],
      ["no reference of ours", { m_payment_id: null }, { reason: "unusable_event", detail: "no m_payment_id" }],
      ["an empty reference", { m_payment_id: "" }, { reason: "unusable_event", detail: "no m_payment_id" }],
    ],
    async ([_, changes, refusal]) => {
      const { verdict, requests } = await read(notice(changes));

      expect(verdict).toEqual(refusal);
      expect(answer(verdict)).toEqual({ status: 200, alert: true });
      expect(requests).toEqual([]);
    },
  );
});

it("amount_gross is read to the cent", async () => {
  await everyRow(
    [
      ["257.50", 25_750],
      ["257.5", 25_750],
      ["257", 25_700],
      ["0.01", 1],
      ["0", 0],
      ["007.10", 710],
      ["19.99", 1_999],
      ["999999999.99", 99_999_999_999],
    ],
    async ([text, expected]) => {
      expect((await read(notice({ amount_gross: text }))).verdict).toMatchObject({ report: { amount: expected } });
    },
  );
});

it("a PayFast notification that is not COMPLETE needs no amount", async () => {
  await everyRow(["FAILED", "CANCELLED", "PENDING"], async (payment_status) => {
    const { verdict } = await read(notice({ payment_status, amount_gross: null }));

    expect(verdict).toMatchObject({ report: { amount: null, providerStatus: payment_status } });
  });
});

it("every PayFast payment_status maps to our status", async () => {
  await everyRow(
    [
      ["COMPLETE", "completed"],
      ["FAILED", "failed"],
      ["CANCELLED", "failed"],
      ["PENDING", "processing"],
    ],
    async ([payment_status, status]) => {
      const { verdict } = await read(notice({ payment_status }));

      expect(verdict).toMatchObject({ report: { status, eventKey: `2577001:${payment_status}` }, notes: [] });
    },
  );
});

it("an unknown PayFast payment_status is reported as processing, with a note that names it", async () => {
  await everyRow(
    ["complete", "Complete", "COMPLETED", "INCOMPLETE", " COMPLETE", "COMPLETE ", "failed", "CANCELED", "toString"],
    async (payment_status) => {
      const { verdict } = await read(notice({ payment_status }));

      expect(verdict).toMatchObject({ report: { status: "processing", providerStatus: payment_status } });
      expect(verdict).toMatchObject({ notes: [expect.stringContaining(JSON.stringify(payment_status))] });
    },
  );
});

describe("PayFast's source check", () => {
  const LISTED = "197.97.145.150";
  const STRANGER = "203.0.113.9";

  it("the source check accepts a listed source silently and notes an unlisted one when set to log", async () => {
    await everyRow(
      [
        ["off", STRANGER, 0],
        ["off", null, 0],
        ["log", LISTED, 0],
        ["log", STRANGER, 1],
        ["log", null, 1],
        ["log", "2001:db8::1", 1],
        ["enforce", LISTED, 0],
        ["enforce", "144.126.193.139", 0],
      ] as const,
      async ([sourceCheck, source, notes]) => {
        const { verdict } = await read(notice(), { sourceCheck }, source);

        expect(verdict).toHaveProperty("report");
        expect(verdict).toHaveProperty("notes.length", notes);
      },
    );
  });

  it("the source check set to enforce answers an unlisted source 403, and nothing is sent to PayFast", async () => {
    await everyRow([STRANGER, "144.126.193.140", "2001:db8::1", null], async (source) => {
      const { verdict, requests } = await read(notice(), { sourceCheck: "enforce" }, source);

      expect(verdict).toEqual({ reason: "source_refused", sourceAddress: source });
      expect(answer(verdict)).toEqual({ status: 403, alert: true });
      expect(requests).toEqual([]);
    });
  });

  it("the signature is checked before the source", async () => {
    const { verdict } = await read(`${genuine}&signature=${"0".repeat(32)}`, { sourceCheck: "enforce" }, STRANGER);

    expect(verdict).toEqual({ reason: "signature_mismatch" });
  });

  it("a PayFast report keeps the note about its status beside the note about its source", async () => {
    const { verdict } = await read(notice({ payment_status: "HELD" }), { sourceCheck: "log" }, STRANGER);

    expect(verdict).toMatchObject({
      notes: [expect.stringContaining("HELD"), expect.stringContaining(STRANGER)],
    });
  });
});

it("a notification that PayFast does not confirm is answered 400 with an alert", async () => {
  const verdict = await payfast(SETTINGS, validatePage(INVALID)).readCallback(callback(notice()));

  expect(verdict).toEqual({ reason: "not_confirmed" });
  expect(answer(verdict)).toEqual({ status: 400, alert: true });
});
