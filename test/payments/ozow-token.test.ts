import { expect, it } from "vitest";
import { ozow } from "#payments/ozow/provider";
import type { OzowSettings } from "#payments/ozow/settings";
import { ProviderError } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import {
  BASE,
  CLIENT_SECRET,
  depsOf,
  failure,
  json,
  ozowFarSide,
  PAYMENT,
  SETTINGS,
  toRefund,
} from "./ozow-callbacks.ts";

function connect(settings: Partial<OzowSettings> = {}) {
  const far = ozowFarSide();
  const { deps, logged, clock } = depsOf(far.fetch);
  const provider = ozow({ ...SETTINGS, ...settings }, deps);
  const wait = (seconds: number) => {
    clock.at = new Date(clock.at.getTime() + seconds * 1_000);
  };
  const tokenForms = async () =>
    (await Promise.all(far.requests.filter(({ url }) => url === `${BASE}/token`).map((one) => one.clone().text()))).map(
      (text) => Object.fromEntries(new URLSearchParams(text)),
    );
  const requestedScopes = async () => (await tokenForms()).map(({ scope }) => scope);
  return { far, provider, logged, wait, tokenForms, requestedScopes };
}

const scopes = (name: string, explicit: boolean) => ({ ...SETTINGS.scopes, payments: { name, explicit } });

