import { expect, it } from "vitest";
import { parseWebhookSecret } from "#platform/webhook-secret";
import { everyRow } from "../support/every-row.ts";

it("a webhook secret is the bytes behind whsec_, with or without padding", async () => {
  await everyRow(
    [
      ["whsec_AAECAw==", [0, 1, 2, 3]],
      ["whsec_AAECAw", [0, 1, 2, 3]],
      ["whsec_AAECAwQ=", [0, 1, 2, 3, 4]],
      ["whsec_AAECAwQ", [0, 1, 2, 3, 4]],
      ["whsec_AAECAwQF", [0, 1, 2, 3, 4, 5]],
    ],
    ([secret, bytes]) => {
      expect([...parseWebhookSecret(secret)]).toEqual(bytes);
    },
  );
});

it("a text that is not whsec_ and base64 is refused, and the refusal does not repeat it", async () => {
  await everyRow(
    [
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
    ],
    (secret) => {
      const read = () => parseWebhookSecret(secret);

      expect(read).toThrow(RangeError);
      expect(read).toThrow(/^A webhook secret must be whsec_ and the base64 of at least one byte\.$/);
    },
  );
});
