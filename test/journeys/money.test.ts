import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { platformFee } from "#domain/fees";
import { cents } from "#domain/money";
import type { Outcome, ProviderName } from "../../local/simulators/outcomes.ts";
import { startApi, type WireBoard } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { everyRow } from "../support/every-row.ts";

/** Payments and refunds through the whole platform: guests, faulty providers, jobs and operators. */
const api = await startApi();
const PROVIDERS = ["payfast", "ozow", "snapscan"] as const;

const net = (amount: number) => amount - platformFee(cents(amount));
const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

async function pay(board: WireBoard, provider: ProviderName, rand: number, outcome: Outcome = "pay"): Promise<string> {
  const { reference } = await api.contribute(board.slug, { amount: String(rand), provider });
  const callbacks = await api.simulate(reference, outcome, provider);
  for (const { status } of callbacks) expect([200, 204, 400, 401]).toContain(status);
  return reference;
}

async function boardNow(board: WireBoard) {
  const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`);
  return body.data as { status: string; raised_cents: number; contribution_count: number };
}

/** Waits until Postgres has every event of the board. Lists, jobs and refunds read from Postgres. */
async function arrived(board: WireBoard): Promise<void> {
  await eventually(async () => {
    const { projectedSeq, headSeq, poisonedSeq } = await api.platform.inspectBoard(board.slug.slice(-10));
    expect(poisonedSeq).toBeNull();
    return projectedSeq === headSeq;
  });
}

async function operate(method: "GET" | "POST", path: string, body?: unknown) {
  const answer = await api.request(`/internal${path}`, {
    method,
    headers: api.operatorHeaders,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely; a wrong field fails the assertion
  return (await answer.json()) as any;
}

/** The nightly comparison finds that object, log and view agree to the cent. */
async function expectAgreement() {
  const { result } = (await api.runJob("compare-boards")) as { result: { differences: unknown[] } };
  expect(result.differences).toEqual([]);
}

type WaitingRefund = { id: string; board: string; status: string; provider: string; amount_cents: number };
const waitingRefunds = async (board: WireBoard): Promise<WaitingRefund[]> =>
  (await operate("GET", "/payments")).refunds.filter((refund: WaitingRefund) => refund.board === board.id);

/** Runs the refund job as of later and later instants, until only refunds that need a person wait. */
async function sendRefunds(board: WireBoard): Promise<WaitingRefund[]> {
  await arrived(board);
  let at = Date.now();
  return await eventually(async () => {
    at += 30 * 60_000;
    await api.runJob("send-refunds", new Date(at));
    const waiting = await waitingRefunds(board);
    return waiting.every(({ status }) => status === "needs_manual_action" || status === "failed") ? waiting : null;
  });
}

it("a payment that was not reported is on the board once after one reconciliation run", async () => {
  await everyRow(PROVIDERS, async (provider) => {
    const board = await api.createBoard();
    await pay(board, provider, 250, "silent");
    expect(await boardNow(board)).toMatchObject({ raised_cents: 0, contribution_count: 0 });
    await arrived(board);

    await api.runJob("reconcile-payments");

    expect(await boardNow(board)).toMatchObject({ raised_cents: 24_250, contribution_count: 1 });
    await api.runJob("reconcile-payments");
    expect(await boardNow(board)).toMatchObject({ raised_cents: 24_250, contribution_count: 1 });
    await expectAgreement();
  });
});

it("a payment that was not made expires after a day, and counts when it is made later", async () => {
  await everyRow(PROVIDERS, async (provider) => {
    const board = await api.createBoard();
    const { reference } = await api.contribute(board.slug, { amount: "200", provider });
    const paymentStatus = async () => {
      const { body } = await api.call("GET", `/v1/dream-boards/${board.id}/contributions`);
      return body.data[0]?.payment_status as string | undefined;
    };
    await arrived(board);

    await api.runJob("reconcile-payments", new Date(Date.now() + 23 * 3_600_000));
    expect(await paymentStatus()).toBe("pending");
    // It is looked up again once an eighth of its age has passed.
    await api.runJob("reconcile-payments", new Date(Date.now() + 27 * 3_600_000));
    await arrived(board);
    expect(await paymentStatus()).toBe("failed");

    await api.simulate(reference, "silent", provider);
    await api.runJob("reconcile-payments", new Date(Date.now() + 50 * 3_600_000));
    expect(await boardNow(board)).toMatchObject({ raised_cents: 19_400, contribution_count: 1 });
  });
});

it("each outcome at each provider leaves exactly the paid contribution in the pot", async () => {
  const outcomes = [
    ["pay", 1],
    ["duplicate", 1],
    ["reorder", 1],
    ["pay_twice", 1],
    ["cancel", 0],
    ["fail", 0],
    ["wrong_amount", 0],
    ["bad_signature", 0],
  ] as const;
  const rows = PROVIDERS.flatMap((provider) => outcomes.map(([outcome, counted]) => ({ provider, outcome, counted })));

  await everyRow(rows, async ({ provider, outcome, counted }) => {
    const board = await api.createBoard();
    const reference = await pay(board, provider, 100, outcome);

    expect(await boardNow(board)).toMatchObject({ raised_cents: counted * 9_700, contribution_count: counted });
    await arrived(board);
    if (outcome === "pay_twice") {
      expect(await waitingRefunds(board)).toMatchObject([{ amount_cents: 10_000, provider }]);
    }
    if (outcome === "wrong_amount") {
      const { flags } = await operate("GET", "/payments");
      expect(flags).toContainEqual(
        expect.objectContaining({ board: board.id, flag: "amount_mismatch", received_cents: 5_000 }),
      );
    }
    expect(reference).toMatch(/^[0-9a-z]{20}$/);
  });
});

it("a payment after closing is refunded, and the pot stays unchanged", async () => {
  const board = await api.createBoard();
  await pay(board, "ozow", 500);
  const late = await api.contribute(board.slug, { amount: "300", provider: "ozow" });
  await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });

  await api.simulate(late.reference, "pay", "ozow");
  expect(await boardNow(board)).toMatchObject({ status: "closed", raised_cents: 48_500 + 29_100 });

  expect(await sendRefunds(board)).toEqual([]);
  expect(await boardNow(board)).toMatchObject({ status: "closed", raised_cents: 48_500, contribution_count: 1 });
  await expectAgreement();
});

it("a cancelled board with thirty paid contributions refunds every cent or lists it for a person", async () => {
  const board = await api.createBoard();
  const paid: Record<ProviderName, number[]> = { payfast: [], ozow: [], snapscan: [] };
  for (let n = 0; n < 30; n += 1) {
    const provider = PROVIDERS[n % 3] as ProviderName;
    await pay(board, provider, 100 + n);
    paid[provider].push((100 + n) * 100);
  }
  const everything = sum(Object.values(paid).flat().map(net));
  expect(await boardNow(board)).toMatchObject({ raised_cents: everything, contribution_count: 30 });

  const cancelled = await api.call("PATCH", `/v1/dream-boards/${board.id}`, { status: "cancelled" });
  expect([cancelled.status, cancelled.body.data.status]).toEqual([200, "cancelled"]);
  expect(sum((await waitingRefunds(board)).map(({ amount_cents }) => amount_cents))).toBe(
    sum(Object.values(paid).flat()),
  );

  // PayFast and Ozow have a refund API. A SnapScan refund is made by a person.
  const left = await sendRefunds(board);
  expect(left.map(({ provider, status }) => `${provider} ${status}`)).toEqual(
    Array(10).fill("snapscan needs_manual_action"),
  );
  expect(left.map(({ amount_cents }) => amount_cents).sort()).toEqual(paid.snapscan.sort());
  expect(await boardNow(board)).toMatchObject({ raised_cents: sum(paid.snapscan.map(net)), contribution_count: 10 });

  for (const { id } of left) {
    await operate("POST", `/refunds/${id}/confirm`, {
      note: "sent back in the merchant portal",
      provider_refund_id: "S-1",
    });
  }
  expect(await boardNow(board)).toMatchObject({ status: "cancelled", raised_cents: 0, contribution_count: 0 });
  expect(await waitingRefunds(board)).toEqual([]);
  const { rows } = await api.db.execute<{ refunded: string; sent: string }>(sql`
      SELECT count(*) FILTER (WHERE c.payment_status = 'refunded') AS refunded, sum(f.amount_cents) AS sent
      FROM contributions c JOIN refunds f ON f.contribution_id = c.id AND f.status = 'completed'
      JOIN dream_boards b ON b.id = c.dream_board_id WHERE b.slug = ${board.slug}`);
  expect(rows).toEqual([{ refunded: "30", sent: String(sum(Object.values(paid).flat())) }]);
  await expectAgreement();
});

it("the comparison with the providers' lists finds a missing payment and a differing amount", async () => {
  const board = await api.createBoard();
  for (const provider of PROVIDERS) await pay(board, provider, 150);
  const tomorrow = new Date(Date.now() + 86_400_000);
  type Compared = { result: { settlements: { provider: string; differences: number }[] } };
  const compare = async () => ((await api.runJob("compare-settlements", tomorrow)) as Compared).result.settlements;
  await api.runJob("reconcile-payments");
  await arrived(board);
  expect((await compare()).filter(({ differences }) => differences > 0)).toEqual([]);

  await api.db.execute(sql`
      UPDATE provider_payments SET amount_cents = amount_cents + 1
      WHERE payment_provider = 'ozow' AND dream_board_id = (SELECT id FROM dream_boards WHERE slug = ${board.slug})`);
  const { reference } = await api.contribute(board.slug, { amount: "175", provider: "payfast" });
  await api.simulate(reference, "silent", "payfast");
  const found = Object.fromEntries((await compare()).map(({ provider, differences }) => [provider, differences]));

  expect(found).toEqual({ payfast: 1, ozow: 1, snapscan: 0 });
  // The comparison has recorded the payment that only PayFast had; a differing amount is for a person to decide.
  expect(await boardNow(board)).toMatchObject({ contribution_count: 4 });
  const { differences } = await operate("GET", "/payments");
  const kinds = differences.map(({ provider, kind }: { provider: string; kind: string }) => `${provider} ${kind}`);
  expect(kinds.sort()).toEqual(["ozow amount_differs"]);
  await api.runJob("dispatch-mail", new Date(Date.now() + 3_600_000));
  await eventually(async () => {
    const mails = (await (await fetch(`${api.console}/api/mail`)).json()) as { to: string; subject: string }[];
    return mails.some(({ subject }) => subject.includes("ozow and we differ about one payment"));
  });
});
