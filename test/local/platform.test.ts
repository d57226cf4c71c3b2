import { createHmac, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { startPlatform } from "../../local/platform.ts";
import { PlatformProblem } from "../../local/ports.ts";
import { PROVIDERS } from "../../local/simulators/outcomes.ts";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { everyRow } from "../support/every-row.ts";

const api = await startApi({ seed: "demo" });
const { platform } = api;

const consoleJson = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${api.console}${path}`, init);
  // biome-ignore lint/suspicious/noExplicitAny: a wrong field fails the assertion
  return { status: response.status, body: (await response.json()) as any };
};
const postJson = (path: string, body: unknown) =>
  consoleJson(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const raised = async (id: string) => (await api.call("GET", `/v1/dream-boards/${id}`)).body.data.raised_cents;

it("the demo partner's key reads its own boards and no others", async () => {
  const [maya] = platform.boards;

  const own = await api.call("GET", `/v1/dream-boards/${maya?.id}`);
  const foreign = await api.call("GET", `/v1/dream-boards/${maya?.id}`, undefined, api.otherPartner.apiKey);

  expect(own.body.data).toMatchObject({ slug: maya?.slug, child_name: "Maya", contribution_count: 5 });
  expect(foreign.status).toBe(404);
});

it("the receiver gets the demo webhooks, and both their signatures are valid", async () => {
  const deliveries = await eventually(async () => {
    const { body } = await consoleJson("/api/webhooks");
    return body.length >= 10 && body;
  });

  const types = deliveries.map(({ body }: { body: string }) => JSON.parse(body).type);
  expect(new Set(types)).toEqual(new Set(["dreamboard.created", "contribution.received"]));
  expect(deliveries.filter(({ verified }: { verified: boolean }) => !verified)).toEqual([]);
  expect(deliveries[0]).toMatchObject({ url: `${api.console}/receiver`, chipin: true, standard: true });
});

it("the mailbox gets the demo mails and lists the newest first", async () => {
  const mails = await eventually(async () => {
    const { body } = await consoleJson("/api/mail");
    return body.length >= 10 && body;
  });

  const ages = mails.map(({ at }: { at: string }) => at);
  expect(ages).toEqual(ages.toSorted().toReversed());
  expect(mails[0]).toMatchObject({ to: platform.host.email, subject: expect.any(String), html: expect.any(String) });
  expect(mails[0].text.length).toBeGreaterThan(20);
});

it("a port in use is refused in one sentence that names the port and another one", async () => {
  const taken = Number(new URL(api.origin).port);

  const start = startPlatform({ port: taken, ephemeral: true });

  await expect(start).rejects.toThrow(PlatformProblem);
  await expect(start).rejects.toThrow(new RegExp(`^Port ${taken} .*npm start -- --port \\d+$`));
});

it("an unreachable Postgres is reported in one sentence", async () => {
  const start = startPlatform({ ephemeral: true, postgresUrl: "postgres://chipin@127.0.0.1:1/none" });

  await expect(start).rejects.toThrow(/^Postgres could not be used: .*127\.0\.0\.1:1.*unset LOCAL_POSTGRES_URL\.$/);
});

it("a payment with any provider moves money when it is reported, and the console lists it", async () => {
  await everyRow(PROVIDERS, async (provider) => {
    const board = await api.createBoard();
    const { reference } = await api.contribute(board.slug, { amount: "200", provider });

    expect(await postJson("/simulate", { provider, reference, outcome: "pay" })).toMatchObject({
      status: 200,
      body: { callbacks: [{ status: expect.toSatisfy((status) => status >= 200 && status < 300) }] },
    });
    expect(await raised(board.id)).toBe(19_400);
    const page = await (await fetch(api.console)).text();
    expect(page).toContain(`<input type="hidden" name="reference" value="${reference}">`);
  });
});

it("reconciliation finds a payment with any provider that was not reported", async () => {
  await everyRow(PROVIDERS, async (provider) => {
    const board = await api.createBoard();
    const { reference } = await api.contribute(board.slug, { amount: "200", provider });

    expect(await api.simulate(reference, "silent", provider)).toEqual([]);
    await eventually(async () => {
      await api.runJob("reconcile-payments");
      return (await raised(board.id)) === 19_400;
    });
  });
});

it("a hand-signed Ozow callback is accepted once its transaction was entered with vouch", async () => {
  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200", provider: "ozow" });
  const id = randomUUID();
  const body = JSON.stringify({ type: "transaction.complete", data: { id, status: "Successful" } });
  const [svixId, timestamp] = [`msg_${id}`, String(Math.floor(Date.now() / 1_000))];
  const key = Buffer.from(platform.secrets.ozowWebhookSecret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${svixId}.${timestamp}.${body}`).digest("base64");

  const amount = { currency: "ZAR", value: 200 };
  expect(await postJson("/ozow/vouch", { id, merchantReference: reference, amount })).toEqual({
    status: 200,
    body: { id },
  });
  const headers = { "svix-id": svixId, "svix-timestamp": timestamp, "svix-signature": `v1,${signature}` };
  const answer = await api.request("/api/webhooks/ozow", { method: "POST", body, headers });

  expect(answer.ok).toBe(true);
  expect(await raised(board.id)).toBe(19_400);
});

