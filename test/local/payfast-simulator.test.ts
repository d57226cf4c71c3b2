import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PayfastSimulator } from "../../local/simulators/payfast.ts";
import { readCheckout } from "../../local/simulators/payfast-checkout.ts";
import { noticeBody, vouchesFor } from "../../local/simulators/payfast-notice.ts";
import { type Pair, signForm, signNotice } from "../../local/simulators/payfast-signature.ts";
import { listen } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { everyRow } from "../support/every-row.ts";

const merchant = { id: "10000100", key: "46f0cd694581a", passphrase: "jt7NOE43FZPn" };
const md5 = (text: string) => createHash("md5").update(text).digest("hex");

const form = (fields: Record<string, string> = {}) => ({
  merchant_id: merchant.id,
  merchant_key: merchant.key,
  return_url: "https://chipin.example/thanks?ref=R1",
  cancel_url: "https://chipin.example/maya?cancelled=1",
  notify_url: "https://chipin.example/api/webhooks/payfast",
  m_payment_id: "R1",
  amount: "154.50",
  item_name: "ChipIn gift contribution",
  ...fields,
});
/** A form, signed as in PayFast's documentation, without code of the simulator. */
const posted = (fields: Record<string, string>, signature?: string) => {
  const filled = Object.entries(fields).filter(([, value]) => value.trim());
  const plain = filled.map(([name, value]) => `${name}=${encodeURIComponent(value.trim()).replaceAll("%20", "+")}`);
  return new URLSearchParams({
    ...fields,
    signature: signature ?? md5(`${plain.join("&")}&passphrase=${merchant.passphrase}`),
  }).toString();
};

it("the PayFast simulator accepts a form whose filled fields are signed in the documented order", () => {
  const fields = new Map(Object.entries({ item_name: " Gift ", merchant_id: "1", name_first: "  ", amount: "23.00" }));

  expect(signForm(fields, "secret")).toBe(md5("merchant_id=1&amount=23.00&item_name=Gift&passphrase=secret"));
  expect(signForm(fields, null)).toBe(md5("merchant_id=1&amount=23.00&item_name=Gift"));

  expect(readCheckout(posted(form()), merchant)).toMatchObject({ reference: "R1", amountCents: 15_450 });
});

it("the PayFast simulator signs a notice with its empty fields in the order of sending", () => {
  const pairs: Pair[] = [
    ["m_payment_id", "R1"],
    ["custom_str1", ""],
    ["name_first", "José D"],
  ];

  expect(signNotice(pairs, "secret")).toBe(
    md5("m_payment_id=R1&custom_str1=&name_first=Jos%C3%A9+D&passphrase=secret"),
  );

  const recorded =
    "m_payment_id=1234&pf_payment_id=1221576&payment_status=COMPLETE&item_name=Order%23123&item_description=&amount_gross=10.00&amount_fee=-0.23&amount_net=9.77&custom_str1=&custom_str2=&custom_str3=&custom_str4=&custom_str5=&custom_int1=&custom_int2=&custom_int3=&custom_int4=&custom_int5=&name_first=First&name_last=Last&email_address=test%40test.com&merchant_id=10000100";

  expect(signNotice([...new URLSearchParams(recorded)], merchant.passphrase)).toBe("ac4c3e993d31b5b9d525dc0087051437");
});

it("the PayFast simulator refuses an invalid form with PayFast's message", async () => {
  await everyRow(
    [
      ["a wrong signature", posted(form(), md5("other")), "Generated signature does not match submitted signature"],
      [
        "an upper-case signature",
        posted(form()).replace(/signature=.*/, (s) => s.toUpperCase().replace("SIGNATURE", "signature")),
        "Generated signature does not match submitted signature",
      ],
      ["no signature", new URLSearchParams(form()).toString(), "signature: this field is required"],
      ["an unknown merchant", posted(form({ merchant_id: "10000101" })), "merchant_id: merchant unknown"],
      ["another merchant's key", posted(form({ merchant_key: "x" })), "merchant_key: does not belong to this merchant"],
      ["an amount of one decimal", posted(form({ amount: "154.5" })), "amount: must look like 154.50"],
      ["less than R5", posted(form({ amount: "4.99" })), "amount: the smallest payment is R5.00"],
      ["an unknown field", posted(form({ currency: "ZAR" })), "currency: this field is not known"],
      ["a field twice", `${posted(form())}&amount=1.00`, "amount: sent twice"],
      ["too long a name", posted(form({ item_name: "x".repeat(101) })), "item_name: the value is too long"],
      [
        "fields in another order",
        posted(Object.fromEntries(Object.entries(form()).toReversed())),
        "the fields are not in documented order",
      ],
      ["a relative address", posted(form({ notify_url: "/hook" })), "notify_url: must be an absolute URL"],
    ],
    ([_, body, problem]) => {
      expect(readCheckout(body, merchant)).toEqual({ problem });
    },
  );
});

