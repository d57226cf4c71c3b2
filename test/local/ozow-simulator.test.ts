import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Outcome } from "../../local/simulators/outcomes.ts";
import { OzowSimulator } from "../../local/simulators/ozow.ts";
import { ozowApi } from "../../local/simulators/ozow-api.ts";
import { ozowPages } from "../../local/simulators/ozow-pages.ts";
import { svixSignature, thinMessage } from "../../local/simulators/ozow-signature.ts";
import { eventually } from "../support/eventually.ts";
import { everyRow } from "../support/every-row.ts";
import { startCallbackSite } from "./callback-site.ts";

const SECRET = "whsec_m37jN5UVELb2La8uoqum/xQ7YQtgea+F";
const REFERENCE = "8k3m9q2rtw7t1h5wsabc";
const HOUR_MS = 3_600_000;

const site = await startCallbackSite();
const directory = mkdtempSync(join(tmpdir(), "chipin-ozow-"));
const simulators: OzowSimulator[] = [];
afterAll(async () => {
  for (const simulator of simulators) simulator.stop();
  await site.close();
  rmSync(directory, { recursive: true });
});

function simulator({ path = null, known = 20_000 }: { path?: string | null; known?: number | null } = {}) {
  const ozow = new OzowSimulator({
    clientId: "client",
    clientSecret: "secret",
    siteCode: "CHI-CHI-001",
    webhookSecret: SECRET,
    origin: "http://console",
    notifyUrl: site.url,
    path,
    findContribution: async () => (known === null ? null : { amountCents: known }),
  });
  simulators.push(ozow);
  site.take();
  return ozow;
}

