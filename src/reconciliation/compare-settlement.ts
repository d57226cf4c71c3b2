import { type SQL, sql } from "drizzle-orm";
import { reportPayment } from "#boards/report-payment";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { derivedId } from "#domain/ids";
import { cents } from "#domain/money";
import { zoneDate } from "#domain/time";
import type { ListedPayment, PaymentProvider } from "#payments/provider";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

const DAY_MS = 86_400_000;

/** `begunOn`: the day its contribution was opened. */
type Recorded = OurPayment & { begunOn: string };

type OurPayment = { providerPaymentId: string; reference: string; amountCents: number; day: string };

export type Difference = Readonly<{
  kind: "missing_at_provider" | "missing_here" | "amount_differs";
  providerPaymentId: string;
  reference: string | null;
  ourCents: number | null;
  theirCents: number | null;
}>;

/** `resolved`: of the differences, those whose money was taken to its board. */
export type Settlement = {
  provider: PaymentProviderName;
  ours: number;
  theirs: number;
  differences: number;
  resolved: number;
};

/**
 * Compares what we recorded on `day` (`YYYY-MM-DD`, in South Africa) with the provider's own list, keeps what differs,
 * and takes back what no longer does. Days need not agree: near midnight a payment is on the next one for one of the two,
 * and what reconciliation found late was paid days before. So theirs are listed from when our oldest was begun, and ours
 * are looked for by id. (product-facts 15)
 * @throws ProviderError when the provider cannot be asked; nothing is then kept.
 */
export async function compareSettlement(
  services: Services,
  provider: PaymentProvider,
  { day, now }: { day: string; now: Date },
): Promise<Settlement | null> {
  if (!provider.listPayments) return null;
  const onTheDay = await recordedPayments(services, provider.name, isRecordedOn(day));
  const from = onTheDay.map(({ begunOn }) => begunOn).reduce((a, b) => (a < b ? a : b), dayAfter(day, -1));
  const listed: ListedPayment[] = [];
  for await (const payment of provider.listPayments({ from, to: dayAfter(day, 1) })) listed.push(payment);
  const ids = JSON.stringify(onDay(listed, day).map(({ providerPaymentId }) => providerPaymentId));
  const known = await recordedPayments(
    services,
    provider.name,
    sql`p.provider_payment_id IN (SELECT jsonb_array_elements_text(${ids}::jsonb))`,
  );
  const recorded = [...onTheDay, ...known.filter((payment) => payment.day !== day)];
  const differences = differencesOf(recorded, listed, day);
  const resolved = await takeToBoards(services, provider.name, { differences, listed });
  await keep(services, provider.name, { day, now, recorded, listed, differences, resolved });
  const ours = recorded.filter((payment) => payment.day === day).length;
  return {
    provider: provider.name,
    ours,
    theirs: onDay(listed, day).length,
    differences: differences.length,
    resolved: resolved.length,
  };
}

/** What differs on `day`, given both lists for it and the days around it. */
export function differencesOf(
  recorded: readonly OurPayment[],
  listed: readonly ListedPayment[],
  day: string,
): Difference[] {
  const theirs = new Map(listed.map((payment) => [payment.providerPaymentId, payment]));
  const ours = new Map(recorded.map((payment) => [payment.providerPaymentId, payment]));
  const differences: Difference[] = [];
  for (const { providerPaymentId, reference, amountCents: ourCents, day: recordedOn } of recorded) {
    if (recordedOn !== day) continue;
    const theirCents = theirs.get(providerPaymentId)?.amount ?? null;
    if (theirCents === ourCents) continue;
    const kind = theirCents === null ? "missing_at_provider" : "amount_differs";
    differences.push({ kind, providerPaymentId, reference, ourCents, theirCents });
  }
  for (const { providerPaymentId, reference, amount: theirCents } of onDay([...theirs.values()], day)) {
    if (ours.has(providerPaymentId)) continue;
    differences.push({ kind: "missing_here", providerPaymentId, reference, ourCents: null, theirCents });
  }
  return differences;
}

/**
 * Money that only the provider knew of is taken to the board its reference names, as a callback about it would have been;
 * what has gone back since never counts there.
 * Gives the provider's ids of those payments.
 */
async function takeToBoards(
  services: Services,
  provider: PaymentProviderName,
  { differences, listed }: Pick<Comparison, "differences" | "listed">,
): Promise<string[]> {
  const wentBack = new Set(listed.filter((payment) => payment.wentBack).map((payment) => payment.providerPaymentId));
  const resolved: string[] = [];
  for (const { kind, providerPaymentId, reference, theirCents } of differences) {
    if (kind !== "missing_here" || reference === null || theirCents === null) continue;
    const about = { provider, reference, amount: cents(theirCents), providerPaymentId };
    const news = wentBack.has(providerPaymentId)
      ? ({ status: "refunded", providerStatus: "sent back", eventKey: `settlement:${providerPaymentId}:back` } as const)
      : ({ status: "completed", providerStatus: "settled", eventKey: `settlement:${providerPaymentId}` } as const);
    try {
      const said = await reportPayment(services, { ...about, ...news });
      if (!("refused" in said)) resolved.push(providerPaymentId);
    } catch (error) {
      // It stays a difference, and is taken there when its day is compared again.
      services.log({ event: "payment_not_recorded", provider, error: messageOf(error) });
    }
  }
  return resolved;
}

function onDay(listed: readonly ListedPayment[], day: string): ListedPayment[] {
  return listed.filter(({ at }) => zoneDate(at) === day);
}

