import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { drawSecret, unusableSecret } from "#webhooks/secret";
import { signatureHeaders } from "#webhooks/signing";

const base64 = Buffer.alloc(32, 0xfe).toString("base64");
const hex = Buffer.alloc(15, 0xa7).toString("hex");
const ASCII = "must hold printable ASCII characters only, and no line break";
const PADDING = expect.stringMatching(/^must go on with base64 and its padding after whsec_/);

it("a secret that libraries would not read, or read in different ways, is refused with the reason", () => {
  const rows = [
    [`whsec_${base64}`, null],
    [`whsec_${Buffer.alloc(24).toString("base64")}`, null],
    [`whsec_${base64.replace("=", "")}`, PADDING],
    [`whsec_${hex}`, PADDING],
    [`whsec_${base64}\n`, ASCII],
    [`whsec_${base64.replaceAll("/", "_")}-`, PADDING],
    ["whsec_not base64!", PADDING],
    ["whsec_", PADDING],
    [hex, null],
    ["a long secret", null],
    ["a-long-secret\r\n", ASCII],
    ["a-long-secret ", "must not begin or end with a space"],
    ["geheim é 🎂", ASCII],
    ["a-long\0secret", ASCII],
  ];
  expect(rows.map(([secret]) => [secret, unusableSecret(String(secret))])).toEqual(rows);
});

it("the Standard Webhooks library verifies with every secret that is accepted, as it is or as raw bytes", () => {
  const accepted = [
    drawSecret(),
    `whsec_${base64}`,
    hex,
    "eight888",
    base64,
    "a-long-random-secret",
    "two words",
    "AB==",
  ];
  const body = '{"id":"evt_x"}';
  const verifies = (secret: string, options?: { format: "raw" }) => {
    const headers = signatureHeaders({ eventId: "evt_x", body, secrets: [secret], at: new Date() });
    try {
      return Boolean(new Webhook(secret, options).verify(body, headers));
    } catch {
      return false;
    }
  };
  const isStandard = (secret: string) => secret.startsWith("whsec_");

  expect(accepted.filter((secret) => unusableSecret(secret) !== null)).toEqual([]);
  expect(accepted.filter((secret) => !verifies(secret, isStandard(secret) ? undefined : { format: "raw" }))).toEqual(
    [],
  );
  // Without being told how, the library decodes what it can.
  expect(accepted.filter((secret) => !verifies(secret))).toEqual(["a-long-random-secret", "two words"]);
});

it("a secret that is drawn is 32 random bytes in the form of Standard Webhooks", () => {
  expect(drawSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(drawSecret()).not.toBe(drawSecret());
});