it("the Ozow token is requested by a form with the client's credentials and sent as a bearer token", async () => {
  const { far, provider, tokenForms } = connect();

  await provider.start(PAYMENT);

  expect(far.requests[0]?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
  expect(await tokenForms()).toEqual([
    { client_id: "client-1", client_secret: CLIENT_SECRET, scope: "payments", grant_type: "client_credentials" },
  ]);
  expect(far.requests[1]?.headers.get("authorization")).toBe("Bearer token-1");
});

it("the Ozow token is cached for each scope", async () => {
  const { far, provider, requestedScopes } = connect();
  const paid = far.pay();

  for (let time = 0; time < 3; time++) {
    await provider.start(PAYMENT);
    await provider.refund?.(toRefund(paid));
  }

  expect(await requestedScopes()).toEqual(["payments", "refund"]);
});

it("the Ozow token is used until a minute before expires_in, or for four minutes without a valid one", async () => {
  await everyRow(
    [
      ["a number", 600, 540],
      ["a text", "600", 540],
      ["missing", undefined, 240],
      ["null", null, 240],
      ["no number", "soon", 240],
      ["empty", "", 240],
      ["nothing", 0, 240],
      ["negative", -5, 240],
      ["endless", "Infinity", 240],
    ],
    async ([_, expiresIn, usedS]) => {
      const { far, provider, wait, requestedScopes } = connect();
      far.expiresIn = expiresIn;

      await provider.start(PAYMENT);
      wait(usedS - 1);
      await provider.start(PAYMENT);
      expect(await requestedScopes()).toHaveLength(1);
      wait(1);
      await provider.start(PAYMENT);

      expect(await requestedScopes()).toHaveLength(2);
    },
  );
});

it("an Ozow call answered 401 is tried once more with a new token", async () => {
  const { far, provider } = connect();
  await provider.start(PAYMENT);
  far.tokens.clear();
  far.requests.length = 0;

  await provider.start(PAYMENT);

  expect(far.asked()).toEqual(["POST /payments", "POST /token", "POST /payments"]);
});

it("an Ozow call answered 401 twice fails, and its token is not cached", async () => {
  const { far, provider } = connect();
  far.rule = (_, pathname) => (pathname === "/payments" ? failure(401) : null);

  await expect(provider.start(PAYMENT)).rejects.toMatchObject({ trouble: "refuses_us" });
  expect(far.asked()).toEqual(["POST /token", "POST /payments", "POST /token", "POST /payments"]);

  far.rule = () => null;
  far.requests.length = 0;
  await provider.start(PAYMENT);
  expect(far.asked()).toEqual(["POST /token", "POST /payments"]);
});

it("a late 401 about an older Ozow token does not discard the current one", async () => {
  const { far, provider } = connect();
  await provider.start(PAYMENT);
  const release = Promise.withResolvers<Response>();
  let isFirst = true;
  far.rule = (request) => {
    if (!isFirst || request.headers.get("authorization") !== "Bearer token-1") return null;
    isFirst = false;
    return release.promise;
  };
  const late = provider.start(PAYMENT);
  await expect.poll(() => isFirst).toBe(false);
  far.tokens.delete("token-1");
  await provider.start(PAYMENT);

  release.resolve(failure(401));
  await late;

  expect(far.asked().filter((asked) => asked === "POST /token")).toHaveLength(2);
});

it("a scope that Ozow refuses is requested under its other spelling, which is logged and remembered", async () => {
  await everyRow(
    [
      ["payments", "payment"],
      ["payment", "payments"],
    ],
    async ([name, other]) => {
      const { far, provider, logged, wait, requestedScopes } = connect({ scopes: scopes(name, false) });
      far.scopes = [other];

      await provider.start(PAYMENT);
      wait(20_000);
      await provider.start(PAYMENT);

      expect(await requestedScopes()).toEqual([name, other, other]);
      expect(logged).toEqual([{ event: "ozow_scope_refused", scope: name, tries: other }]);
    },
  );
});

it("the other spelling of the refund scope is found as well", async () => {
  const { far, provider, requestedScopes } = connect();
  far.scopes = ["payments", "refunds"];

  expect(await provider.refund?.(toRefund(far.pay()))).toMatchObject({ outcome: "processing" });
  expect(await requestedScopes()).toEqual(["refund", "refunds"]);
});

it("a scope that Ozow refuses in every allowed spelling is the trouble refuses_us", async () => {
  await everyRow(
    [
      ["under both spellings", { scopes: SETTINGS.scopes }, ["payments", "payment"]],
      ["and an operator chose it", { scopes: scopes("payments", true) }, ["payments"]],
      ["and there is no other spelling", { scopes: scopes("payments refunds", false) }, ["payments refunds"]],
    ],
    async ([_, settings, requested]) => {
      const { far, provider, requestedScopes } = connect(settings);
      far.scopes = [];

      await expect(provider.start(PAYMENT)).rejects.toMatchObject({ trouble: "refuses_us" });
      expect(await requestedScopes()).toEqual(requested);
    },
  );
});

it("a failed Ozow token request is classified by its answer, and the error contains no secret", async () => {
  await everyRow(
    [
      ["is refused", () => failure(401), "refuses_us"],
      ["is forbidden", () => failure(403), "refuses_us"],
      ["belongs to the other environment", () => failure(404), "refuses_us"],
      ["comes too often", () => failure(429), "busy"],
      ["meets a broken server", () => failure(503), "unavailable"],
      [
        "is sent elsewhere",
        () => new Response(null, { status: 302, headers: { location: "https://x.example" } }),
        "unavailable",
      ],
      ["is answered by a page", () => new Response("<html>"), "unavailable"],
      ["is answered by nothing", () => new Response(""), "unavailable"],
      ["is answered without a token", () => json({ expires_in: "600" }), "unavailable"],
      ["is answered with a token no header can carry", () => json({ access_token: "secret\ntoken" }), "unavailable"],
      ["is answered with too much", () => json({ access_token: "x".repeat(300_000) }), "unavailable"],
    ] as const,
    async ([_, answer, trouble]) => {
      const { far, provider } = connect();
      far.rule = (__, pathname) => (pathname === "/token" ? answer() : null);

      const error: unknown = await provider.start(PAYMENT).catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ trouble, message: expect.stringMatching(/^Ozow POST \/token /) });
      expect(String(error)).not.toMatch(/secret/);
      expect(far.asked()).toEqual(["POST /token"]);
    },
  );
});
