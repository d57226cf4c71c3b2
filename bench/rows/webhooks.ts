import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import { Webhook } from "standardwebhooks";
import { type Platform, startPlatform } from "../../local/platform.ts";
import { miniflareModules } from "../../local/worker/build-options.ts";
import { startEmptyPostgres } from "../../test/support/database.ts";
import type { BenchOptions } from "../arguments.ts";
import { bundle } from "../bundle.ts";
import { insist } from "../checks.ts";
import { type Door, notify, openGifts } from "../gifts.ts";
import { interleave, ratios } from "../interleave.ts";
import { compatibilityOfWorker } from "../runtime.ts";
import { takeSignalsBack } from "../signals.ts";
import { type Sink, startSink } from "../sink.ts";
import { openBoard, subscribe, WEBHOOK_SECRET } from "../stage.ts";
import { percentile, type Row } from "../table.ts";

/** As many as one consumer of ours sends at once. */
const AT_ONCE = 6;
const PER_SECOND_EXPECTED = 500;
const HANGING = 60;
const IDLE_PER_ROUND = 5;
/** Longer than a busy board collects before it projects, so that every callback meets an idle one. */
const IDLE_PAUSE_MS = 1_100;
const ARRIVED_WITHIN_MS = 30_000;

/** With queues, so on the local platform: under Miniflare, everything on the cores there are. */
export async function webhookRows(options: BenchOptions, running: AsyncDisposableStack): Promise<Row[]> {
  const sink = running.adopt(await startSink(), ({ stop }) => stop());
  const postgres = process.env.TEST_POSTGRES_URL
    ? running.adopt(await startEmptyPostgres(), ({ stop }) => stop())
    : null;
  const platform = running.adopt(
    await startPlatform({
      ephemeral: true,
      seed: "keys",
      crons: false,
      set: { PAYFAST_BASE_URL: sink.origin },
      postgresUrl: postgres?.url ?? undefined,
    }),
    ({ stop }) => stop(),
  );
  const loop = running.adopt(await startSignedLoop(), (miniflare) => miniflare.dispose());
  await subscribe(platform.worker, platform.partner.apiKey, sink);

  const idle = await idleDelays(platform, sink, IDLE_PER_ROUND * options.rounds);
  const [payload = ""] = await column(
    platform,
    "SELECT data::text FROM partner_events WHERE type = 'contribution.received' LIMIT 1",
  );
  const count = PER_SECOND_EXPECTED * options.seconds;
  const roundTrips: number[] = [];
  const rates = await interleave(options, {
    loop: () => signedLoop(loop, sink, payload, count),
    deliveries: async () => {
      const before = platform.gateway.requests;
      const rate = await deliver(platform, sink, payload, count);
      roundTrips.push((platform.gateway.requests - before) / count);
      return rate;
    },
  });
  const besideOne = await besideHanging(platform, sink, { payload, endpoints: 1 });
  const besideMany = await besideHanging(platform, sink, { payload, endpoints: HANGING });
  const log = await platform.workerLog();
  insist(
    "alerts in the Worker's log",
    log.filter(({ level }) => level === "error").map(({ message }) => message)[0],
    undefined,
  );
  await platform.stop();
  await loop.dispose();
  await sink.stop();
  return [
    {
      what: "webhook deliveries",
      figures: ratios(rates.deliveries, rates.loop),
      unit: "ratio",
      budget: { atLeast: postgres ? 0.4 : 0.3 },
      note: `a signed fetch loop, ${AT_ONCE} at once`,
    },
    {
      what: "  Postgres round trips each",
      figures: roundTrips,
      unit: "each",
      budget: { atMost: 0.05 },
      note: `of ${count}, the sweep included`,
    },
    {
      what: "first attempt beside hanging ones",
      figures: [Math.max(besideOne, besideMany)],
      unit: "ms",
      budget: { atMost: 1_000 },
      note: `${HANGING} for one endpoint, and one each for ${HANGING} endpoints`,
    },
    {
      what: "callback to webhook, p99",
      figures: [percentile(idle, 0.99)],
      unit: "ms",
      budget: { atMost: 2_000 },
      note: `idle board, ${idle.length} callbacks one by one`,
    },
    { what: "  median", figures: [percentile(idle, 0.5)], unit: "ms", budget: null, note: "" },
  ];
}

/** From the moment a provider calls to the moment the partner's server has the webhook, one at a time. */
async function idleDelays(platform: Platform, sink: Sink, count: number): Promise<number[]> {
  const door: Door = { origin: platform.worker, publicOrigin: platform.worker, secrets: platform.secrets };
  const board = await openBoard(platform.worker, platform.partner.apiKey, platform.worker);
  const delays: number[] = [];
  for (const gift of await openGifts(door, [board], count)) {
    await new Promise((resolve) => setTimeout(resolve, IDLE_PAUSE_MS));
    const calledAt = performance.timeOrigin + performance.now();
    await notify(door, gift);
    const [arrival] = await arrivals(sink, 1);
    delays.push((arrival?.at ?? Number.NaN) - calledAt);
  }
  return delays;
}

