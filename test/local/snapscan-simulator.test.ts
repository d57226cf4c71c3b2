import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Outcome } from "../../local/simulators/outcomes.ts";
import { SnapscanSimulator } from "../../local/simulators/snapscan.ts";
import { snapscanApi } from "../../local/simulators/snapscan-api.ts";
import { snapscanPages } from "../../local/simulators/snapscan-pages.ts";
import { snapscanPayment } from "../../local/simulators/snapscan-payment.ts";
import { webhookAuthorization, webhookBody } from "../../local/simulators/snapscan-signature.ts";
import { everyRow } from "../support/every-row.ts";
import { startCallbackSite } from "./callback-site.ts";

const KEY = "snap-webhook-key-published-01";
const API_KEY = "d5a4f6c0-published-demo-key";
const REFERENCE = "8k3m9q2rtw7t1h5wsabc";

const site = await startCallbackSite();
const directory = mkdtempSync(join(tmpdir(), "chipin-snapscan-"));
const simulators: SnapscanSimulator[] = [];
afterAll(async () => {
  for (const simulator of simulators) simulator.stop();
  await site.close();
  rmSync(directory, { recursive: true });
});

function simulator({ path = null, known = 20_000 }: { path?: string | null; known?: number | null } = {}) {
  const snapscan = new SnapscanSimulator({
    snapCode: "CHIPDEMO",
    apiKey: API_KEY,
    webhookAuthKey: KEY,
    notifyUrl: site.url,
    path,
    findContribution: async () => (known === null ? null : { amountCents: known }),
  });
  simulators.push(snapscan);
  site.take();
  return snapscan;
}

const authorization = "Basic ZDVhNGY2YzAtcHVibGlzaGVkLWRlbW8ta2V5Og==";
async function ask(snapscan: SnapscanSimulator, path: string, headers: Record<string, string> = { authorization }) {
  const response = await snapscanApi(snapscan).request(path, { headers });
  // biome-ignore lint/suspicious/noExplicitAny: a wrong field fails the assertion
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}
const payloadOf = (body: string) => JSON.parse(new URLSearchParams(body).get("payload") ?? "");

describe("a webhook", () => {
  const published =
    "payload=%7B%22id%22%3A4711%2C%22status%22%3A%22completed%22%2C%22date%22%3A%222026-03-01T08%3A15%3A30Z%22%2C%22totalAmount%22%3A15450%2C%22tipAmount%22%3A0%2C%22requiredAmount%22%3A15450%2C%22snapCode%22%3A%22CHIPDEMO%22%2C%22snapCodeReference%22%3Anull%2C%22userReference%22%3A%22%22%2C%22merchantReference%22%3A%22CHP-0006%22%2C%22statementReference%22%3Anull%2C%22authCode%22%3A%22455303%22%2C%22deliveryAddress%22%3Anull%2C%22isVoucher%22%3Afalse%2C%22isVoucherRedemption%22%3Afalse%2C%22transactionType%22%3A%22payment%22%2C%22extra%22%3A%7B%22id%22%3A%22CHP-0006%22%2C%22amount%22%3A%2215450%22%2C%22strict%22%3A%22true%22%7D%7D";

  it("a webhook of the SnapScan simulator and its signature equal the published ones, byte for byte", () => {
    const payment = snapscanPayment({
      id: 4_711,
      snapCode: "CHIPDEMO",
      reference: "CHP-0006",
      requiredCents: 15_450,
      tipCents: 0,
      status: "completed",
      authCode: "455303",
      at: new Date("2026-03-01T08:15:30Z"),
      extra: { id: "CHP-0006", amount: "15450", strict: "true" },
    });

    expect(webhookBody(payment)).toBe(published);

    expect(webhookAuthorization(KEY, published)).toBe(
      "SnapScan signature=70ae77c9a598fa813a21082913bda4403a654a588db196f504dc78aa54c11ef2",
    );
  });

  it("the SnapScan simulator escapes what a guest may type as SnapScan does", () => {
    expect(webhookBody({ userReference: "Zoë O'Reilly (Mom) * ~ & co 🎂" })).toBe(
      "payload=%7B%22userReference%22%3A%22Zo%C3%AB+O%27Reilly+%28Mom%29+%2A+%7E+%26+co+%F0%9F%8E%82%22%7D",
    );
  });
});

