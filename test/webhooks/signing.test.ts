import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { signatureHeaders } from "#webhooks/signing";

const eventId = "evt_01kbc2m6wze1fr9qv5xkh3m4t8";
const body = '{"id":"evt_01kbc2m6wze1fr9qv5xkh3m4t8","data":{"child_name":"Zoë 🎂"}}';
const standardSecret = `whsec_${Buffer.alloc(24, 0xfe).toString("base64")}`;
const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

it("X-ChipIn-Signature signs `<t>.<body>` with the secret as it was registered", () => {
  const at = new Date("2026-12-01T08:00:00.999Z");

  const headers = signatureHeaders({ eventId, body, secrets: ["geheim é"], at });

  const expected = createHmac("sha256", "geheim é").update(`1796112000.${body}`).digest("hex");
  expect(headers["X-ChipIn-Signature"]).toBe(`t=1796112000,v1=${expected}`);
  expect(headers["X-ChipIn-Event-Id"]).toBe(eventId);
});

it("the Standard Webhooks library verifies a webhook with any kind of secret, and no changed body", () => {
  const rows = [
    { secret: standardSecret, librarySecret: standardSecret },
    { secret: "eight888", librarySecret: base64("eight888") },
    { secret: "eight888", librarySecret: "eight888" },
    { secret: "0f1e2d3c4b5a69788796a5b4c3d2e1", librarySecret: "0f1e2d3c4b5a69788796a5b4c3d2e1" },
    { secret: "0f1e2d3c4b5a69788796a5b4c3d2e1", librarySecret: base64("0f1e2d3c4b5a69788796a5b4c3d2e1") },
    { secret: "geheim é 🎂", librarySecret: base64("geheim é 🎂") },
    { secret: "whsec_not base64!", librarySecret: base64("whsec_not base64!") },
    { secret: "whsec_", librarySecret: base64("whsec_") },
    { secret: "whsec_abcde", librarySecret: base64("whsec_abcde") },
  ];
  const verifies = (secret: string, text: string, headers: Record<string, string>) => {
    try {
      return Boolean(new Webhook(secret).verify(text, headers));
    } catch {
      return false;
    }
  };
  const found = rows.map(({ secret, librarySecret }) => {
    const headers = signatureHeaders({ eventId, body, secrets: [secret], at: new Date() });
    return [verifies(librarySecret, body, headers), verifies(librarySecret, body.replace("Zoë", "Zoe"), headers)];
  });
  expect(found).toEqual(rows.map(() => [true, false]));
});

it("a webhook carries one signature for each valid secret", () => {
  const headers = signatureHeaders({ eventId, body, secrets: [standardSecret, "the older one"], at: new Date() });

  expect(new Webhook(standardSecret).verify(body, headers)).toBeTruthy();
  expect(new Webhook(base64("the older one")).verify(body, headers)).toBeTruthy();
  const t = headers["webhook-timestamp"];
  const v1 = (secret: string) => `v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
  expect(headers["X-ChipIn-Signature"]).toBe(`t=${t},${v1(standardSecret)},${v1("the older one")}`);
});

it("signatureHeaders refuses to sign without a secret", () => {
  expect(() => signatureHeaders({ eventId, body, secrets: [], at: new Date() })).toThrow(RangeError);
});
