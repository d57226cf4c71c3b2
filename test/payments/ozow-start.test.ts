import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { ozow } from "#payments/ozow/provider";
import type { OzowSettings } from "#payments/ozow/settings";
import { everyRow } from "../support/every-row.ts";
import { patienceOf, silent } from "../support/patience.ts";
import { depsOf, failure, json, ozowFarSide, PAYMENT, REFERENCE, SETTINGS, SITE } from "./ozow-callbacks.ts";

function connect(settings: Partial<OzowSettings> = {}) {
  const far = ozowFarSide();
  const { deps, clock } = depsOf(far.fetch);
  const creations = () => far.requests.filter(({ url }) => url.endsWith("/payments"));
  const bodies = () => Promise.all(creations().map((request) => request.clone().text()));
  return { far, clock, creations, bodies, provider: ozow({ ...SETTINGS, ...settings }, deps) };
}

it("starting an Ozow payment creates it at Ozow and redirects the guest to its page", async () => {
  const { far, provider, creations, bodies } = connect();

  const started = await provider.start(PAYMENT);

  const [payment] = far.payments;
  expect(started).toEqual({
    checkout: { kind: "redirect", url: `https://pay.ozow.com/${payment?.id}` },
    requestId: payment?.id,
  });
  expect(creations()[0]).toMatchObject({
    method: "POST",
    url: "https://one.ozow.com/v1/payments",
    redirect: "manual",
  });
  expect(creations()[0]?.headers.get("content-type")).toBe("application/json");
  expect(creations()[0]?.headers.get("idempotency-key")).toBe(`${REFERENCE}-1`);
  expect((await bodies()).map((body) => JSON.parse(body))).toEqual([
    {
      siteCode: SITE,
      region: "ZA",
      amount: { currency: "ZAR", value: 257.5 },
      merchantReference: REFERENCE,
      returnUrl: PAYMENT.returnUrl,
      expireAt: "2026-03-01T11:00:00Z",
    },
  ]);
});

it("starting the same Ozow payment later sends the identical request", async () => {
  const { far, clock, provider, bodies } = connect();

  const first = await provider.start(PAYMENT);
  clock.at = new Date("2026-03-01T10:55:00Z");
  const again = await provider.start(PAYMENT);

  const [body, ...others] = await bodies();
  expect(again).toEqual(first);
  expect(others).toEqual([body]);
  expect(far.payments).toHaveLength(1);
});

it("the next attempt of an Ozow payment is another payment at Ozow", async () => {
  const { far, provider, creations } = connect();

  await provider.start(PAYMENT);
  await provider.start({ ...PAYMENT, attempt: 2, attemptExpiresAt: new Date("2026-03-01T12:00:00Z") });

  expect(creations().map(({ headers }) => headers.get("idempotency-key"))).toEqual([
    `${REFERENCE}-1`,
    `${REFERENCE}-2`,
  ]);
  expect(far.payments).toHaveLength(2);
});

it("an Ozow payment is created for the exact amount in cents", async () => {
  const { provider, bodies } = connect({ minCents: cents(1), maxCents: cents(1_000_000_000) });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000_000 }), async (amount) => {
      await provider.start({ ...PAYMENT, reference: `p${amount}`, amount: cents(amount) });

      const [, written = ""] = /"value":([^,}]*)/.exec((await bodies()).at(-1) ?? "") ?? [];
      const [, rand, fraction = ""] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(written) ?? expect.fail(written);
      expect(`${rand}${fraction.padEnd(2, "0")}`.replace(/^0+/, "")).toBe(String(amount));
    }),
  );
});

it("no request is sent to Ozow for an amount outside the limits", async () => {
  const { far, provider } = connect();

  for (const amount of [0, 1_999, 1_000_001]) {
    await expect(provider.start({ ...PAYMENT, amount: cents(amount) })).rejects.toThrow(RangeError);
  }
  expect(far.requests).toEqual([]);
});