it("every outcome at the SnapScan simulator sends its webhooks and enters its payments", async () => {
  await everyRow<[Outcome, string[], string[]]>(
    [
      ["pay", ["completed 20000"], ["completed 20000"]],
      ["pay_late", ["completed 20000"], ["completed 20000"]],
      ["pay_twice", ["completed 20000", "completed 20000"], ["completed 20000", "completed 20000"]],
      ["cancel", ["error 20000"], ["error 20000"]],
      ["fail", ["error 20000"], ["error 20000"]],
      ["wrong_amount", ["completed 10000"], ["completed 10000"]],
      ["bad_signature", ["completed 20000"], []],
      ["silent", [], ["completed 20000"]],
      ["duplicate", ["completed 20000", "completed 20000", "completed 20000"], ["completed 20000"]],
      ["reorder", ["completed 20000", "error 20000"], ["completed 20000", "error 20000"]],
    ],
    async ([outcome, reported, books]) => {
      const snapscan = simulator();

      const callbacks = await snapscan.simulate(REFERENCE, outcome);

      const payments = site.take().map(({ body }) => payloadOf(body));
      const line = ({ status, requiredAmount }: { status: string; requiredAmount: number }) =>
        `${status} ${requiredAmount}`;
      expect(payments.map(line)).toEqual(reported);
      expect(callbacks).toEqual(reported.map(() => ({ status: 200 })));
      const { body: known } = await ask(snapscan, `/payments?merchantReference=${REFERENCE}`);
      expect(known.map(line).toSorted()).toEqual(books);
    },
  );
});

it("the SnapScan simulator reports the earlier payment last for reorder, and repeats the webhook of pay", async () => {
  await simulator().simulate(REFERENCE, "reorder");

  const [last, first] = site.take().map(({ body }) => payloadOf(body));
  expect(first.id).toBeLessThan(last.id);
  expect(Date.parse(first.date)).toBeLessThan(Date.parse(last.date));

  const snapscan = simulator();

  await snapscan.simulate(REFERENCE, "pay");
  await snapscan.simulate(REFERENCE, "pay");

  expect(new Set(site.take().map(({ body }) => body)).size).toBe(1);
});

it("the SnapScan simulator signs a webhook with the configured key, and a forged one with another", async () => {
  const snapscan = simulator();
  await snapscan.simulate(REFERENCE, "pay");
  await snapscan.simulate(REFERENCE, "bad_signature");

  const [paid, forged] = site.take().map(({ headers, body }) => ({
    given: headers.get("authorization"),
    right: `SnapScan signature=${createHmac("sha256", KEY).update(body).digest("hex")}`,
  }));
  expect(paid?.given).toBe(paid?.right);
  expect(forged?.given).toMatch(/^SnapScan signature=[0-9a-f]{64}$/);
  expect(forged?.given).not.toBe(forged?.right);
});

it("the SnapScan simulator resends a webhook until it is answered exactly 200", async () => {
  const snapscan = simulator();
  site.answers.push(204);

  const callbacks = await snapscan.simulate(REFERENCE, "pay");
  await snapscan.flush();
  await snapscan.flush();

  expect(callbacks).toEqual([{ status: 204 }]);
  expect(site.take()).toHaveLength(2);
});

describe("the code's page", () => {
  const address = (query: Record<string, string> = {}, code = "CHIPDEMO") =>
    `/snapscan/qr/${code}?${new URLSearchParams({ id: REFERENCE, amount: "15450", strict: "true", ...query })}`;
  const press = (snapscan: SnapscanSimulator, outcome: string, tip = "0", query: Record<string, string> = {}) =>
    snapscanPages(snapscan).request(address(query), { method: "POST", body: new URLSearchParams({ outcome, tip }) });

  it("the page of a SnapScan code shows the amount in one form that posts to its own address", async () => {
    const page = await snapscanPages(simulator()).request(address());
    const html = await page.text();

    expect(page.status).toBe(200);
    expect(html).toContain("R154.50");
    expect(html.match(/<form/g)).toHaveLength(1);
    expect(/<form method="post" action="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&")).toBe(address());
  });

  it("the SnapScan simulator uses the amount of the URL, adds a tip to the total, and returns the parameters", async () => {
    const snapscan = simulator();

    await press(snapscan, "pay", "2000");

    expect(payloadOf(site.take()[0]?.body ?? "")).toMatchObject({
      totalAmount: 17_450,
      tipAmount: 2_000,
      requiredAmount: 15_450,
      merchantReference: REFERENCE,
      extra: { id: REFERENCE, amount: "15450", strict: "true" },
      authCode: expect.stringMatching(/^\d{6}$/),
    });

    await press(snapscan, "pay", "0", { amount: "100", strict: "" });

    expect(payloadOf(site.take()[0]?.body ?? "")).toMatchObject({ requiredAmount: 100, totalAmount: 100 });
  });

  it("a strict SnapScan code is paid once, except by pay_twice, and any other code several times", async () => {
    const snapscan = simulator();
    await press(snapscan, "fail");
    await press(snapscan, "pay");
    site.take();

    expect((await press(snapscan, "pay")).status).toBe(409);
    expect((await press(snapscan, "silent")).status).toBe(409);
    expect(site.take()).toEqual([]);
    expect((await press(snapscan, "pay_twice")).status).toBe(200);
    expect((await ask(snapscan, "/payments?status=completed")).body).toHaveLength(2);

    const reusable = simulator();

    for (const _ of [1, 2, 3]) await press(reusable, "pay", "0", { strict: "" });

    expect((await ask(reusable, "/payments?status=completed")).body).toHaveLength(3);
  });

  it("the SnapScan simulator refuses a code of another account, without an amount or without a reference", async () => {
    await everyRow(
      [
        ["another merchant's code", address({}, "STB115")],
        ["no amount", address({ amount: "" })],
        ["an amount in rands", address({ amount: "154.50" })],
        ["no reference", address({ id: "" })],
      ],
      async ([_, path]) => {
        expect((await snapscanPages(simulator()).request(path)).status).toBe(404);
      },
    );
  });
});

