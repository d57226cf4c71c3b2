import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { verifyDelivery } from "../../local/webhook-signature.ts";
import { everyRow } from "../support/every-row.ts";

const secret = `whsec_${Buffer.from("a secret of thirty-two bytes, ok").toString("base64")}`;
const body = `{"id":"evt_1","type":"pot.funded"}`;
const hmac = (time: number, text: string, key = secret) =>
  createHmac("sha256", key).update(`${time}.${text}`).digest("hex");

function signed(at = new Date(), text = body, key = secret): Record<string, string> {
  const time = Math.floor(at.getTime() / 1000);
  return {
    "x-chipin-signature": `t=${time},v1=${hmac(time, text, key)}`,
    "webhook-id": "evt_1",
    "webhook-timestamp": String(time),
    "webhook-signature": new Webhook(secret).sign("evt_1", new Date(time * 1000), text),
  };
}

it("a delivery is verified when both signatures fit one secret, and one of several v1 values is enough", () => {
  expect(verifyDelivery(body, signed(), ["another secret", secret])).toEqual({
    verified: true,
    chipin: true,
    standard: true,
  });

  const headers = signed();
  headers["x-chipin-signature"] = headers["x-chipin-signature"]?.replace(",v1=", `,v1=${"0".repeat(64)},v1=`) ?? "";

  expect(verifyDelivery(body, headers, [secret]).chipin).toBe(true);
});

it("a delivery with a changed body, secret, time or signature is not verified", async () => {
  await everyRow(
    [
      ["a changed body", `${body} `, signed()],
      ["another secret", body, signed(new Date(), body, "another secret")],
      ["a time ten minutes ago", body, signed(new Date(Date.now() - 600_000))],
      ["no signatures", body, {}],
      ["a signature that is no hex", body, { ...signed(), "x-chipin-signature": "t=1,v1=zz" }],
    ],
    ([_, text, headers]) => {
      expect(verifyDelivery(text, headers, [secret]).verified).toBe(false);
    },
  );
});
