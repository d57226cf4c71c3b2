import { randomUUID } from "node:crypto";
import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newId } from "#domain/ids";
import { addDays } from "#domain/time";
import { erasingStatement } from "#privacy/erasures";
import { erasingOrigins, selectDueOrigins, selectHeldBoards } from "#privacy/origins";
import { ORIGIN_DAYS, PURGES, type Purge, purging } from "#privacy/purges";
import { selectBoardsToAnonymise } from "../../src/jobs/anonymise-boards.ts";
import { aBoard, startTestDatabase, type TestDatabase } from "../support/database.ts";

const NOW = new Date("2027-02-20T00:40:00Z");
const ROWS = 4_000;
const LIMIT = 20;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  const { id: board, partnerId: partner } = await aBoard(database.db);
  const [key, endpoint] = [randomUUID(), randomUUID()];
  // One row in fifty is older than its period; most of the old ones have been erased already.
  const at = (days: number) =>
    `timestamptz '${NOW.toISOString()}' - interval '${days} days' * CASE WHEN n % 5 = 0 THEN 1.5 ELSE 0.5 END - n * interval '1 ms'`;
  const held = (text: string) => `CASE WHEN n % 5 = 0 AND n % 50 <> 0 THEN NULL ELSE ${text} END`;
  await database.postgres.session((session) =>
    session.script(`
      CREATE TEMP TABLE n AS SELECT n, md5(n::text)::uuid AS id FROM generate_series(1, ${ROWS}) AS n;
      INSERT INTO contributions (id, partner_id, dream_board_id, amount_cents, fee_cents, payment_provider, payment_ref,
          ip_address, user_agent, created_at)
        SELECT id, '${partner}', '${board}', 20000, 600, 'payfast', n::text, ${held("'203.0.113.7'")}::inet,
          ${held("'Firefox'")}, ${at(ORIGIN_DAYS)} FROM n;
      INSERT INTO api_keys (id, partner_id, partner_name, key_hash, key_prefix)
        VALUES ('${key}', '${partner}', 'partner', 'hash', 'cpk_test_abc');
      INSERT INTO webhook_endpoints (id, api_key_id, url, secret) VALUES ('${endpoint}', '${key}', 'https://a.test', 's');
      INSERT INTO webhook_events (id, api_key_id, event_type, payload, created_at)
        SELECT id, '${key}', 'pot.funded', coalesce(${held(`'{"child_name": "Maya"}'`)}, '{"erased": true}')::jsonb,
          ${at(90)} FROM n;
      INSERT INTO partner_events (id, partner_id, type, api_version, data, created_at)
        SELECT id, '${partner}', 'pot.funded', '2026-12-01', '{}', ${at(90)} FROM n;
      INSERT INTO webhook_deliveries (id, partner_event_id, webhook_endpoint_id) SELECT id, id, '${endpoint}' FROM n;
      INSERT INTO webhook_attempts (delivery_id, attempt, attempted_at, latency_ms, response_body)
        SELECT id, 1, ${at(90)}, 1, ${held("'thanks'")} FROM n;
      INSERT INTO idempotency_keys (api_key_id, route, key, fingerprint, resource_id, lease_until, created_at)
        SELECT '${key}', 'route', n::text, 'f', id, ${at(1)}, ${at(1)} FROM n;
      INSERT INTO job_runs (id, name, started_at, as_of) SELECT id, 'a-job', ${at(90)}, ${at(90)} FROM n;
      INSERT INTO dead_letters (queue, subject, first_died_at, last_died_at, resolved_at)
        SELECT 'mail', n::text, now(), now(), ${at(90)} FROM n;
      INSERT INTO projection_failures (dream_board_id, seq, event_type, message, first_failed_at, last_failed_at,
          resolved_at)
        SELECT id, 1, 'board_opened', 'refused', ${at(90)}, ${at(90)}, CASE WHEN n % 100 > 0 THEN ${at(90)} END FROM n;
      INSERT INTO settlement_differences (id, payment_provider, provider_payment_id, kind, day, found_at, resolved_at,
          note)
        SELECT id, 'ozow', n::text, 'missing_here', '2026-01-01', ${at(90)}, ${at(90)}, ${held("'a note'")} FROM n;
      INSERT INTO board_managers (dream_board_id, invited_by, invited_email, invited_at, token_digest, host_id, accepted_at)
        SELECT id, id, 'a@example.com', ${at(30)}, ${held("n::text")},
          CASE WHEN ${held("1")} IS NULL THEN id END, CASE WHEN ${held("1")} IS NULL THEN now() END FROM n;
      INSERT INTO email_changes (host_id, new_email, token_digest, asked_at)
        SELECT id, 'a@example.com', n::text, ${at(1)} FROM n;
      INSERT INTO board_reports (id, dream_board_id, reason, reported_at) SELECT id, id, 'fake', ${at(90)} FROM n;
      INSERT INTO erasures (id, cause, counts, at, note)
        SELECT id, 'erase-host', '{}', ${at(90)}, ${held("'a note'")} FROM n;
      INSERT INTO dream_boards (id, partner_id, host_id, slug, child_name, child_photo_url, birthday_date, gift_type,
          gift_data, goal_cents, payout_method, overflow_gift_data, deadline, status, payout_email, created_at, updated_at)
        SELECT n.id, partner_id, host_id, n::text, child_name, child_photo_url, birthday_date, gift_type, gift_data,
          goal_cents, payout_method, overflow_gift_data, deadline, 'paid_out',
          coalesce(${held("'a@example.com'")}, 'anonymized@chipin.co.za'), b.created_at, ${at(90)}
        FROM n, dream_boards b WHERE b.id = '${board}';
      INSERT INTO payouts (id, partner_id, dream_board_id, type, gross_cents, fee_cents, net_cents, recipient_data, status,
          created_at)
        SELECT id, '${partner}', id, 'takealot_gift_card', 1, 0, 1,
          coalesce(${held(`'{"encrypted": "k1.abc"}'`)}, '{"erased": true}')::jsonb, 'completed', ${at(2_558)} FROM n;
      INSERT INTO payout_items (payout_id, dream_board_id, type, amount_cents, metadata, created_at)
        SELECT id, id, 'gift', 1, CASE WHEN n % 50 = 0 THEN '{"a": 1}'::jsonb END, ${at(2_558)} FROM n;
      INSERT INTO audit_logs (actor_type, action, target_type, target_id, created_at)
        SELECT 'system', 'a.test', 'test', n::text, ${at(2_558)} FROM n;
      DROP TABLE n;
      ANALYZE`),
  );
});
afterAll(() => database.stop());