describe("the merchant API", () => {
  const books = async () => {
    const snapscan = simulator();
    for (const reference of ["A", "B", "C"]) await snapscan.simulate(reference, "silent");
    await snapscan.simulate("D", "fail");
    return snapscan;
  };
  const references = (rows: { merchantReference: string }[]) => rows.map((row) => row.merchantReference);

  it("the SnapScan simulator lists the newest payments first, page by page, and shows one by its id", async () => {
    const snapscan = await books();

    const first = await ask(snapscan, "/payments?perPage=3");
    const second = await ask(snapscan, "/payments?perPage=3&page=2");

    expect(references(first.body)).toEqual(["D", "C", "B"]);
    expect(references(second.body)).toEqual(["A"]);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      "x-total": "4",
      "x-total-pages": "2",
      "x-page": "1",
      "x-per-page": "3",
      "x-next-page": "2",
    });
    expect(second.headers.get("x-next-page")).toBe("");

    const [newest] = (await ask(snapscan, "/payments")).body;

    expect((await ask(snapscan, `/payments/${newest.id}`)).body).toEqual(newest);
    expect(await ask(snapscan, "/payments/1")).toMatchObject({ status: 404, body: { message: expect.any(String) } });
  });

  it("the SnapScan simulator filters its list", async () => {
    const snapscan = await books();
    const found = async (query: string) => references((await ask(snapscan, `/payments?${query}`)).body);
    const [minuteAgo, inAMinute] = [-60_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString());

    expect(await found("merchantReference=B")).toEqual(["B"]);
    expect(await found("status=error,pending")).toEqual(["D"]);
    expect(await found("snapCode=OTHER")).toEqual([]);
    expect(await found(`startDate=${minuteAgo}&endDate=${inAMinute}`)).toHaveLength(4);
    expect(await found(`endDate=${minuteAgo}`)).toEqual([]);
  });

  it("the SnapScan simulator refuses a call without the API key", async () => {
    await everyRow(
      [
        ["nothing", {}],
        ["another key", { authorization: `Basic ${Buffer.from("other:").toString("base64")}` }],
        ["the key without its colon", { authorization: `Basic ${Buffer.from(API_KEY).toString("base64")}` }],
      ],
      async ([_, headers]) => {
        expect((await ask(simulator(), "/payments", headers)).status).toBe(401);
      },
    );
  });

  it("the API modes of the SnapScan simulator answer every call with their status", async () => {
    await everyRow(
      [
        ["busy", 429],
        ["down", 503],
        ["refuses", 401],
      ] as const,
      async ([mode, status]) => {
        const snapscan = simulator();
        snapscan.api.mode = mode;

        expect((await ask(snapscan, "/payments")).status).toBe(status);
      },
    );
  });

  it("a payment entered into the SnapScan simulator can be looked up", async () => {
    const snapscan = simulator();

    snapscan.vouch({ id: 4_711, merchantReference: REFERENCE, requiredAmount: 15_450, tipAmount: 500 });

    expect((await ask(snapscan, "/payments/4711")).body).toMatchObject({
      id: 4_711,
      status: "completed",
      snapCode: "CHIPDEMO",
      merchantReference: REFERENCE,
      requiredAmount: 15_450,
      tipAmount: 500,
      totalAmount: 15_950,
    });
  });
});

it("the SnapScan simulator keeps its payments over a restart and sends what was due", async () => {
  const path = join(directory, "snapscan.jsonl");
  const before = simulator({ path });
  const scan = before.open({ id: REFERENCE, amount: "15450", strict: "true" });
  if ("problem" in scan) throw new Error(scan.problem);
  await before.finish(scan, "pay_late");
  before.stop();

  const after = simulator({ path });
  after.resume();
  await after.flush();
  await after.simulate("OTHER", "pay");

  const [owed, other] = site.take().map(({ body }) => payloadOf(body));
  expect(owed).toEqual(after.books.paymentsFor(REFERENCE)[0]);
  expect(other.id).toBeGreaterThan(owed.id);
});