describe("noticeBody", () => {
  const checkout = { reference: "R1", amountCents: 25_750, fields: form({ name_first: "Zoë" }) };
  const content = { status: "COMPLETE", providerPaymentId: "77", grossCents: 25_750, forged: false } as const;

  it("a notice of the PayFast simulator has the fields of a real one in their order", () => {
    const pairs = [...new URLSearchParams(noticeBody(checkout, content, merchant))];

    expect(pairs.map(([name]) => name)).toEqual([
      "m_payment_id",
      "pf_payment_id",
      "payment_status",
      "item_name",
      "item_description",
      "amount_gross",
      "amount_fee",
      "amount_net",
      "custom_str1",
      "custom_str2",
      "custom_str3",
      "custom_str4",
      "custom_str5",
      "custom_int1",
      "custom_int2",
      "custom_int3",
      "custom_int4",
      "custom_int5",
      "name_first",
      "name_last",
      "email_address",
      "merchant_id",
      "signature",
    ]);
    expect(Object.fromEntries(pairs)).toMatchObject({
      amount_gross: "257.50",
      amount_fee: "-7.42",
      amount_net: "250.08",
      custom_str1: "",
      name_first: "Zoë",
    });
  });

  it("the PayFast simulator confirms its own notices, and no altered or forged notice", async () => {
    await everyRow(
      [
        ["as sent", (body: string) => body, true],
        ["without its signature", (body: string) => body.replace(/&signature=.*/, ""), true],
        ["with another amount", (body: string) => body.replace("257.50", "2.50"), false],
        [
          "of another merchant",
          (body: string) => body.replace("10000100", "10000101").replace(/&signature=.*/, ""),
          false,
        ],
        ["with a field doubled", (body: string) => `${body}&m_payment_id=R2`, false],
        ["that is empty", () => "", false],
      ],
      ([_, change, vouched]) => {
        expect(vouchesFor(change(noticeBody(checkout, content, merchant)), merchant)).toBe(vouched);
      },
    );

    expect(vouchesFor(noticeBody(checkout, { ...content, forged: true }, merchant), merchant)).toBe(false);
  });
});

describe("PayfastSimulator", async () => {
  const directory = mkdtempSync(join(tmpdir(), "chipin-payfast-"));
  const received: string[] = [];
  let answer = 200;
  const site = await listen(async (request) => {
    received.push(await request.text());
    return new Response(null, { status: answer });
  });
  const notifyUrl = `http://127.0.0.1:${site.port}/hook`;
  const simulators: PayfastSimulator[] = [];
  const simulator = (path: string | null = null) => {
    const made = new PayfastSimulator({ merchant, path, notifyUrl, findContribution: async () => null });
    simulators.push(made);
    return made;
  };
  afterAll(async () => {
    for (const made of simulators) made.stop();
    await site.close();
    rmSync(directory, { recursive: true });
  });
  const opened = (payfast: PayfastSimulator) => {
    const checkout = payfast.open(posted(form({ notify_url: notifyUrl })));
    if ("problem" in checkout) throw new Error(checkout.problem);
    return checkout;
  };

  it("the PayFast simulator resends the same notice until it is answered 200", async () => {
    const payfast = simulator();
    const checkout = opened(payfast);
    received.length = 0;
    answer = 503;

    const callbacks = await payfast.simulate(checkout.reference, "pay");
    answer = 200;
    await eventually(async () => {
      await payfast.flush();
      return payfast.noticesOf(checkout.token)[0]?.attempts.at(-1)?.status === 200;
    });

    expect(callbacks).toEqual([{ status: 503 }]);
    expect(received.length).toBeGreaterThanOrEqual(2);
    expect(new Set(received).size).toBe(1);
  });

  it("the PayFast simulator reports status 0 when the callback address does not answer", async () => {
    const payfast = simulator();
    const checkout = payfast.open(posted(form({ notify_url: "http://127.0.0.1:1/hook" })));
    if ("problem" in checkout) throw new Error(checkout.problem);

    expect(await payfast.simulate("R1", "pay")).toEqual([{ status: 0, error: expect.any(String) }]);
  });

  it("the PayFast simulator sends a late notice after a restart", async () => {
    const path = join(directory, "payfast.jsonl");
    const before = simulator(path);
    const checkout = opened(before);
    await before.finish(checkout, "pay_late");
    before.stop();
    received.length = 0;
    answer = 200;

    const after = simulator(path);
    after.resume();
    await after.flush();

    expect(received).toEqual([before.noticesOf(checkout.token)[0]?.body]);
    expect(after.noticesOf(checkout.token)[0]?.attempts).toMatchObject([{ status: 200 }]);
  });

  it("the validate modes of the PayFast simulator confirm, deny and fail", async () => {
    await everyRow(
      [
        ["vouch", { status: 200, text: "VALID" }],
        ["deny", { status: 200, text: "INVALID" }],
        ["down", { status: 503, text: "Service Unavailable" }],
      ] as const,
      ([mode, expected]) => {
        const payfast = simulator();
        payfast.validateMode = mode;

        expect(
          payfast.validate("m_payment_id=R1&pf_payment_id=1&payment_status=COMPLETE&merchant_id=10000100"),
        ).toEqual(expected);
      },
    );
  });
});
