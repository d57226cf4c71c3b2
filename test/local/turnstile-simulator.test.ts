import { expect, it } from "vitest";
import { turnstile } from "../../local/simulators/turnstile.ts";
import { everyRow } from "../support/every-row.ts";

const verify = async (fields: Record<string, string>) => {
  const response = await turnstile().request("/v0/siteverify", { method: "POST", body: new URLSearchParams(fields) });
  return response.json();
};

it("the Turnstile simulator judges a token by the secret and refuses a missing one", async () => {
  await everyRow(
    [
      ["1x0000000000000000000000000000000AA", true, []],
      ["2x0000000000000000000000000000000AA", false, ["invalid-input-response"]],
      ["3x0000000000000000000000000000000AA", false, ["timeout-or-duplicate"]],
      ["an unknown secret", false, ["invalid-input-secret"]],
      ["", false, ["missing-input-secret"]],
    ],
    async ([secret, success, codes]) => {
      expect(await verify({ secret, response: "XXXX.DUMMY.TOKEN.XXXX" })).toMatchObject({
        success,
        "error-codes": codes,
      });
    },
  );

  const answer = await verify({ secret: "1x0000000000000000000000000000000AA", response: "" });

  expect(answer).toMatchObject({ success: false, "error-codes": ["missing-input-response"] });
});

it("the Turnstile simulator serves a script that fills in the token", async () => {
  const script = await turnstile().request("/v0/api.js");

  expect(script.headers.get("content-type")).toContain("text/javascript");
  expect(await script.text()).toContain("cf-turnstile-response");
});
