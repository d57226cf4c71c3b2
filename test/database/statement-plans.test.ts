import { type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explainWorker } from "../../bench/calls/explain-worker.ts";
import { type Explainer, startExplainer } from "../../bench/explain.ts";
import { seedLarge } from "../../bench/seed-large.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

const NOW = new Date("2027-02-20T00:40:00Z");
const SIZE = { boards: 2_000, contributions: 20_000 };
/** At full size each of these tables has at least 10,000 rows. */
const LARGE_ROWS = 200;
/**
 * At full size every table has 50 times the pages. A walk over a whole table costs here what it costs there, and a look-up by
 * an index stays as cheap, so the planner chooses as it does there.
 */
const PLANNER = ["seq_page_cost=50"];
/** Along an index of two thousand rows, which costs less than finding them does. At full size the planner has others. */
const WALKED_WHILE_SMALL = new Set([
  "compare-boards, queued: dream_boards",
  "compare-boards: dream_boards",
  "reencrypt: dream_boards",
]);

/** Not on the embedded Postgres: it has one connection, and the seeding and the explained transaction take three. */
describe.skipIf(!process.env.TEST_POSTGRES_URL)(
  "the statements of the Worker, on a real Postgres",
  { timeout: 120_000 },
  () => {
    let database: TestDatabase;
    let explainer: Explainer;
    beforeAll(async () => {
      database = await startTestDatabase();
      await seedLarge(database.databaseUrl, SIZE, { now: NOW });
      explainer = await startExplainer(database.databaseUrl, { measured: 0, occurrences: 5, planner: PLANNER });
    });
    afterAll(async () => {
      await explainer?.stop();
      await database?.stop();
    });

    /** The calls whose plans read a large table from end to end, each with those tables. */
    async function wholeReads(only?: string): Promise<string[]> {
      const statements = await explainWorker(explainer, NOW, only);
      expect(statements).not.toEqual([]);
      const found = statements.flatMap(({ call, plan }) =>
        explainer.tablesReadWhole(plan, LARGE_ROWS).map((table) => `${call}: ${table}`),
      );
      return [...new Set(found)].sort();
    }

    it("no statement of requests, projection and jobs reads a large table from end to end", async () => {
      const found = await wholeReads();
      expect(found.filter((read) => !WALKED_WHILE_SMALL.has(read))).toEqual([]);
    });

    it("a look-up that an index does not begin with is noticed", async () => {
      const { database: explained, explain, inTransaction, tablesReadWhole } = explainer;
      const lookUp = (condition: SQL) =>
        inTransaction(() =>
          explain(() => explained.db.execute(sql`SELECT amount_cents FROM contributions WHERE ${condition}`)),
        );
      const [alone] = await lookUp(sql`payment_ref = 'none'`);
      const [both] = await lookUp(sql`payment_provider = 'payfast' AND payment_ref = 'none'`);

      expect(alone && tablesReadWhole(alone.plan, LARGE_ROWS)).toEqual(["contributions"]);
      expect(both && tablesReadWhole(both.plan, LARGE_ROWS)).toEqual([]);
    });

    it("a statement whose index is missing is noticed", async () => {
      const rows = [
        ["idx_board_events_at", "compare-boards", "board_events"],
        ["idx_provider_payments_recorded", "compare-settlements", "provider_payments"],
        ["idx_webhook_deliveries_requeue, idx_webhook_deliveries_due", "dispatch-webhooks", "webhook_deliveries"],
        ["own_contributions_with_origin", "scrub-origins", "contributions"],
        ["idx_payment_requests_due", "reconcile-payments", "payment_requests"],
        ["idx_refunds_status", "reviewQueue", "refunds"],
        ["idx_job_runs_name", "latestJobRuns", "job_runs"],
        ["idx_mail_messages_board", "sendMails", "mail_messages"],
      ] as const;
      const indexes = rows.map(([index]) => index).join(", ");
      await database.postgres.session((session) => session.script(`DROP INDEX ${indexes}`));

      const found: string[][] = [];
      for (const [, call] of rows) found.push(await wholeReads(call));

      expect(rows.map(([index, call], nth) => [index, call, found[nth]])).toEqual(
        rows.map(([index, call, table]) => [index, call, expect.arrayContaining([`${call}: ${table}`])]),
      );
    });
  },
);