/** A client of the API, with a token of the given scopes. */
async function client(ozow: OzowSimulator, scope = "payments refund settlements") {
  const api = ozowApi(ozow);
  const form = { client_id: "client", client_secret: "secret", grant_type: "client_credentials", scope };
  const granted = await api.request("/token", { method: "POST", body: new URLSearchParams(form) });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  return async (method: string, path: string, body?: unknown, key?: string) => {
    const headers = { authorization: `Bearer ${token}`, ...(key && { "idempotency-key": key }) };
    const response = await api.request(path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: a wrong field fails the assertion
    return { status: response.status, body: (await response.json()) as any };
  };
}

const paymentBody = (fields: Record<string, unknown> = {}) => ({
  siteCode: "CHI-CHI-001",
  region: "ZA",
  amount: { currency: "ZAR", value: 154.5 },
  merchantReference: REFERENCE,
  returnUrl: "https://chipin.example/thanks",
  expireAt: new Date(Date.now() + HOUR_MS).toISOString(),
  ...fields,
});
const between = `fromDate=${new Date(Date.now() - HOUR_MS).toISOString()}&toDate=${new Date(Date.now() + HOUR_MS).toISOString()}`;

it("the Ozow simulator signs as Svix and Ozow document", async () => {
  await everyRow(
    [
      [
        "the example Svix publishes",
        [
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          "msg_p5jXN8AQM9LWM0D4loKWxJek",
          "1614265330",
          '{"test": 2432232314}',
        ],
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      ],
      [
        "a thin message",
        [
          SECRET,
          "msg_2chipinPublished0001",
          "1772359200",
          thinMessage("transaction.complete", "2026-03-01T10:00:00Z", {
            id: "7f0e2c6a-3b7b-4d51-9a40-0c1d2e3f4a5b",
            status: "Successful",
          }),
        ],
        "v1,qkTe9B0xspWJ4LYWtrvQiaj90IZjkPFtaQnWZlgtW9c=",
      ],
    ],
    ([_, [secret = "", id = "", timestamp = "", body = ""], signature]) => {
      expect(svixSignature(secret, id, timestamp, body)).toBe(signature);
    },
  );
});

describe("POST /token", () => {
  const ask = (fields: Record<string, string>) => {
    const form = { client_id: "client", client_secret: "secret", grant_type: "client_credentials", scope: "payments" };
    return ozowApi(simulator()).request("/token", {
      method: "POST",
      body: new URLSearchParams({ ...form, ...fields }),
    });
  };

  it("the Ozow simulator grants a token whose lifetime is a text", async () => {
    expect(await (await ask({})).json()).toEqual({
      access_token: expect.any(String),
      token_type: "bearer",
      expires_in: "14400",
      scope: "payments",
    });
  });

  it("the Ozow simulator refuses a token request with wrong credentials, grant or scope", async () => {
    await everyRow(
      [
        [{ client_id: "other" }, 404],
        [{ client_secret: "other" }, 401],
        [{ grant_type: "password" }, 400],
        [{ scope: "" }, 400],
        [{ scope: "payment" }, 400],
        [{ scope: "payments refunds" }, 400],
      ],
      async ([fields, status]) => {
        expect((await ask(fields)).status).toBe(status);
      },
    );
  });
});

it("the Ozow simulator creates a payment with a page for the guest", async () => {
  const ozow = simulator();
  const call = await client(ozow);

  const { status, body } = await call("POST", "/payments", paymentBody());

  expect(status).toBe(201);
  expect(body).toMatchObject({ status: "Created", reason: "", redirectUrl: `http://console/ozow/pay/${body.id}` });
  expect(ozow.books.payments.get(body.id)).toMatchObject({ reference: REFERENCE, amountCents: 15_450 });
});

it("the Ozow simulator answers a repeated key with the first payment, and 409 for another body", async () => {
  const ozow = simulator();
  const call = await client(ozow);
  const first = await call("POST", "/payments", paymentBody({ expireAt: "2099-01-01T00:00:00Z" }), "R1-1");

  const again = await call("POST", "/payments", paymentBody({ expireAt: "2099-01-01T00:00:00Z" }), "R1-1");
  const other = await call("POST", "/payments", paymentBody({ expireAt: "2099-01-01T00:00:01Z" }), "R1-1");

  expect(again).toEqual({ status: 200, body: first.body });
  expect(other.status).toBe(409);
  expect(ozow.books.payments.size).toBe(1);
});

it("the Ozow simulator refuses a payment that Ozow would refuse", async () => {
  await everyRow(
    [
      ["three decimals", { amount: { currency: "ZAR", value: 154.505 } }, 400],
      ["an amount as text", { amount: { currency: "ZAR", value: "154.50" } }, 400],
      ["another currency", { amount: { currency: "USD", value: 154.5 } }, 400],
      ["nothing to pay", { amount: { currency: "ZAR", value: 0 } }, 400],
      ["no reference", { merchantReference: undefined }, 400],
      ["too long a reference", { merchantReference: "x".repeat(51) }, 400],
      ["a hyphen in what the bank shows", { beneficiaryReference: "CHP-1" }, 400],
      ["an offer that ran out", { expireAt: "2020-01-01T00:00:00Z" }, 400],
      ["an instant of another zone", { expireAt: "2099-01-01T00:00:00+02:00" }, 400],
      ["a foreign site", { siteCode: "TSTSTE0001" }, 403],
    ],
    async ([_, fields, status]) => {
      const call = await client(simulator());

      const answer = await call("POST", "/payments", paymentBody(fields));

      expect(answer).toEqual({ status, body: { errors: [expect.objectContaining({ code: String(status) })] } });
    },
  );
});

it("the Ozow simulator requires a token with the right scope", async () => {
  const ozow = simulator();
  const call = await client(ozow, "refund");

  expect((await ozowApi(ozow).request("/payments", { method: "POST", body: "{}" })).status).toBe(401);
  expect((await call("POST", "/payments", paymentBody())).status).toBe(403);
});

describe("the payment page", () => {
  const opened = async (ozow: OzowSimulator) => {
    const call = await client(ozow);
    const { body } = await call("POST", "/payments", paymentBody());
    const pages = ozowPages(ozow);
    const press = (outcome: string) =>
      pages.request(`/ozow/pay/${body.id}`, { method: "POST", body: new URLSearchParams({ outcome }) });
    return { id: body.id as string, call, pages, press };
  };

  it("the Ozow payment page sends its webhook before the redirect, and shows its payment as JSON", async () => {
    const { press, pages, id, call } = await opened(simulator());

    const back = await press("pay");

    expect(back.status).toBe(303);
    expect(back.headers.get("location")).toBe("https://chipin.example/thanks");
    const [notice] = site.take();
    const message = JSON.parse(notice?.body ?? "");
    expect(message).toEqual({
      type: "transaction.complete",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      data: { id: expect.any(String), status: "Successful" },
    });
    const { body } = await call("GET", `/transactions/${message.data.id}`);
    expect(body).toMatchObject({
      id: message.data.id,
      amount: { currency: "ZAR", value: 154.5 },
      merchantReference: REFERENCE,
      siteCode: "CHI-CHI-001",
      status: "Successful",
    });
    expect((await call("GET", `/payments/${id}/transactions?${between}&limit=50`)).body.results).toEqual([body]);
    const page = await pages.request(`/ozow/pay/${id}`, { headers: { accept: "application/json" } });

    expect(await page.json()).toEqual({ id, reference: REFERENCE, amountCents: 15_450 });
  });

  it("a cancelled Ozow payment cannot be paid", async () => {
    const { id, call, press } = await opened(simulator());

    const { body } = await call("POST", `/payments/${id}/cancel`);

    expect(body.status).toBe("Cancelled");
    expect((await press("pay")).status).toBe(410);
    expect(site.take()).toEqual([]);
  });
});

describe("simulate", () => {
  const simulated = async (outcome: Outcome) => {
    const ozow = simulator();
    const callbacks = await ozow.simulate(REFERENCE, outcome);
    const messages = site
      .take()
      .map(({ body, headers }) => ({ ...JSON.parse(body).data, svixId: headers.get("svix-id") }));
    const books = [...ozow.books.transactions.values()].map(({ status, amountCents }) => `${status} ${amountCents}`);
    return { callbacks, messages, books: books.toSorted() };
  };

  it("every outcome at the Ozow simulator sends its webhooks and enters its transactions", async () => {
    await everyRow<[Outcome, string[], string[]]>(
      [
        ["pay", ["Successful"], ["Successful 20000"]],
        ["pay_late", ["Successful"], ["Successful 20000"]],
        ["pay_twice", ["Successful", "Successful"], ["Successful 20000", "Successful 20000"]],
        ["cancel", ["Cancelled"], ["Cancelled 20000"]],
        ["fail", ["Error"], ["Error 20000"]],
        ["wrong_amount", ["Successful"], ["Successful 10000"]],
        ["bad_signature", ["Successful"], []],
        ["silent", [], ["Successful 20000"]],
        ["duplicate", ["Successful", "Successful", "Successful"], ["Successful 20000"]],
        ["reorder", ["Successful", "Incomplete"], ["Incomplete 20000", "Successful 20000"]],
      ],
      async ([outcome, statuses, books]) => {
        const result = await simulated(outcome);

        expect(result.messages.map(({ status }) => status)).toEqual(statuses);
        expect(result.callbacks).toEqual(statuses.map(() => ({ status: 200 })));
        expect(result.books).toEqual(books);
      },
    );
  });

  it("the Ozow simulator sends one message id for each payment, however often it is delivered", async () => {
    expect(new Set((await simulated("duplicate")).messages.map(({ svixId }) => svixId)).size).toBe(1);
    expect(new Set((await simulated("pay_twice")).messages.map(({ svixId }) => svixId)).size).toBe(2);

    const ozow = simulator();

    await ozow.simulate(REFERENCE, "silent");
    await ozow.simulate(REFERENCE, "pay");
    await ozow.simulate(REFERENCE, "pay");

    expect(new Set(site.take().map(({ body }) => body)).size).toBe(1);
    expect(ozow.books.transactions.size).toBe(1);
  });

  it("the Ozow simulator signs a webhook with the configured secret, and a forged one with another", async () => {
    await simulator().simulate(REFERENCE, "pay");

    const [notice] = site.take();
    const header = (name: string) => notice?.headers.get(name) ?? "";
    const content = `${header("svix-id")}.${header("svix-timestamp")}.${notice?.body}`;
    const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
    expect(header("svix-signature")).toBe(`v1,${createHmac("sha256", key).update(content).digest("base64")}`);

    await simulator().simulate(REFERENCE, "bad_signature");

    const [forged] = site.take();
    const forgedHeader = (name: string) => forged?.headers.get(name) ?? "";
    const right = svixSignature(SECRET, forgedHeader("svix-id"), forgedHeader("svix-timestamp"), forged?.body ?? "");
    expect(forgedHeader("svix-signature")).toMatch(/^v1,/);
    expect(forgedHeader("svix-signature")).not.toBe(right);
  });

  it("the Ozow simulator resends a webhook until it is answered 2xx", async () => {
    const ozow = simulator();
    site.answers.push(503, 204);

    const callbacks = await ozow.simulate(REFERENCE, "pay");
    await ozow.flush();
    await ozow.flush();

    const sent = site.take();
    expect(callbacks).toEqual([{ status: 503 }]);
    expect(sent.map(({ body }) => body)).toEqual([sent[0]?.body, sent[0]?.body]);
    expect(sent[0]?.headers.get("svix-id")).toBe(sent[1]?.headers.get("svix-id"));
  });
});

describe("refunds", () => {
  const paid = async (ozow = simulator()) => {
    await ozow.simulate(REFERENCE, "pay");
    const [transaction] = ozow.books.transactions.values();
    const call = await client(ozow);
    site.take();
    const refund = (key: string, value = 200) =>
      call(
        "POST",
        `/transactions/${transaction?.id}/refunds`,
        { amount: { currency: "ZAR", value }, reason: "Closed" },
        key,
      );
    return { ozow, call, id: transaction?.id ?? "", refund };
  };

  it("a refund at the Ozow simulator is pending first, and its completion is reported", async () => {
    const { ozow, call, id, refund } = await paid();
    ozow.refunds.mode = "hold";

    const accepted = await refund("k1");
    await ozow.flush();

    expect(accepted).toMatchObject({ status: 201, body: { status: "pending", transactionId: id, completed: null } });
    expect((await call("GET", `/refunds/${accepted.body.id}`)).body).toMatchObject({
      status: "complete",
      amount: { currency: "ZAR", value: 200 },
      completed: expect.any(String),
    });
    expect((await call("GET", `/transactions/${id}`)).body.status).toBe("Refunded");
    expect(site.take().map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: "refund.complete", data: { id: accepted.body.id, status: "complete" } },
    ]);
  });

  it("the Ozow simulator creates one refund for each idempotency key, and refunds no more than was paid", async () => {
    const { ozow, call, id, refund } = await paid();
    ozow.refunds.mode = "hold";
    const first = await refund("k1", 50);

    expect(await refund("k1", 50)).toEqual({ status: 200, body: first.body });
    expect((await refund("k1", 60)).status).toBe(409);
    expect((await call("GET", `/transactions/${id}/refunds`)).body.results).toEqual([first.body]);

    expect((await refund("k2", 150.01)).status).toBe(409);
    expect((await refund("k3", 150)).status).toBe(201);
    const keyless = await call("POST", `/transactions/${id}/refunds`, {
      amount: { currency: "ZAR", value: 1 },
      reason: "x",
    });
    expect(keyless.status).toBe(400);
  });

  it("a refund at the Ozow simulator can fail or be returned", async () => {
    await everyRow(
      [
        ["fail", ["failed"], "Successful"],
        ["return", ["complete", "returned"], "Successful"],
      ] as const,
      async ([mode, statuses, transactionStatus]) => {
        const { ozow, call, id, refund } = await paid();
        ozow.refunds.mode = mode;

        await refund("k1");
        await ozow.flush();

        expect(site.take().map(({ body }) => JSON.parse(body).data.status)).toEqual(statuses);
        expect((await call("GET", `/transactions/${id}`)).body.status).toBe(transactionStatus);
      },
    );
  });
});

