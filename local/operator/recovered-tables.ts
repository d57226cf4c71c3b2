/**
 * How each table is filled again after Postgres was restored to an earlier point:
 *
 * | word        | what is done                                                                          |
 * | ----------- | ------------------------------------------------------------------------------------- |
 * | `first`     | its rows are copied from the database as it was, before the boards project again        |
 * | `logs`      | the boards project it again                                                             |
 * | `last`      | its rows are copied afterwards, because they name rows that come from the boards         |
 * | `nothing`   | it fills again by itself, or what is lost does no harm (docs/operate.md, Recovery)       |
 *
 * A table that is missing here fails `test/local/recover-postgres.test.ts`.
 */
export const RECOVERED_TABLES: Readonly<Record<string, "first" | "logs" | "last" | "nothing">> = {
  partners: "first",
  partner_limits: "first",
  partner_sandboxes: "first",
  hosts: "first",
  api_keys: "first",
  api_key_terms: "first",
  webhook_endpoints: "first",
  webhook_endpoint_states: "first",
  retired_webhook_secrets: "first",
  partner_contacts: "first",
  partner_events: "first",
  causes: "first",
  dream_boards: "logs",
  contributions: "logs",
  payouts: "logs",
  payout_items: "logs",
  board_events: "logs",
  board_pots: "logs",
  board_flags: "logs",
  contributor_visibility: "logs",
  karri_cards: "logs",
  mail_messages: "logs",
  payment_losses: "logs",
  payment_requests: "logs",
  payout_executions: "logs",
  payout_holds: "logs",
  provider_payments: "logs",
  refunds: "logs",
  webhook_deliveries: "logs",
  webhook_events: "logs",
  audit_logs: "last",
  board_notes: "last",
  board_managers: "last",
  board_reports: "last",
  consents: "last",
  erasures: "last",
  gift_cards: "last",
  pictures: "last",
  board_differences: "nothing",
  board_lags: "nothing",
  dead_letters: "nothing",
  email_changes: "nothing",
  idempotency_keys: "nothing",
  job_runs: "nothing",
  job_states: "nothing",
  projection_failures: "nothing",
  reencryption_walks: "nothing",
  schema_migrations: "nothing",
  settlement_differences: "nothing",
  settlement_reports: "nothing",
  silent_webhook_endpoints: "nothing",
  verified_api_keys: "nothing",
  webhook_attempts: "nothing",
};