it("a hand-signed SnapScan callback is accepted once its payment was entered with vouch", async () => {
  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200", provider: "snapscan" });

  const { body: payment } = await postJson("/snapscan/vouch", {
    merchantReference: reference,
    requiredAmount: 20_000,
  });
  const body = new URLSearchParams({ payload: JSON.stringify(payment) }).toString();
  const signature = createHmac("sha256", platform.secrets.snapscanWebhookAuthKey).update(body).digest("hex");
  const headers = {
    authorization: `SnapScan signature=${signature}`,
    "content-type": "application/x-www-form-urlencoded",
  };
  const answer = await api.request("/api/webhooks/snapscan", { method: "POST", body, headers });

  expect(answer.status).toBe(200);
  expect(await raised(board.id)).toBe(19_400);
});

it("vouch without a reference is answered 400", async () => {
  await everyRow(["/ozow/vouch", "/snapscan/vouch"], async (path) => {
    expect((await postJson(path, { amount: { currency: "ZAR", value: 1 }, requiredAmount: 100 })).status).toBe(400);
  });
});

it("POST /simulate reports a payment without its page, and answers with the status of our callback", async () => {
  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200" });

  const answer = await postJson("/simulate", { provider: "payfast", reference, outcome: "pay" });

  expect(answer).toEqual({ status: 200, body: { callbacks: [{ status: 200 }] } });
  expect(await raised(board.id)).toBe(19_400);
});

it("a payment simulated twice sends the same notice twice and is counted once", async () => {
  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200" });

  await api.simulate(reference, "pay");
  await api.simulate(reference, "pay");

  const [checkout] = platform.payfast.checkouts();
  const notices = platform.payfast.noticesOf(checkout?.token ?? "");
  expect(notices[0]?.body).toBe(notices[1]?.body);
  expect(await raised(board.id)).toBe(19_400);
});

it("the unsuccessful outcomes and silent move no money, and pay_twice counts one payment", async () => {
  await everyRow(
    [
      ["cancel", [200]],
      ["fail", [200]],
      ["wrong_amount", [200]],
      ["bad_signature", [400]],
      ["silent", []],
    ] as const,
    async ([outcome, statuses]) => {
      const board = await api.createBoard();
      const { reference } = await api.contribute(board.slug);

      const callbacks = await api.simulate(reference, outcome);

      expect(callbacks.map(({ status }) => status)).toEqual(statuses);
      expect(await raised(board.id)).toBe(0);
    },
  );

  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200" });

  const callbacks = await api.simulate(reference, "pay_twice");

  expect(callbacks).toEqual([{ status: 200 }, { status: 200 }]);
  expect(await raised(board.id)).toBe(19_400);
});

