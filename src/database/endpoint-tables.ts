import { isNotNull, sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uuid, varchar } from "drizzle-orm/pg-core";
import { id, instant, oneOf, references } from "./columns.ts";
import { partners, webhookEndpoints } from "./schema.ts";

/** What we need beside the specified `webhook_endpoints`: how an endpoint stands, its older secrets, and whom to write to about it. */

export const ENDPOINT_STATES = ["active", "paused", "disabled", "deleted"] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** `registered`, `resumed`: active. `requested`: paused or deleted by the partner. `failing`, `gone`, `key_ended`: disabled by us. */
export const ENDPOINT_REASONS = ["registered", "resumed", "requested", "failing", "gone", "key_ended"] as const;
export type EndpointReason = (typeof ENDPOINT_REASONS)[number];

/** `is_active` of the endpoint is true exactly while it is `active`; both are written by one statement. */
export const endpointStates = pgTable(
  "webhook_endpoint_states",
  {
    webhookEndpointId: uuid("webhook_endpoint_id").primaryKey(),
    state: varchar("state", { length: 20, enum: ENDPOINT_STATES }).notNull(),
    reason: varchar("reason", { length: 20, enum: ENDPOINT_REASONS }).notNull(),
    since: instant("since").notNull(),
    /** The first failed attempt after the last success. Null after a success, and before the first attempt. */
    failingSince: instant("failing_since"),
    /** What the last failed attempt was answered; null without an answer. */
    lastFailureCode: integer("last_failure_code"),
    /** When the partner was warned of this failing. */
    warnedAt: instant("warned_at"),
  },
  (table) => [
    references(table.webhookEndpointId, webhookEndpoints.id, "cascade"),
    check("webhook_endpoint_states_state_valid", oneOf(table.state, ENDPOINT_STATES)),
    check("webhook_endpoint_states_reason_valid", oneOf(table.reason, ENDPOINT_REASONS)),
    index("idx_webhook_endpoint_states_failing").on(table.failingSince).where(isNotNull(table.failingSince)),
  ],
);

/** Secrets that were replaced and still sign, beside the one in `webhook_endpoints`. */
export const retiredSecrets = pgTable(
  "retired_webhook_secrets",
  {
    id: id(),
    webhookEndpointId: uuid("webhook_endpoint_id").notNull(),
    /** Ciphertext. */
    secret: text("secret").notNull(),
    retiredAt: instant("retired_at").notNull(),
    validUntil: instant("valid_until").notNull(),
  },
  (table) => [
    references(table.webhookEndpointId, webhookEndpoints.id, "cascade"),
    check("retired_webhook_secrets_order_valid", sql`${table.validUntil} > ${table.retiredAt}`),
    index("idx_retired_webhook_secrets_endpoint").on(table.webhookEndpointId),
    index("idx_retired_webhook_secrets_valid").on(table.validUntil),
  ],
);

/** Whom operators named for mail about a partner's integration. */
export const partnerContacts = pgTable(
  "partner_contacts",
  {
    partnerId: uuid("partner_id").primaryKey(),
    /** Encrypted. */
    email: text("email").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [references(table.partnerId, partners.id, "cascade")],
);
