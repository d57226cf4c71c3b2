import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { verifyReceipt } from "#domain/signed-receipt";
import { publicReceiptKeys, signReceipt } from "#receipts/sign-receipt";

/** RFC 8032, 7.1, test 1, and what Node's cryptography signs with it (test/domain/signed-receipt.test.ts). */
const SEED = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const SIGNED = `CHIPIN1.2026-10.8k3m9q2rtw0x1sr4s2h2.20000.20261128T160512Z.QVpkB25b-roTBH4PrY7Gsb6EZyy9CfB_MazyXgudLKdOHsM2ytRQOniommomufi4fFf9jyOi_Kq6EJ8ao4d9BA`;
const PAYMENT = { reference: "8k3m9q2rtw0x1sr4s2h2", amount: cents(20_000), paidAt: new Date("2026-11-28T16:05:12Z") };
const settings = { RECEIPT_SIGNING_KEYS: `2026-10:${SEED}` };

it("workerd signs a receipt as Node does, and its check refuses a changed one", async () => {
  const keys = await publicReceiptKeys(settings);

  expect(await signReceipt(settings, PAYMENT)).toBe(SIGNED);
  expect(keys).toEqual({
    keys: [{ kid: "2026-10", kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }],
  });
  expect(await verifyReceipt(SIGNED, keys)).toMatchObject({ genuine: true });
  expect(await verifyReceipt(SIGNED.replace(".20000.", ".30000."), keys)).toEqual({ genuine: false, why: "changed" });
});