it("POST /simulate works while Postgres is unplugged, and Postgres has the contribution afterwards", async () => {
  const board = await api.createBoard();
  await consoleJson("/postgres/unplug", { method: "POST" });
  const { reference } = await api.contribute(board.slug, { amount: "200" });
  const callbacks = await api.simulate(reference, "pay");
  const { body } = await consoleJson("/postgres/plug", { method: "POST" });

  expect(callbacks).toEqual([{ status: 200 }]);
  expect(body).toEqual({ postgres: "there" });
  await eventually(async () => (await contributionsInPostgres(board.slug)) === "completed 20000");
});

it("POST /simulate refuses an unknown reference, outcome or provider", async () => {
  await everyRow(
    [
      [{ provider: "payfast", reference: "00000000000000000000", outcome: "pay" }, 404, /no payment/],
      [{ provider: "payfast", reference: "nonsense", outcome: "pay" }, 404, /no payment/],
      [{ provider: "ozow", reference: "nonsense", outcome: "pay" }, 404, /no payment/],
      [{ provider: "snapscan", reference: "nonsense", outcome: "pay" }, 404, /no payment/],
      [{ provider: "payfast", reference: "nonsense", outcome: "rob" }, 400, /outcome must be one of pay, /],
      [
        { provider: "stitch", reference: "nonsense", outcome: "pay" },
        400,
        /provider must be one of payfast, ozow, snapscan/,
      ],
      [null, 400, /provider/],
    ],
    async ([body, status, sentence]) => {
      const answer = await postJson("/simulate", body);

      expect(answer).toEqual({ status, body: { error: expect.stringMatching(sentence) } });
    },
  );
});

describe("the payment page", () => {
  const pageOf = async (amount: string) => {
    const board = await api.createBoard();
    const { action, fields, reference } = await api.contribute(board.slug, { amount });
    const page = await fetch(action, { method: "POST", body: fields });
    const html = await page.text();
    const form = /<form method="post" action="([^"]+)"/.exec(html)?.[1] ?? "";
    const press = (outcome: string) =>
      fetch(`${api.console}${form}`, { method: "POST", body: new URLSearchParams({ outcome }), redirect: "manual" });
    return { board, reference, status: page.status, html, press };
  };

  it("the payment page is one form whose submit buttons are the outcomes", async () => {
    const { html, status } = await pageOf("150.50");

    expect(status).toBe(200);
    expect(html.match(/<form/g)).toHaveLength(1);
    expect([...html.matchAll(/name="outcome" value="(\w+)"/g)].map(([, outcome]) => outcome)).toEqual([
      "pay",
      "cancel",
      "fail",
      "pay_twice",
      "pay_late",
      "wrong_amount",
      "bad_signature",
      "silent",
      "duplicate",
      "reorder",
    ]);
    expect(html).toContain("R150.50");
  });

  it("the payment page reports the payment before it redirects the guest", async () => {
    const { board, reference, press } = await pageOf("200");

    const back = await press("pay");

    expect(back.status).toBe(303);
    expect(back.headers.get("location")).toBe(`${api.origin}/${board.slug}/thanks?ref=${reference}`);
    expect(await raised(board.id)).toBe(19_400);
  });

  it("the outcome pay_late delays its notice by five seconds, or until the console flushes", async () => {
    const { board, reference, press } = await pageOf("200");
    const pressedAt = Date.now();

    await press("pay_late");
    const checkout = platform.payfast.checkouts().find((known) => known.reference === reference);
    const [notice] = platform.payfast.noticesOf(checkout?.token ?? "");
    await consoleJson("/payfast/flush", { method: "POST" });

    expect(Date.parse(notice?.dueAt ?? "")).toBeGreaterThanOrEqual(pressedAt + 5_000);
    expect(await raised(board.id)).toBe(19_400);
  });

  it("the outcome cancel redirects the guest to the board and moves no money", async () => {
    const { board, press } = await pageOf("200");

    const back = await press("cancel");

    expect(back.headers.get("location")).toMatch(new RegExp(`^${api.origin}/${board.slug}(\\?|/|$)`));
    expect(await raised(board.id)).toBe(0);
  });
});

