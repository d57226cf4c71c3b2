import fc from "fast-check";
import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { verifyReceipt } from "#domain/signed-receipt";
import { publicReceiptKeys, signReceipt } from "#receipts/sign-receipt";
import { fuzzRuns } from "../support/fuzz-runs.ts";
import { NodeKey, RFC_8032 } from "../support/receipt-keys.ts";

const [older, newer] = RFC_8032.map(({ seed }, at) => new NodeKey(`k${at}`, seed)) as [NodeKey, NodeKey];
const settingsWith = (...keys: NodeKey[]) => ({ RECEIPT_SIGNING_KEYS: keys.map(({ setting }) => setting).join(",") });
const PAYMENT = { reference: "8k3m9q2rtw0x1sr4s2h2", amount: cents(20_000), paidAt: new Date("2026-11-28T16:05:12Z") };

const payments = fc.record({
  reference: fc.string({ unit: fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyz"), minLength: 20, maxLength: 20 }),
  amount: fc.integer({ min: 2_000, max: 1_000_000 }).map(cents),
  paidAt: fc.date({ min: new Date("2026-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
});

it("any payment is signed exactly as Node's cryptography signs it", async () => {
  const settings = settingsWith(newer, older);
  await fc.assert(
    fc.asyncProperty(payments, async (payment) => {
      expect(await signReceipt(settings, payment)).toBe(newer.receipt(payment));
    }),
    { numRuns: fuzzRuns(50) },
  );
});

it("the published keys are those of RFC 8032, current first, and hold no private part", async () => {
  const keys = await publicReceiptKeys(settingsWith(newer, older));

  expect(keys).toEqual({ keys: [newer.listed, older.listed] });
  const known = RFC_8032.map(({ publicKey }) => Buffer.from(publicKey, "hex").toString("base64url"));
  expect(keys.keys.map(({ x }) => x)).toEqual(known.toReversed());
});

it("after a rotation the new key signs, and receipts of the old key stay genuine until it is taken out", async () => {
  const before = (await signReceipt(settingsWith(older), PAYMENT)) ?? "";
  const rotated = await publicReceiptKeys(settingsWith(newer, older));

  expect((await signReceipt(settingsWith(newer, older), PAYMENT))?.split(".")[1]).toBe(newer.kid);
  expect(await verifyReceipt(before, rotated)).toMatchObject({ genuine: true });
  expect(await verifyReceipt(before, await publicReceiptKeys(settingsWith(newer)))).toEqual({
    genuine: false,
    why: "unknown_key",
  });
});

it("without a key nothing is signed and no key is published", async () => {
  const settings = { RECEIPT_SIGNING_KEYS: "" };

  expect(await signReceipt(settings, PAYMENT)).toBeNull();
  expect(await publicReceiptKeys(settings)).toEqual({ keys: [] });
});
