import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { receiptStatement, verifyReceipt } from "#domain/signed-receipt";
import { fuzzRuns } from "../support/fuzz-runs.ts";
import { NodeKey, RFC_8032 } from "../support/receipt-keys.ts";

const [first, second] = RFC_8032.map(({ seed }, at) => new NodeKey(`2026-1${at}`, seed)) as [NodeKey, NodeKey];
const PAYMENT = {
  reference: "8k3m9q2rtw0x1sr4s2h2",
  amount: cents(20_000),
  paidAt: new Date("2026-11-28T16:05:12.987Z"),
};
const KEYS = { keys: [second.listed, first.listed] };

/** Made once by Node's cryptography, and kept: a receipt that was given out must stay readable. */
const VECTOR =
  "CHIPIN1.2026-10.8k3m9q2rtw0x1sr4s2h2.20000.20261128T160512Z.QVpkB25b-roTBH4PrY7Gsb6EZyy9CfB_MazyXgudLKdOHsM2ytRQOniommomufi4fFf9jyOi_Kq6EJ8ao4d9BA";

describe("verifyReceipt", () => {
  it("a receipt that Node's cryptography signed is genuine, and says what was signed", async () => {
    expect(first.receipt(PAYMENT)).toBe(VECTOR);
    expect(await verifyReceipt(VECTOR, KEYS)).toEqual({
      genuine: true,
      receipt: { ...PAYMENT, keyId: "2026-10", paidAt: new Date("2026-11-28T16:05:12.000Z") },
    });
  });

  it("the statement is the text before the signature, in ASCII", () => {
    expect(receiptStatement({ ...PAYMENT, keyId: "k" })).toBe("CHIPIN1.k.8k3m9q2rtw0x1sr4s2h2.20000.20261128T160512Z");
  });

  it("spaces and line breaks of a mail program change nothing", async () => {
    const wrapped = ` ${VECTOR.slice(0, 30)}\r\n  ${VECTOR.slice(30, 90)}\n${VECTOR.slice(90)}\n`;
    expect(await verifyReceipt(wrapped, KEYS)).toMatchObject({ genuine: true });
  });

  it("a key that is listed no longer, or another key under its id, proves nothing", async () => {
    expect(await verifyReceipt(VECTOR, { keys: [second.listed] })).toEqual({ genuine: false, why: "unknown_key" });
    const exchanged = { ...second.listed, kid: first.kid };
    expect(await verifyReceipt(VECTOR, { keys: [exchanged] })).toEqual({ genuine: false, why: "changed" });
  });

  it("a receipt with any character changed, removed or added is not genuine", async () => {
    const visible = fc.string({
      unit: fc.constantFrom(..."ABCDEFghijkl0123456789.-_:=+/RZé"),
      minLength: 1,
      maxLength: 3,
    });
    const change = fc.record({
      at: fc.nat(VECTOR.length - 1),
      removed: fc.integer({ min: 0, max: 2 }),
      added: fc.oneof(visible, fc.constant("")),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, removed, added }) => {
        const changed = VECTOR.slice(0, at) + added + VECTOR.slice(at + removed);
        fc.pre(changed !== VECTOR);
        expect((await verifyReceipt(changed, KEYS)).genuine).toBe(false);
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it("every single character of a receipt matters, whichever other one takes its place", async () => {
    const genuine: string[] = [];
    const others = [..."AQgw048_-.aZ9"];
    for (let at = 0; at < VECTOR.length; at += 1) {
      for (const other of others) {
        const changed = VECTOR.slice(0, at) + other + VECTOR.slice(at + 1);
        if (changed !== VECTOR && (await verifyReceipt(changed, KEYS)).genuine) genuine.push(changed);
      }
    }
    expect(genuine).toEqual([]);
  });

  it.each([
    ["nothing", ""],
    ["another version", VECTOR.replace("CHIPIN1", "CHIPIN2")],
    ["an amount with a zero before it", VECTOR.replace(".20000.", ".020000.")],
    ["a day that no month has", VECTOR.replace("20261128", "20261131")],
    ["padding", `${VECTOR}==`],
    ["a sentence around it", `Paid: ${VECTOR}`],
  ])("%s is unreadable", async (_what, text) => {
    expect(await verifyReceipt(text, KEYS)).toEqual({ genuine: false, why: "unreadable" });
  });
});