it("restartWorker kills the runtime and starts another one with the same data", async () => {
  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200" });
  await api.simulate(reference, "pay");
  const before = platform.workerPid();

  await platform.restartWorker({ signal: "SIGKILL" });

  expect(platform.workerPid()).not.toBe(before);
  expect(await raised(board.id)).toBe(19_400);
});

it("every page of the console is shown", async () => {
  await everyRow(["/", "/mail", "/webhooks", "/log"], async (path) => {
    const response = await fetch(`${api.console}${path}`);

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/html");
  });
});

it("the console switches the modes of the simulators, and names the valid modes in an error", async () => {
  const choose = (what: string, mode: string) =>
    consoleJson(`/modes/${what}`, { method: "POST", body: new URLSearchParams({ mode }) });

  expect(await choose("ozow", "busy")).toEqual({ status: 200, body: { ozow: "busy" } });
  expect(platform.ozow.api.mode).toBe("busy");
  await choose("ozow", "works");
  expect(await choose("ozow", "asleep")).toMatchObject({
    status: 400,
    body: { error: expect.stringMatching(/works, busy/) },
  });
  expect(await choose("stitch", "works")).toMatchObject({
    status: 404,
    body: { error: expect.stringMatching(/snapscan/) },
  });
});

it("the Worker asks the Karri simulator about the card of a new board, in the mode that the console has set", async () => {
  const card = { karri_card_number: "5234 0000 0000 0007", karri_cardholder_name: "Lindiwe Mokoena" };
  const create = () => api.createBoard({ payout_method: "karri_card_topup", ...card });
  const choose = (mode: string) => consoleJson("/modes/karri", { method: "POST", body: new URLSearchParams({ mode }) });

  await choose("refuse");
  await expect(create()).rejects.toThrow(/: 400 .*karri_card_number/);
  await choose("down");
  await expect(create()).rejects.toThrow(/: 502 .*upstream_unavailable/);
  await choose("normal");
  expect(await create()).toMatchObject({ status: "active" });
});

it("the console lists what the counterparties have paid, newest first", async () => {
  const { takealot, givengain } = platform.counterparties;
  takealot.pay("po_older", 5_000, "parent@example.com");
  givengain.pay("po_newer", 7_000, "greenpop");

  const { body } = await consoleJson("/api/payouts");

  expect(body).toMatchObject([
    { counterparty: "givengain", reference: "po_newer", amountCents: 7_000, status: "completed", executions: 1 },
    { counterparty: "takealot", reference: "po_older", amountCents: 5_000, status: "completed", executions: 1 },
  ]);
  const home = await (await fetch(api.console)).text();
  expect(home).toContain("po_newer");
  expect(home).not.toContain(body[1].giftCardCode);
});

it("the console runs a job and answers with its name", async () => {
  const { status, body } = await consoleJson("/jobs/dispatch-webhooks", { method: "POST" });

  expect({ status, job: body.job }).toEqual({ status: 200, job: "dispatch-webhooks" });
});

it("the console refuses a post from another origin", async () => {
  const headers = { origin: "https://evil.example" };

  const { status } = await consoleJson("/postgres/unplug", { method: "POST", headers });

  expect(status).toBe(403);
  expect(platform.gateway.paused).toBe(false);
});

async function contributionsInPostgres(slug: string): Promise<string> {
  const text = `SELECT payment_status, amount_cents FROM contributions c JOIN dream_boards b ON b.id = c.dream_board_id
    WHERE b.slug = $1`;
  const { rows } = await platform.postgres.query({ text, params: [slug] });
  return rows.map((row) => row.join(" ")).join(", ");
}