it("the Ozow simulator lists the transactions between two dates page by page", async () => {
  const ozow = simulator();
  for (const reference of ["A", "B", "C"]) await ozow.simulate(reference, "silent");
  const call = await client(ozow);
  const references = async (query: string) =>
    (await call("GET", `/transactions?${query}`)).body.results.map(
      (row: { merchantReference: string }) => row.merchantReference,
    );

  expect(await references(between)).toEqual(["A", "B", "C"]);
  expect(await references(`${between}&limit=2&offset=1`)).toEqual(["B", "C"]);
  expect(await references(`${between}&siteCode=OTHER`)).toEqual([]);
  expect(await references("fromDate=2020-01-01T00:00:00Z&toDate=2020-01-02T00:00:00Z")).toEqual([]);
  expect((await call("GET", "/transactions?limit=5")).status).toBe(400);
  expect((await call("GET", `/payments/unknown/transactions?${between}`)).body).toEqual({ results: [] });
});

it("the API modes of the Ozow simulator answer every call with their status", async () => {
  await everyRow(
    [
      ["busy", 429],
      ["down", 503],
      ["refuses", 401],
    ] as const,
    async ([mode, status]) => {
      const ozow = simulator();
      const call = await client(ozow);
      ozow.api.mode = mode;

      expect((await call("POST", "/payments", paymentBody())).status).toBe(status);
      expect(ozow.books.payments.size).toBe(0);
    },
  );
});

