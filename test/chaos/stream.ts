import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { boardCode, parsePublicId } from "#domain/ids";
import { DEMO_BOARDS } from "../../local/demo-boards.ts";
import type { Platform } from "../../local/platform.ts";
import { PASSED_CHALLENGE } from "../../local/simulators/turnstile.ts";
import { notice } from "../payments/payfast-notices.ts";

const CONCURRENCY = 24;
/** PayFast retries for hours. Here a notice that was not answered 200 is sent again in up to this many rounds. */
const MAX_ROUNDS = 200;

export type Board = { id: string; slug: string; code: string };
export type Paid = { reference: string; amountCents: number; body: string };

export const aBoard = (platform: Platform): Promise<Board> => openBoard(platform, platform.partner);

async function openBoard({ worker }: Platform, { apiKey }: { apiKey: string }): Promise<Board> {
  const [demo] = DEMO_BOARDS;
  if (!demo) throw new Error("there is no demo board to copy");
  const response = await fetch(`${worker}/v1/dream-boards`, {
    method: "POST",
    headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify(demo.body(worker, new Date())),
  });
  if (response.status !== 201) throw new Error(`no board: ${response.status} ${await response.text()}`);
  const { data } = (await response.json()) as { data: { id: string; slug: string } };
  const id = parsePublicId("board", data.id);
  if (!id) throw new Error(`not a board's id: ${data.id}`);
  return { id, slug: data.slug, code: boardCode(id) };
}

/** A board of the partner's sandbox on which `count` guests have paid at the test page. */
export async function sandboxBoard(platform: Platform, count: number): Promise<Board> {
  const { worker, sandbox } = platform;
  const board = await openBoard(platform, sandbox);
  const send = (path: string, fields: Record<string, string>) => {
    const body = new URLSearchParams(fields);
    return fetch(`${worker}/${board.slug}${path}`, { method: "POST", body, redirect: "manual" });
  };
  for (let paid = 0; paid < count; paid += 1) {
    const guest = { amount: "200", name: "Thandi", provider: "sandbox", submission: randomUUID() };
    const { headers } = await send("/contribute", guest);
    const ref = new URL(headers.get("location") ?? "", worker).searchParams.get("ref") ?? "";
    const { status } = await send("/test-payment", { ref, outcome: "pay" });
    if (status !== 303) throw new Error(`not paid: ${status}`);
  }
  return board;
}

/** `count` contributions through the guest form, numbered from `firstNumber`, each with its PayFast notice. */
export async function contributions(
  platform: Platform,
  { slug }: Board,
  count: number,
  firstNumber = 0,
): Promise<Paid[]> {
  const { worker, secrets } = platform;
  return await inParallel(Array.from({ length: count }), async (_, n) => {
    const i = firstNumber + n;
    const amountCents = 2_000 + (i % 500) * 7;
    const amount = (amountCents / 100).toFixed(2);
    const form = new URLSearchParams({
      amount,
      name: `Guest ${i}`,
      message: "",
      provider: "payfast",
      submission: randomUUID(),
      // A board with many unpaid attempts challenges its guests; these have solved it.
      "cf-turnstile-response": PASSED_CHALLENGE,
    });
    const response = await fetch(`${worker}/${slug}/contribute`, { method: "POST", body: form });
    const page = await response.text();
    const reference = /name="m_payment_id" value="([^"]+)"/.exec(page)?.[1];
    if (response.status !== 200 || !reference)
      throw new Error(`no contribution: ${response.status} ${page.slice(0, 300)}`);
    const changes = { m_payment_id: reference, pf_payment_id: String(1_000_000 + i), amount_gross: amount };
    if (secrets.payfastMerchantId !== "10000100") Object.assign(changes, { merchant_id: secrets.payfastMerchantId });
    return { reference, amountCents, body: notice(changes) };
  });
}

/** Sends each notice until it is answered 200, as PayFast does. Returns the statuses of all answers. */
export async function deliver(
  { worker }: Platform,
  payments: readonly Paid[],
  onAnswered: (done: number) => void = () => {},
) {
  const statuses: number[] = [];
  let waiting = [...payments];
  let done = 0;
  for (let round = 0; waiting.length > 0 && round < MAX_ROUNDS; round += 1) {
    const refused: Paid[] = [];
    await inParallel(waiting, async (payment) => {
      const status = await post(`${worker}/api/webhooks/payfast`, payment.body);
      statuses.push(status);
      if (status !== 200) refused.push(payment);
      else onAnswered(++done);
    });
    waiting = refused;
  }
  if (waiting.length > 0) throw new Error(`${waiting.length} notices were never answered 200`);
  return statuses;
}

/** The status of the answer; 0 without an answer. */
async function post(url: string, body: string): Promise<number> {
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  try {
    const response = await fetch(url, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

export function shuffled<T>(items: readonly T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

export const netOf = (payments: readonly Paid[]) =>
  payments.reduce(
    (sum, { amountCents }) => sum + amountCents - Math.max(300, Math.floor((amountCents * 3 + 50) / 100)),
    0,
  );

/** The money of one board in its four places: the object, the log, the view and the rows. */
export async function accounts(platform: Platform, { id, code }: Board) {
  const { database } = platform;
  const query = async <T extends Record<string, unknown>>(text: ReturnType<typeof sql>) =>
    (await database.execute<T>(text)).rows[0];
  const object = await platform.inspectBoard(code);
  const view = await query<{ raised: string; count: string }>(
    sql`SELECT raised_cents AS raised, contribution_count AS count FROM dream_boards_with_totals WHERE id = ${id}`,
  );
  const rows = await query<{ net: string; count: string; distinct: string }>(
    sql`SELECT sum(net_cents) AS net, count(*) AS count, count(DISTINCT payment_ref) AS distinct
      FROM contributions WHERE dream_board_id = ${id} AND payment_status = 'completed'`,
  );
  const log = await query<{ completed: string; distinct: string; net: string; events: string; last: string }>(
    sql`SELECT count(*) FILTER (WHERE e.type = 'payment_completed') AS completed,
        count(DISTINCT e.data ->> 'contributionId') FILTER (WHERE e.type = 'payment_completed') AS distinct,
        sum(c.net_cents) FILTER (WHERE e.type = 'payment_completed') AS net,
        count(*) AS events, max(e.seq) AS last
      FROM board_events e LEFT JOIN contributions c ON c.id::text = e.data ->> 'contributionId'
      WHERE e.dream_board_id = ${id}`,
  );
  return {
    object: {
      raised: object.pot.counted,
      recounted: object.recounted.counted,
      count: object.contributionCount,
      seq: object.headSeq,
    },
    view: { raised: Number(view?.raised), count: Number(view?.count) },
    rows: { raised: Number(rows?.net), count: Number(rows?.count), distinct: Number(rows?.distinct) },
    log: {
      raised: Number(log?.net),
      count: Number(log?.completed),
      distinct: Number(log?.distinct),
      seq: Number(log?.last),
      events: Number(log?.events),
    },
  };
}

/** What `accounts` returns when exactly these payments arrived, each once. */
export function exactly(payments: readonly Paid[], seq: number) {
  const [raised, count] = [netOf(payments), payments.length];
  return {
    object: { raised, recounted: raised, count, seq },
    view: { raised, count },
    rows: { raised, count, distinct: count },
    log: { raised, count, distinct: count, seq, events: seq },
  };
}