/** So many due deliveries, from the dispatching job to the last one's arrival. */
async function deliver(platform: Platform, sink: Sink, payload: string, count: number): Promise<number> {
  await platform.postgres.query({
    text: `
      WITH used AS (SELECT w.id, w.api_key_id, k.partner_id FROM webhook_endpoints w JOIN api_keys k ON k.id = w.api_key_id LIMIT 1),
      event AS (
        INSERT INTO partner_events (partner_id, type, api_version, data)
        SELECT partner_id, 'contribution.received', '2026-12-01', $1::jsonb FROM used, generate_series(1, $2::integer)
        RETURNING id
      ),
      record AS (
        INSERT INTO webhook_events (id, api_key_id, event_type, payload)
        SELECT event.id, used.api_key_id, 'contribution.received', jsonb_build_object('event_id', event.id) FROM used, event
      )
      INSERT INTO webhook_deliveries (id, partner_event_id, webhook_endpoint_id, requeue_at)
      SELECT event.id, event.id, used.id, now() FROM used, event`,
    params: [payload, String(count)],
  });
  const startedAt = performance.timeOrigin + performance.now();
  await platform.runJob("dispatch-webhooks");
  const arrived = await arrivals(sink, count);
  const seconds = ((arrived.at(-1)?.at ?? Number.NaN) - startedAt) / 1000;

  const webhook = new Webhook(WEBHOOK_SECRET);
  for (const { body, headers } of arrived) webhook.verify(Buffer.from(body, "latin1"), headers);
  insist("distinct webhooks", new Set(arrived.map(({ headers }) => headers["webhook-id"])).size, count);
  await untilNone(platform, "SELECT count(*) FROM webhook_deliveries WHERE status = 'pending'");
  const [odd] = await column(
    platform,
    "SELECT count(*) FROM webhook_deliveries WHERE status <> 'delivered' OR attempts <> 1",
  );
  insist("deliveries that were not made at the first attempt", odd, "0");
  return count / seconds;
}

/**
 * How long after the sweep another partner's delivery arrives, when it is queued behind deliveries whose endpoints never answer.
 * Resolves when the time-outs are over.
 */
async function besideHanging(
  platform: Platform,
  sink: Sink,
  { payload, endpoints }: { payload: string; endpoints: number },
): Promise<number> {
  await platform.postgres.query({
    text: `
      WITH used AS (SELECT id, api_key_id, secret FROM webhook_endpoints LIMIT 1),
      endpoint AS (
        INSERT INTO webhook_endpoints (api_key_id, url, secret)
        SELECT (SELECT k.id FROM api_keys AS k WHERE k.id <> used.api_key_id LIMIT 1), $2, used.secret
        FROM used, generate_series(1, $3::integer) RETURNING id
      ),
      event AS (
        INSERT INTO partner_events (partner_id, type, api_version, data)
        SELECT k.partner_id, 'contribution.received', '2026-12-01', $1::jsonb
        FROM used JOIN api_keys AS k ON k.id = used.api_key_id, generate_series(0, $4::integer) RETURNING id
      ),
      record AS (
        INSERT INTO webhook_events (id, event_type, payload)
        SELECT id, 'contribution.received', jsonb_build_object('event_id', id) FROM event
      ),
      numbered AS (SELECT event.id, row_number() OVER () - 1 AS nr FROM event)
      INSERT INTO webhook_deliveries (id, partner_event_id, webhook_endpoint_id, requeue_at)
      SELECT numbered.id, numbered.id, coalesce(e.id, (SELECT used.id FROM used)), now() - make_interval(secs => numbered.nr::integer)
      FROM numbered LEFT JOIN (SELECT endpoint.id, row_number() OVER () - 1 AS nr FROM endpoint) AS e
        ON numbered.nr > 0 AND e.nr = numbered.nr % $3::integer`,
    params: [payload, `${sink.origin}/hang`, String(endpoints), String(HANGING)],
  });
  const startedAt = performance.timeOrigin + performance.now();
  await platform.runJob("dispatch-webhooks");
  const [arrival] = await arrivals(sink, 1);
  await untilNone(platform, "SELECT count(*) FROM webhook_deliveries WHERE lease_until > now()");
  return (arrival?.at ?? Number.NaN) - startedAt;
}

async function signedLoop(loop: Miniflare, sink: Sink, payload: string, count: number): Promise<number> {
  const query = new URLSearchParams({ url: `${sink.origin}/hook`, count: String(count), at_once: String(AT_ONCE) });
  const body = JSON.stringify({ id: "evt_0", type: "contribution.received", data: JSON.parse(payload) });
  const startedAt = performance.timeOrigin + performance.now();
  const answer = await loop.dispatchFetch(`http://loop/?${query}`, { method: "POST", body });
  insist("what the signed loop delivered", await answer.text(), String(count));
  const arrived = await arrivals(sink, count);
  return count / (((arrived.at(-1)?.at ?? Number.NaN) - startedAt) / 1000);
}

async function startSignedLoop(): Promise<Miniflare> {
  const modules = await bundle("bench/workers/signed-loop.ts");
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      log: new NoOpLog(),
      workers: [
        {
          name: "loop",
          ...miniflareModules(modules),
          ...compatibilityOfWorker(),
        },
      ],
    }),
  );
  takeSignalsBack();
  await miniflare.ready;
  return miniflare;
}

/** Exactly so many requests to the sink. */
async function arrivals(sink: Sink, count: number) {
  const arrived = [];
  for (const deadline = Date.now() + ARRIVED_WITHIN_MS; arrived.length < count; ) {
    arrived.push(...(await sink.arrivals()));
    if (arrived.length >= count) break;
    if (Date.now() > deadline) throw new Error(`NOT CORRECT: ${arrived.length} of ${count} webhooks arrived`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  insist("webhooks that arrived", arrived.length, count);
  return arrived;
}

async function untilNone(platform: Platform, text: string): Promise<void> {
  for (const deadline = Date.now() + ARRIVED_WITHIN_MS; (await column(platform, text))[0] !== "0"; ) {
    if (Date.now() > deadline) throw new Error(`NOT CORRECT: still not none: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function column({ postgres }: Platform, text: string): Promise<string[]> {
  const { rows } = await postgres.query({ text, params: [] });
  return rows.map(([value]) => value ?? "");
}
