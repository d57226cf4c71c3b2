import { describe, expect, it } from "vitest";
import { parseWebhookSecret } from "#platform/webhook-secret";

describe("an Ozow webhook secret", () => {
  it.each([
    ["whsec_AAECAw==", [0, 1, 2, 3]],
    ["whsec_AAECAw", [0, 1, 2, 3]],
    ["whsec_AAECAwQ=", [0, 1, 2, 3, 4]],
    ["whsec_AAECAwQ", [0, 1, 2, 3, 4]],
    ["whsec_AAECAwQF", [0, 1, 2, 3, 4, 5]],
  ])("is the bytes behind %j", (secret, bytes) => {
    expect([...parseWebhookSecret(secret)]).toEqual(bytes);
  });

  it.each([
    "",
    "whsec_",
    "AAECAwQF",
    "whsec_A",
    "whsec_AAECA",
    "whsec_AAAA===",
    "whsec_AAAA=",
    "whsec_AA=",
    "whsec_AAA==",
    "whsec_====",
    "whsec_AA AA",
    "whsec_AA-_",
    " whsec_AAECAwQF",
    "whsec_AAECAwQF\n",
  ])("is not %j, and the refusal says what it must be without repeating it", (secret) => {
    const read = () => parseWebhookSecret(secret);

    expect(read).toThrow(RangeError);
    expect(read).toThrow(/^An Ozow webhook secret must be whsec_ and the base64 of at least one byte\.$/);
  });
});
