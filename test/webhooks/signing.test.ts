import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { signatureHeaders } from "#webhooks/signing";

const eventId = "evt_01kbc2m6wze1fr9qv5xkh3m4t8";
const body = '{"id":"evt_01kbc2m6wze1fr9qv5xkh3m4t8","data":{"child_name":"Zoë 🎂"}}';
const standardSecret = `whsec_${Buffer.alloc(24, 0xfe).toString("base64")}`;
const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

describe("signatureHeaders", () => {
  it("signs `<t>.<body>` with the secret as it was registered", () => {
    const at = new Date("2026-12-01T08:00:00.999Z");

    const headers = signatureHeaders({ eventId, body, secrets: ["geheim é"], at });

    const expected = createHmac("sha256", "geheim é").update(`1796112000.${body}`).digest("hex");
    expect(headers["X-ChipIn-Signature"]).toBe(`t=1796112000,v1=${expected}`);
    expect(headers["X-ChipIn-Event-Id"]).toBe(eventId);
  });

  it.each([
    { why: "a standard secret", secret: standardSecret, handedOver: standardSecret },
    { why: "a partner's own words", secret: "eight888", handedOver: base64("eight888") },
    { why: "words beyond ASCII", secret: "geheim é 🎂", handedOver: base64("geheim é 🎂") },
    { why: "a prefix before what is no base64", secret: "whsec_not base64!", handedOver: base64("whsec_not base64!") },
    { why: "a prefix before nothing", secret: "whsec_", handedOver: base64("whsec_") },
    { why: "base64 of a length that is none", secret: "whsec_abcde", handedOver: base64("whsec_abcde") },
  ])("is verified by the stock library with $why", ({ secret, handedOver }) => {
    const headers = signatureHeaders({ eventId, body, secrets: [secret], at: new Date() });

    expect(new Webhook(handedOver).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(handedOver).verify(body.replace("Zoë", "Zoe"), headers)).toThrow("No matching signature");
  });

  it("carries a signature of every secret while one replaces the other", () => {
    const headers = signatureHeaders({ eventId, body, secrets: [standardSecret, "the older one"], at: new Date() });

    expect(new Webhook(standardSecret).verify(body, headers)).toBeTruthy();
    expect(new Webhook(base64("the older one")).verify(body, headers)).toBeTruthy();
    const t = headers["webhook-timestamp"];
    const v1 = (secret: string) => `v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
    expect(headers["X-ChipIn-Signature"]).toBe(`t=${t},${v1(standardSecret)},${v1("the older one")}`);
  });

  it("refuses to sign with nothing", () => {
    expect(() => signatureHeaders({ eventId, body, secrets: [], at: new Date() })).toThrow(RangeError);
  });
});