it("creating an Ozow payment is repeated once under the same key when the answer is lost", async () => {
  const { far, provider, bodies, creations } = connect();
  let losses = 1;
  far.rule = async (request, pathname) => {
    if (pathname !== "/payments" || losses-- === 0) return null;
    far.rule = () => null;
    await far.fetch(request);
    throw new DOMException("The operation timed out", "TimeoutError");
  };

  await provider.start(PAYMENT);

  const [first, ...others] = await bodies();
  expect(new Set([first, ...others]).size).toBe(1);
  expect(new Set(creations().map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1);
  expect(far.payments).toHaveLength(1);
});

it("creating an Ozow payment is not tried a third time", async () => {
  const { far, provider, creations } = connect();
  far.rule = (_, pathname) => {
    if (pathname !== "/payments") return null;
    throw new DOMException("The operation timed out", "TimeoutError");
  };

  await expect(provider.start(PAYMENT)).rejects.toMatchObject({
    trouble: "unavailable",
    message: "Ozow POST /payments did not answer",
  });
  expect(creations()).toHaveLength(2);
});

it("creating an Ozow payment waits ten seconds for each answer", async () => {
  const { far, provider, creations } = connect();
  far.rule = ({ url, signal }, pathname) => (pathname === "/payments" ? silent(url, { signal }) : null);

  const { seconds, came } = await patienceOf(() => provider.start(PAYMENT));

  expect(came).toMatchObject({ reason: { trouble: "unavailable" } });
  expect(creations()).toHaveLength(2);
  expect(seconds).toBe(20);
});

it("an error of Ozow while creating a payment is thrown with its status and not retried", async () => {
  await everyRow([400, 403, 404, 409, 422, 429, 500, 503], async (status) => {
    const { far, provider, creations } = connect();
    far.rule = (_, pathname) => (pathname === "/payments" ? failure(status) : null);

    await expect(provider.start(PAYMENT)).rejects.toThrow(new RegExp(`^Ozow POST /payments answered ${status}$`));
    expect(creations()).toHaveLength(1);
  });
});

it("starting an Ozow payment throws without a redirect to Ozow's domain, and does not quote the address", async () => {
  await everyRow(
    [
      ["no id", { redirectUrl: "https://pay.ozow.com/x" }],
      ["an invalid id", { id: "../transactions", redirectUrl: "https://pay.ozow.com/x" }],
      ["no address", { id: "p-1" }],
      ["an address of null", { id: "p-1", redirectUrl: null }],
      ["an empty address", { id: "p-1", redirectUrl: "" }],
      ["a relative address", { id: "p-1", redirectUrl: "/secret-pay" }],
      ["an address without https", { id: "p-1", redirectUrl: "http://pay.ozow.com/secret" }],
      ["a script", { id: "p-1", redirectUrl: "javascript:alert('secret')" }],
      ["another host", { id: "p-1", redirectUrl: "https://pay.example/secret" }],
      ["a host that only ends alike", { id: "p-1", redirectUrl: "https://evilozow.com/secret" }],
      ["a host that only begins alike", { id: "p-1", redirectUrl: "https://pay.ozow.com.evil.example/secret" }],
      ["another host behind a user", { id: "p-1", redirectUrl: "https://pay.ozow.com@evil.example/secret" }],
      ["a list", [{ id: "p-1", redirectUrl: "https://pay.ozow.com/x" }]],
    ],
    async ([_, answer]) => {
      const { far, provider } = connect();
      far.rule = (__, pathname) => (pathname === "/payments" ? json(answer, 201) : null);

      const error: unknown = await provider.start(PAYMENT).catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toMatch(/secret/);
    },
  );
});

describe("redirects", () => {
  const sent = async (redirectUrl: string, settings: Partial<OzowSettings> = {}) => {
    const { far, provider } = connect(settings);
    far.rule = (_, pathname) => (pathname.endsWith("/payments") ? json({ id: "p-1", redirectUrl }) : null);
    const { checkout } = await provider.start(PAYMENT);
    return checkout.kind === "redirect" ? checkout.url : expect.fail(checkout.kind);
  };

  it("a redirect to any https host of Ozow's domain is accepted", async () => {
    await everyRow(
      ["https://pay.ozow.com/x?token=1", "https://a.b.ozow.com/", "https://ozow.com/pay", "https://PAY.OZOW.COM/x"],
      async (url) => {
        expect(await sent(url)).toBe(new URL(url).href);
      },
    );
  });

  it("any http or https redirect is accepted without a host suffix", async () => {
    for (const url of ["http://127.0.0.1:9000/ozow/pay/1", "https://pay.example/1"]) {
      expect(await sent(url, { redirectHostSuffix: null })).toBe(url);
    }
    await expect(sent("javascript:alert(1)", { redirectHostSuffix: null })).rejects.toThrow("https");
  });

  it("the checkout origins of Ozow follow the host suffix, or the base URL without one", async () => {
    await everyRow(
      [
        [{}, ["https://ozow.com", "https://*.ozow.com"]],
        [{ redirectHostSuffix: ".pay.example" }, ["https://pay.example", "https://*.pay.example"]],
        [{ redirectHostSuffix: null, baseUrl: "http://127.0.0.1:9000/ozow/v1" }, ["http://127.0.0.1:9000"]],
      ],
      ([settings, origins]) => {
        expect(connect(settings).provider.checkoutOrigins).toEqual(origins);
      },
    );
  });
});