it("the slow mode of the Ozow simulator does the call and holds the answer until it stops", async () => {
  const ozow = simulator();
  const call = await client(ozow);
  ozow.api.mode = "slow";
  let answered = false;

  const asking = call("POST", "/payments", paymentBody()).then((answer) => {
    answered = true;
    return answer;
  });
  await eventually(() => ozow.books.payments.size === 1);

  expect(answered).toBe(false);
  ozow.stop();
  expect((await asking).status).toBe(201);
});

it("a transaction entered into the Ozow simulator can be looked up", async () => {
  const ozow = simulator();
  const call = await client(ozow);

  const before = await call("GET", "/transactions/7f0e2c6a");
  ozow.vouch({ id: "7f0e2c6a", reference: REFERENCE, amountCents: 12_345 });

  expect(before.status).toBe(404);
  expect((await call("GET", "/transactions/7f0e2c6a")).body).toMatchObject({
    id: "7f0e2c6a",
    merchantReference: REFERENCE,
    amount: { currency: "ZAR", value: 123.45 },
    status: "Successful",
    siteCode: "CHI-CHI-001",
  });
});

it("the Ozow simulator keeps payments and keys over a restart and sends what was due", async () => {
  const path = join(directory, "ozow.jsonl");
  const before = simulator({ path });
  const call = await client(before);
  const body = paymentBody();
  const { body: created } = await call("POST", "/payments", body, "R1-1");
  before.refunds.mode = "hold";
  await before.finish(before.books.payments.get(created.id)!, "pay");
  const [transaction] = before.books.transactions.values();
  const refund = { amount: { currency: "ZAR", value: 154.5 }, reason: "Closed" };
  await call("POST", `/transactions/${transaction?.id}/refunds`, refund, "k1");
  await before.finish(before.books.payments.get(created.id)!, "pay_late");
  before.stop();

  const after = simulator({ path });
  after.refunds.mode = "hold";
  after.resume();
  await after.flush();

  const again = await (await client(after))("POST", "/payments", body, "R1-1");
  expect(again).toMatchObject({ status: 200, body: { id: created.id } });
  expect(site.take().map((notice) => JSON.parse(notice.body).data.status)).toEqual(["Successful", "complete"]);
  expect([...after.books.refunds.values()]).toMatchObject([{ status: "complete" }]);
});
