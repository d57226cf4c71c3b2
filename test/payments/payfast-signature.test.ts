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
import { everyRow } from "../support/every-row.ts";
import { formEncode, md5, PASSPHRASE } from "./payfast-notices.ts";

const FIELDS: readonly Field[] = [
  ["merchant_id", "10000100"],
  ["amount", "154.50"],
  ["item_name", "ChipIn gift contribution"],
];

it("PayFast's form signature keeps the order of the fields", () => {
  expect(formParameters(FIELDS)).toBe("merchant_id=10000100&amount=154.50&item_name=ChipIn+gift+contribution");
  expect(formParameters([...FIELDS].reverse())).not.toBe(formParameters(FIELDS));
});

it("PayFast's form signature trims values and leaves out blank ones and an earlier signature", () => {
  expect(
    formFields([
      ["merchant_id", " 10000100\n"],
      ["name_first", " \t "],
      ["item_description", ""],
      ["signature", "0".repeat(32)],
    ]),
  ).toEqual([["merchant_id", "10000100"]]);
});

it("PayFast's form signature appends the trimmed, encoded passphrase, and nothing when there is none", async () => {
  await everyRow(
    [
      [null, ""],
      ["", ""],
      ["   ", ""],
      [PASSPHRASE, `&passphrase=${PASSPHRASE}`],
      [` ${PASSPHRASE} `, `&passphrase=${PASSPHRASE}`],
      ["with a/slash", "&passphrase=with+a%2Fslash"],
    ],
    ([passphrase, suffix]) => {
      expect(formSignature(FIELDS, passphrase)).toBe(md5(formParameters(FIELDS) + suffix));
    },
  );
});

describe("a notification's signature", () => {
  const signed = (text: string) => md5(`${text}&passphrase=${PASSPHRASE}`);

  it("a PayFast notification's signature matches over the received text or over the re-encoded text", async () => {
    await everyRow(
      [
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
      ],
      ([received, hashed]) => {
        const signature = md5(Buffer.from(`${hashed}&passphrase=${PASSPHRASE}`, "latin1"));

        expect(isNotificationSigned(received, signature, PASSPHRASE)).toBe(true);
      },
    );
  });

  it("a PayFast notification's signature over anything else does not match", async () => {
    await everyRow<[received: string, signature: string, passphrase: string | null, why: string]>(
      [
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
      ],
      ([received, signature, passphrase]) => {
        expect(isNotificationSigned(received, signature, passphrase)).toBe(false);
      },
    );
  });

  it("a PayFast notification's signature matches for any Unicode values and any passphrase", () => {
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

it("PayFast's API signature sorts fields and passphrase, and drops blanks, testing and signature", () => {
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
