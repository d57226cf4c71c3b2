import { expect, it } from "vitest";
import { POSTGRES } from "#privacy/registry";

/**
 * What becomes of each table that holds personal data when a host asks for their own: `yes`, or why not. A new table fails here until
 * it is decided.
 */
const IN_THE_EXPORT: Readonly<Record<string, string>> = {
  hosts: "yes",
  dream_boards: "yes",
  contributions: "yes",
  payouts: "yes",
  audit_logs: "yes",
  board_notes: "yes",
  board_flags: "yes",
  refunds: "yes",
  board_managers: "yes",
  email_changes: "yes",
  payout_items: "it holds amounts only, and they are in the payouts",
  karri_cards: "the name on the card is in the recipient of its payout",
  partner_contacts: "it is about people at partners",
  partner_events: "it repeats the board, for its partner",
  webhook_events: "it is what partners answered",
  webhook_attempts: "it is what partners answered",
  idempotency_keys: "it repeats the board, for a day",
  board_reports: "a visitor wrote it, in confidence",
  gift_cards: "a code is as good as cash: it goes to the payout address only",
  settlement_differences: "it is about our books with a provider",
  projection_failures: "it is about our machines",
  job_runs: "it is about our machines",
  dead_letters: "it is about our machines",
  erasures: "it is about erased people",
};

it("the export of a host has every store of personal data, or there is a reason why not", () => {
  const holding = Object.entries(POSTGRES)
    .filter(([, { holds = {} }]) => Object.keys(holds).length > 0)
    .map(([table]) => table);

  expect(holding.filter((table) => IN_THE_EXPORT[table] === undefined)).toEqual([]);
});