async function recordedPayments(
  { database }: Services,
  provider: PaymentProviderName,
  which: SQL,
): Promise<Recorded[]> {
  const { rows } = await database.execute<{ id: string; reference: string; cents: number; day: string; begun: string }>(
    sql`
    SELECT p.provider_payment_id AS id, c.payment_ref AS reference, p.amount_cents AS cents,
      ${dayOf("p.recorded_at")} AS day, ${dayOf("c.created_at")} AS begun
    FROM provider_payments p JOIN contributions c ON c.id = p.contribution_id
    WHERE p.payment_provider = ${provider} AND ${which}`,
  );
  return rows.map(({ id, reference, cents, day, begun }) => ({
    providerPaymentId: id,
    reference,
    amountCents: cents,
    day,
    begunOn: begun,
  }));
}

/** By the instants at which the South African day begins and ends, for the index on the column. */
const isRecordedOn = (day: string): SQL => sql`
  p.recorded_at >= ${day}::date::timestamp AT TIME ZONE 'Africa/Johannesburg'
  AND p.recorded_at < ${dayAfter(day, 1)}::date::timestamp AT TIME ZONE 'Africa/Johannesburg'`;

/** The South African day of a column, `YYYY-MM-DD`. */
const dayOf = (column: "p.recorded_at" | "c.created_at"): SQL =>
  sql`to_char(${sql.raw(column)} AT TIME ZONE 'Africa/Johannesburg', 'YYYY-MM-DD')`;

type Comparison = {
  day: string;
  now: Date;
  recorded: readonly OurPayment[];
  listed: readonly ListedPayment[];
  differences: readonly Difference[];
  resolved: readonly string[];
};

/** One transaction: the report, what differs, what no longer does, and the mail about it. */
async function keep({ database }: Services, provider: PaymentProviderName, comparison: Comparison): Promise<void> {
  const { day, now, recorded, listed, differences, resolved } = comparison;
  const rows = differences.map((difference) => ({
    ...difference,
    resolved: resolved.includes(difference.providerPaymentId),
  }));
  const at = now.toISOString();
  const mailId = derivedId(now, "settlement_difference", `${provider} ${day}`);
  await database.batch([
    database.execute(sql`
      INSERT INTO settlement_reports (payment_provider, day, ours, theirs, differences, compared_at)
      VALUES (${provider}, ${day}, ${recorded.filter((payment) => payment.day === day).length},
        ${onDay(listed, day).length}, ${differences.length}, ${at})
      ON CONFLICT (payment_provider, day) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs,
        differences = excluded.differences, compared_at = excluded.compared_at`),
    database.execute(sql`
      UPDATE settlement_differences SET resolved_at = ${at}, resolution = 'comparison'
      WHERE payment_provider = ${provider} AND day = ${day} AND resolved_at IS NULL`),
    database.execute(sql`
      INSERT INTO settlement_differences (payment_provider, provider_payment_id, kind, day, reference, our_cents,
        their_cents, found_at, resolved_at, resolution, note)
      SELECT ${provider}::payment_provider, "providerPaymentId", kind, ${day}::date, reference, "ourCents", "theirCents",
        ${at}::timestamptz, CASE WHEN resolved THEN ${at}::timestamptz END, CASE WHEN resolved THEN 'comparison' END,
        CASE WHEN resolved THEN 'taken to its board' END
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r("providerPaymentId" text, kind text,
        reference text, "ourCents" integer, "theirCents" integer, resolved boolean)
      ON CONFLICT (payment_provider, provider_payment_id, kind) DO UPDATE SET our_cents = excluded.our_cents,
        their_cents = excluded.their_cents, resolved_at = excluded.resolved_at, resolution = excluded.resolution,
        note = excluded.note
        WHERE settlement_differences.resolution IS DISTINCT FROM 'person'`),
    database.execute(sql`
      INSERT INTO mail_messages (id, kind, provider, day, recipient, dedupe_key)
      SELECT ${mailId}::uuid, 'settlement_difference', ${provider}::payment_provider, ${day}::date, 'admins',
        ${`settlement_difference/${provider} ${day}`}
      WHERE ${differences.length - resolved.length}::int > 0
      ON CONFLICT DO NOTHING`),
  ]);
}

/** So many days back a comparison that failed is made up for. */
const CATCH_UP_DAYS = 3;

/**
 * Yesterday, and before it the days that could not be compared, oldest first. A provider that is new has none to make up
 * for: those count from its first comparison on.
 */
export async function daysToCompare(
  { database }: Services,
  provider: PaymentProviderName,
  yesterday: string,
): Promise<string[]> {
  const { rows } = await database.execute<{ first: string | null; compared: string[] }>(sql`
    SELECT to_char(min(day), 'YYYY-MM-DD') AS first,
      coalesce(jsonb_agg(to_char(day, 'YYYY-MM-DD')) FILTER (WHERE day < ${yesterday}::date
        AND day >= ${yesterday}::date - ${CATCH_UP_DAYS}::int), '[]') AS compared
    FROM settlement_reports WHERE payment_provider = ${provider}`);
  const { first, compared } = rows[0] ?? { first: null, compared: [] };
  const days = Array.from({ length: CATCH_UP_DAYS }, (_, n) => dayAfter(yesterday, n - CATCH_UP_DAYS));
  const missed = days.filter((day) => first !== null && day > first && !compared.includes(day));
  return [...missed, yesterday];
}

export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
