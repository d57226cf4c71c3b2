import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  apiParameters,
  type Field,
  formFields,
  formParameters,
  formSignature,
  isNotificationSigned,
} from "#payments/payfast/signature";
import { formEncode, md5, PASSPHRASE } from "./payfast-notices.ts";

const FIELDS: readonly Field[] = [
  ["merchant_id", "10000100"],
  ["amount", "154.50"],
  ["item_name", "ChipIn gift contribution"],
];

describe("the form's signature", () => {
  it("keeps the order it is given", () => {
    expect(formParameters(FIELDS)).toBe("merchant_id=10000100&amount=154.50&item_name=ChipIn+gift+contribution");
    expect(formParameters([...FIELDS].reverse())).not.toBe(formParameters(FIELDS));
  });

  it("leaves out blank values and an earlier signature, and trims the rest", () => {
    expect(
      formFields([
        ["merchant_id", " 10000100\n"],
        ["name_first", " \t "],
        ["item_description", ""],
        ["signature", "0".repeat(32)],
      ]),
    ).toEqual([["merchant_id", "10000100"]]);
  });

  it.each([
    [null, ""],
    ["", ""],
    ["   ", ""],
    [PASSPHRASE, `&passphrase=${PASSPHRASE}`],
    [` ${PASSPHRASE} `, `&passphrase=${PASSPHRASE}`],
    ["with a/slash", "&passphrase=with+a%2Fslash"],
  ])("with the passphrase %j appends %j", (passphrase, suffix) => {
    expect(formSignature(FIELDS, passphrase)).toBe(md5(formParameters(FIELDS) + suffix));
  });
});

describe("a notification's signature", () => {
  const signed = (text: string) => md5(`${text}&passphrase=${PASSPHRASE}`);

  it.each([
    ["a=1&b=&c=x", "a=1&b=&c=x", "as received, blanks included"],
    ["a=%c3%a9", "a=%C3%A9", "the sender hashed upper-case hex and sent lower-case"],
    ["a=x%20y", "a=x+y", "the sender hashed + and sent %20"],
    ["a=(x)*~", "a=%28x%29%2A%7E", "the sender hashed PHP's escapes and sent fewer"],
    ["a", "a=", "a pair without a value"],
    ["a=b=c", "a=b%3Dc", "a bare equals sign in a value"],
    ["a=%zz", "a=%zz", "broken escapes, hashed as sent"],
    ["a=%zz", "a=%25zz", "broken escapes, decoded and encoded again"],
    ["a=\u00ff\u00fe", "a=\u00ff\u00fe", "bytes that are no UTF-8, hashed as sent"],
    ["a=%FF%FE", "a=%FF%FE", "encoded bytes that are no UTF-8"],
  ])("for %j fits one over %j (%s)", (received, hashed) => {
    const signature = md5(Buffer.from(`${hashed}&passphrase=${PASSPHRASE}`, "latin1"));

    expect(isNotificationSigned(received, signature, PASSPHRASE)).toBe(true);
  });

  it.each<[received: string, signature: string, passphrase: string | null, why: string]>([
    ["a=1&b=", signed("a=1"), PASSPHRASE, "made without the blanks"],
    ["b=2&a=1", signed("a=1&b=2"), PASSPHRASE, "made in another order"],
    ["a=+1", signed("a=1"), PASSPHRASE, "made over trimmed values"],
    ["a=1", signed("a=1").toUpperCase(), PASSPHRASE, "upper-case"],
    ["a=1", ` ${signed("a=1")}`, PASSPHRASE, "padded"],
    ["a=1", signed("a=1").slice(0, 31), PASSPHRASE, "cut short"],
    ["a=1", "", PASSPHRASE, "empty"],
    ["a=1", md5("a=1"), PASSPHRASE, "made without the passphrase"],
    ["a=1", signed("a=1"), null, "made with a passphrase the account does not have"],
    ["a=1", signed("a=1"), "other", "made with another passphrase"],
    ["a=1", md5("a=1&passphrase="), null, "made with an empty passphrase field"],
  ])("for %j is not %s (passphrase %j): %s", (received, signature, passphrase) => {
    expect(isNotificationSigned(received, signature, passphrase)).toBe(false);
  });

  it("fits whatever unicode a value holds", () => {
    const halfPairs = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
    const text = fc.oneof(fc.string({ unit: "binary" }), halfPairs);
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 8 }), text, (pairs, secret) => {
        fc.pre(secret.trim() !== "");
        const received = formEncode(pairs);
        const passphrase = formEncode([["passphrase", secret.trim()]]);

        expect(isNotificationSigned(received, md5(`${received}&${passphrase}`), secret)).toBe(true);
      }),
    );
  });
});

describe("an API call's signature", () => {
  it("sorts by name, with the passphrase among the rest, and drops blanks, testing and signature", () => {
    const fields: Field[] = [
      ["version", "v1"],
      ["testing", "true"],
      ["limit", ""],
      ["Zone", "1"],
      ["signature", "x"],
      ["merchant-id", "10000100"],
    ];

    // Byte order: capitals before small letters.
    expect(apiParameters(fields, "s p")).toBe("Zone=1&merchant-id=10000100&passphrase=s+p&version=v1");
  });
});
