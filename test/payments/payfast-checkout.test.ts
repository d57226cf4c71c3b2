import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { payfast } from "#payments/payfast/provider";
import type { PayfastSettings } from "#payments/payfast/settings";
import type { PaymentToStart } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import { formEncode, md5, PASSPHRASE, REFERENCE, SETTINGS, validatePage } from "./payfast-notices.ts";

const PAYMENT: PaymentToStart = {
  reference: REFERENCE,
  amount: cents(15_450),
  slug: "maya-birthday-8k3m9q2rtw",
  attempt: 1,
  attemptExpiresAt: new Date("2026-03-01T12:00:00Z"),
  returnUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw/thanks?ref=1&x=y",
  cancelUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw",
  notifyUrl: "https://chipin.example/api/webhooks/payfast",
};

async function form(settings: Partial<PayfastSettings> = {}, payment: Partial<PaymentToStart> = {}) {
  const { checkout } = await payfast({ ...SETTINGS, ...settings }, validatePage()).start({ ...PAYMENT, ...payment });
  if (checkout.kind !== "form") return expect.fail(checkout.kind);
  return checkout;
}

it("the PayFast form has its fields in the documented order, the signature last", async () => {
  const { action, fields } = await form();

  expect(action).toBe("https://www.payfast.co.za/eng/process");
  expect(fields.slice(0, -1)).toEqual([
    ["merchant_id", "10000100"],
    ["merchant_key", "46f0cd694581a"],
    ["return_url", PAYMENT.returnUrl],
    ["cancel_url", PAYMENT.cancelUrl],
    ["notify_url", PAYMENT.notifyUrl],
    ["m_payment_id", REFERENCE],
    ["amount", "154.50"],
    ["item_name", "ChipIn gift contribution"],
  ]);
  expect(fields.at(-1)?.[0]).toBe("signature");
});

it("the PayFast form is signed over exactly what it submits", async () => {
  const { fields } = await form();

  const signed = formEncode(fields.slice(0, -1));
  expect(fields.at(-1)).toEqual(["signature", md5(`${signed}&passphrase=${PASSPHRASE}`)]);
});

it("the PayFast form has no character that encodings treat differently, and no control character", async () => {
  const { fields } = await form();

  for (const [name, value] of fields) expect.soft(value, name).toMatch(/^[^!'()*~\r\n\t]+$/);
});

it("the PayFast form states the amount with two decimals", async () => {
  await everyRow(
    [
      [500, "5.00"],
      [2_000, "20.00"],
      [2_001, "20.01"],
      [15_450, "154.50"],
      [1_000_000, "10000.00"],
    ],
    async ([amount, text]) => {
      expect((await form({}, { amount: cents(amount) })).fields).toContainEqual(["amount", text]);
    },
  );
});

it("the PayFast form goes to the configured host", async () => {
  await everyRow(
    [
      [{ sandbox: true }, "https://sandbox.payfast.co.za/eng/process"],
      [{ baseUrl: "http://127.0.0.1:9000" }, "http://127.0.0.1:9000/eng/process"],
    ],
    async ([settings, action]) => {
      expect((await form(settings)).action).toBe(action);
    },
  );
});

it("PayFast's limits are R5 and the account's cap", () => {
  const { limits } = payfast({ ...SETTINGS, maxCents: cents(999_900) }, validatePage());

  expect(limits).toEqual({ minimum: 500, maximum: 999_900 });
});

it("the checkout origins of PayFast are both hosts and the page they redirect to", () => {
  expect(payfast(SETTINGS, validatePage()).checkoutOrigins).toEqual([
    "https://www.payfast.co.za",
    "https://sandbox.payfast.co.za",
    "https://payment.payfast.io",
  ]);
});

it("the checkout origin of another base URL is the host of that URL", () => {
  const { checkoutOrigins } = payfast({ ...SETTINGS, baseUrl: "http://127.0.0.1:9000/payfast" }, validatePage());

  expect(checkoutOrigins).toEqual(["http://127.0.0.1:9000"]);
});

it("PayFast without a passphrase is refused outside the sandbox", async () => {
  await everyRow([null, "", "  "], (passphrase) => {
    expect(() => payfast({ ...SETTINGS, passphrase }, validatePage())).toThrow(/needs a passphrase/);
    expect(() => payfast({ ...SETTINGS, passphrase, sandbox: true }, validatePage())).not.toThrow();
  });
});

it("PayFast with an unreadable source range is refused", () => {
  expect(() => payfast({ ...SETTINGS, sourceCidrs: ["197.97.145.144/28", "payfast.co.za"] }, validatePage())).toThrow(
    'not an IPv4 range: "payfast.co.za"',
  );
});
