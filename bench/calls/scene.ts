import { cents } from "#domain/money";
import type { Services } from "#platform/services";
import type { House } from "../../test/reconciliation/support.ts";
import type { Explainer } from "../explain.ts";
import { SEEDED_KEYS } from "../seed-large.ts";

/** What the calls work on: the product's own services on seeded rows, with boards in memory. */

/** Statements of requests, of the projection and of jobs that run every few minutes; and of those that run at night. In ms. */
export const BUDGETS = { online: 50, nightly: 200 } as const;
export type Kind = keyof typeof BUDGETS;

export type Scene = Readonly<{
  services: Services;
  house: House;
  now: Date;
  seeded: Seeded;
  /** The statements of `work` are explained; what is issued outside of it only prepares. */
  explain(work: () => Promise<unknown>): Promise<void>;
}>;

export type Call = Readonly<{ name: string; kind: Kind; play(scene: Scene): Promise<unknown> }>;

export const SETTINGS = {
  CARD_DATA_ENCRYPTION_KEY: SEEDED_KEYS,
  RESEND_API_KEY: "re_test",
  ADMIN_EMAIL_ALLOWLIST: "admin@chipin.example",
};

export type Seeded = ReturnType<typeof seededRows>;

/** Rows of the seeding by what they are. @throws Error when there is none of the kind */
export function seededRows({ database: { postgres } }: Explainer) {
  const row = async (text: string): Promise<string[]> => {
    const { rows } = await postgres.query({ text, params: [] });
    const [found] = rows;
    if (!found) throw new Error(`the seeding has no row of: ${text}`);
    return found.map((value) => value ?? "");
  };
  const one = async (text: string) => (await row(text))[0] ?? "";
  return {
    /** The board with the most contributions, its host, and its partner, who has the most boards. */
    biggest: async () => {
      const [id = "", partnerId = "", hostId = ""] = await row(
        "SELECT id, partner_id, host_id FROM dream_boards WHERE id = (SELECT dream_board_id FROM board_pots ORDER BY contribution_count DESC LIMIT 1)",
      );
      return { id, partnerId, hostId };
    },
    ended: () => one("SELECT id FROM dream_boards WHERE status = 'paid_out' LIMIT 1"),
    apiKey: () => one("SELECT api_key_id FROM webhook_endpoints LIMIT 1"),
    endpointOf: (partnerId: string) =>
      one(`SELECT w.id FROM webhook_endpoints w JOIN api_keys k ON k.id = w.api_key_id
        WHERE k.partner_id = '${partnerId}' AND w.is_active LIMIT 1`),
    event: (partnerId: string) => one(`SELECT id FROM partner_events WHERE partner_id = '${partnerId}' LIMIT 1`),
    partnerOf: (apiKeyId: string) => one(`SELECT partner_id FROM api_keys WHERE id = '${apiKeyId}'`),
    delivery: () => one("SELECT delivery_id FROM webhook_attempts LIMIT 1"),
    mail: (kind: string) =>
      one(`UPDATE mail_messages SET status = 'pending', attempts = 0, next_attempt_at = created_at + interval '5 minutes'
      WHERE id = (SELECT id FROM mail_messages WHERE kind = '${kind}' AND created_at < (
        SELECT max(created_at) FROM mail_messages) - interval '1 hour' ORDER BY created_at DESC LIMIT 1) RETURNING id`),
    adminMail: () =>
      one(`INSERT INTO mail_messages (kind, dream_board_id, recipient, dedupe_key, next_attempt_at)
      SELECT 'money_needs_a_person', dream_board_id, 'admins', gen_random_uuid()::text, created_at FROM refunds WHERE status = 'failed' LIMIT 1
      RETURNING id`),
    partnerMail: () =>
      one(`INSERT INTO mail_messages (kind, webhook_endpoint_id, recipient, dedupe_key, next_attempt_at)
      SELECT 'webhook_endpoint_failing', id, 'partner', gen_random_uuid()::text, created_at FROM webhook_endpoints LIMIT 1 RETURNING id`),
    settlementMail: () =>
      one(`INSERT INTO mail_messages (kind, provider, day, recipient, dedupe_key, next_attempt_at)
      SELECT 'settlement_difference', payment_provider, day, 'admins', gen_random_uuid()::text, found_at FROM settlement_differences
      WHERE resolved_at IS NULL LIMIT 1 RETURNING id`),
    giftCard: async () => {
      const [payoutId = "", externalRef = ""] = await row("SELECT payout_id, external_ref FROM gift_cards LIMIT 1");
      return { payoutId, externalRef };
    },
    openDifference: () => one("SELECT id FROM settlement_differences WHERE resolved_at IS NULL LIMIT 1"),
    /** The provider's own list of a day, which says the same as ours. */
    providerList: async (provider: string, day: string) => {
      const { rows } = await postgres.query({
        text: `SELECT p.provider_payment_id, c.payment_ref, p.amount_cents, p.recorded_at::text
          FROM provider_payments p JOIN contributions c ON c.id = p.contribution_id
          WHERE p.payment_provider = $1::payment_provider AND p.recorded_at >= $2::date - 1 AND p.recorded_at < $2::date + 2`,
        params: [provider, day],
      });
      return rows.map(([id, reference, amount, at]) => ({
        providerPaymentId: id ?? "",
        reference: reference ?? null,
        amount: cents(Number(amount)),
        at: new Date(at ?? ""),
        wentBack: false,
      }));
    },
  };
}

export const online = (name: string, play: Call["play"]): Call => ({ name, kind: "online", play });
export const nightly = (name: string, play: Call["play"]): Call => ({ name, kind: "nightly", play });