/** The indexes that the plan reads, and the tables that it reads from end to end. */
async function scansOf(statement: SQL) {
  const { sql: text, params } = new PgDialect().sqlToQuery(statement);
  const values = params.map((param) => (param === null ? null : String(param)));
  const { rows } = await database.postgres.query({ text: `EXPLAIN ${text}`, params: values });
  const plan = rows.map(([line]) => line).join("\n");
  return {
    indexes: [...new Set(plan.match(/(?<=Index (?:Only )?Scan (?:Backward )?(?:using|on) )\w+/g))].sort(),
    whole: plan.match(/(?<=Seq Scan on )\w+/g) ?? [],
  };
}

it("every statement of the purges finds its rows by an index", async () => {
  const before = addDays(NOW, -ORIGIN_DAYS);
  const erasure = { id: newId(NOW), cause: "a-test", at: NOW };
  const ids = Array.from({ length: LIMIT }, () => randomUUID());
  const purges: readonly Purge[] = Object.values(PURGES).flat();
  const plans = [
    ...purges.map((purge): [string, SQL] => [
      purge.table,
      erasingStatement(purging(purge, NOW, LIMIT), "rows", erasure),
    ]),
    ["due origins", selectDueOrigins(before, { limit: LIMIT, except: ids })],
    ["erased origins", erasingStatement(erasingOrigins(ids), "rows", erasure)],
    ["held boards", selectHeldBoards(LIMIT)],
    ["boards to anonymise", selectBoardsToAnonymise(addDays(NOW, -90), { after: null, limit: LIMIT })],
  ] as const;

  const found: Record<string, unknown> = {};
  for (const [name, statement] of plans) found[name] = await scansOf(statement);

  const by = (index: string) => ({ indexes: [index], whole: [] });
  expect(found).toEqual({
    partner_events: by("idx_partner_events_created"),
    webhook_events: by("own_webhook_events_with_body"),
    webhook_attempts: by("idx_webhook_attempts_with_body"),
    idempotency_keys: by("idx_idempotency_keys_created"),
    job_runs: by("idx_job_runs_started"),
    projection_failures: by("idx_projection_failures_resolved"),
    dead_letters: by("idx_dead_letters_resolved"),
    settlement_differences: by("idx_settlement_differences_with_note"),
    board_managers: by("idx_board_managers_open"),
    email_changes: by("idx_email_changes_asked"),
    board_reports: by("idx_board_reports_reported"),
    erasures: by("idx_erasures_with_note"),
    payouts: by("own_payouts_with_recipient"),
    payout_items: by("own_payout_items_with_metadata"),
    audit_logs: by("own_audit_logs_by_age"),
    "due origins": by("own_contributions_with_origin"),
    "erased origins": by("contributions_pkey"),
    "held boards": by("idx_projection_failures_open"),
    "boards to anonymise": { indexes: ["own_dream_boards_to_anonymise", "own_payouts_open"], whole: [] },
  });
});
