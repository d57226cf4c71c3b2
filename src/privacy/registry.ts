import type { BoardProfile, ContributorProfile } from "#domain/board/profile";

/*
 * Every place that can hold personal data: what it is, how long it is kept, and what erases it. (data-models "Data Privacy
 * Classifications", product-facts 18) A column, key or binding that is not here fails a test, so that whoever adds one
 * decides. docs/privacy.md shows the same as tables.
 */

/** As data-models classifies. */
export type DataClass = "PII" | "PII (Minor)" | "PII (encrypted)" | "Metadata" | "Non-PII";

export type Period =
  | "seconds"
  /** While the page is open. */
  | "while connected"
  | "1 minute"
  | "1 hour"
  | "24 hours"
  | "7 days"
  | "30 days"
  /** A login of 30 days at most, and 7 more of a draft that it saved last. */
  | "37 days"
  | "90 days"
  /** After the board was paid out, cancelled or expired, or closed without money. */
  | "90 days after the end"
  | "7 years"
  /** Of the account, or of the pause. */
  | "lifetime"
  | "the provider's";

/** What erases. `job`: a scheduled job of that name. `act`: an operator's. `planned`: not built yet. */
export const ERASERS = {
  "scrub-origins": { kind: "job", does: "overwrites addresses and browsers in the board's object, then in Postgres" },
  "purge-webhook-bodies": {
    kind: "job",
    does: "deletes events with their deliveries and attempts; overwrites the answers to webhooks",
  },
  "purge-idempotency-keys": { kind: "job", does: "deletes the rows" },
  "purge-old-records": {
    kind: "job",
    does: "deletes job runs, reports of boards, resolved projection failures, resolved dead letters, and invitations and changes of address that were not accepted; overwrites notes",
  },
  "anonymise-boards": {
    kind: "job",
    does: "overwrites what a board says about people, in its object and in Postgres, and deletes its pictures; so does the erasure of its host, at once",
  },
  "erase-host": {
    kind: "act",
    does: "overwrites a host, after their boards; takes e-mail and address out of their audit rows; deletes their account object",
  },
  "sweep-pictures": { kind: "job", does: "deletes pictures that became part of no board, and their rows" },
  "purge-financial-records": { kind: "job", does: "overwrites who was paid" },
  "purge-audit-log": { kind: "job", does: "deletes the rows" },
} as const satisfies Record<string, Readonly<{ kind: "job" | "act" | "planned"; does: string }>>;

export type Eraser = keyof typeof ERASERS | `by itself: ${string}` | `by hand: ${string}`;

export type Holding = readonly [what: string, dataClass: DataClass, period: Period, eraser: Eraser];

/** Why something cannot hold personal data. */
export type Reason =
  | "id" // of ours, random
  | "provider id" // of a payment or mail, random; the provider knows whose
  | "amount"
  | "count"
  | "instant"
  | "status" // one of our words: a kind, a status, a cause, a version
  | "text of ours" // a fixed sentence or a short code
  | "digest"
  | "secret" // encrypted, of a partner
  | "partner" // about a company
  | "log"; // events, which hold no personal data by rule (events.ts)

/** `none`: names by their reason, separated by spaces. */
export type Store = Readonly<{
  holds?: Readonly<Record<string, Holding>>;
  none?: Readonly<Partial<Record<Reason, string>>>;
}>;

const ended = (what: string, dataClass: DataClass): Holding => [
  what,
  dataClass,
  "90 days after the end",
  "anonymise-boards",
];
const origin = (what: string, dataClass: DataClass): Holding => [what, dataClass, "30 days", "scrub-origins"];
const webhook = (what: string, dataClass: DataClass): Holding => [what, dataClass, "90 days", "purge-webhook-bodies"];
const record = (what: string): Holding => [what, "Metadata", "90 days", "purge-old-records"];
const financial = (what: string, dataClass: DataClass): Holding => [
  what,
  dataClass,
  "7 years",
  "purge-financial-records",
];
const audited = (what: string, dataClass: DataClass): Holding => [what, dataClass, "7 years", "purge-audit-log"];

/** The tables of Postgres and their columns. */
export const POSTGRES: Readonly<Record<string, Store>> = {
  hosts: {
    holds: {
      email: ["the parent's e-mail address", "PII", "lifetime", "erase-host"],
      name: ["the parent's name", "PII", "lifetime", "erase-host"],
    },
    none: { id: "id", instant: "created_at updated_at" },
  },
  dream_boards: {
    holds: {
      slug: ended("the child's name", "PII (Minor)"),
      child_name: ended("the child's first name", "PII (Minor)"),
      child_photo_url: ended("the address of the child's photo", "PII (Minor)"),
      birthday_date: ended("the child's birthday", "PII (Minor)"),
      gift_data: ended("the gift; names and pictures where a parent entered it", "PII (Minor)"),
      overflow_gift_data: ended("the cause", "Non-PII"),
      karri_card_number: ended("the card's number", "PII (encrypted)"),
      message: ended("the parent's words", "PII"),
      payout_email: ended("the parent's e-mail address", "PII"),
    },
    none: {
      id: "id partner_id host_id",
      amount: "goal_cents",
      status: "gift_type payout_method status",
      instant: "deadline created_at updated_at",
    },
  },
  contributions: {
    holds: {
      contributor_name: ended("the guest's name", "PII"),
      message: ended("the guest's words", "PII"),
      ip_address: origin("the guest's address", "PII"),
      user_agent: origin("the guest's browser", "Metadata"),
    },
    none: {
      id: "id partner_id dream_board_id payment_ref",
      amount: "amount_cents fee_cents net_cents",
      status: "payment_provider payment_status",
      instant: "created_at updated_at",
    },
  },
  payouts: {
    holds: {
      recipient_data: financial(
        "who is paid: e-mail, card, the child's name; without them 90 days after the end",
        "PII (encrypted)",
      ),
      error_message: ended("what went wrong at the recipient's side", "Metadata"),
    },
    none: {
      id: "id partner_id dream_board_id",
      "provider id": "external_ref",
      amount: "gross_cents fee_cents net_cents",
      status: "type status",
      instant: "created_at completed_at",
    },
  },
  payout_items: {
    holds: { metadata: financial("nothing yet", "Metadata") },
    none: { id: "id payout_id dream_board_id", amount: "amount_cents", status: "type", instant: "created_at" },
  },
  audit_logs: {
    holds: {
      actor_email: audited("who acted", "PII"),
      ip_address: audited("from where people acted", "PII"),
      metadata: audited(
        "ids and codes; an operator's reason for a pause, for a partner's limits, or for what was done with a key, a contact or a cause",
        "Metadata",
      ),
    },
    none: { id: "id actor_id target_id", status: "actor_type action target_type", instant: "created_at" },
  },
  partners: { none: { id: "id", partner: "name", instant: "created_at" } },
  api_keys: {
    none: {
      id: "id partner_id",
      partner: "partner_name key_prefix",
      digest: "key_hash",
      status: "scopes is_active",
      count: "rate_limit",
      instant: "created_at last_used_at",
    },
  },
  partner_sandboxes: { none: { id: "sandbox_partner_id partner_id", instant: "created_at" } },
  api_key_terms: {
    none: {
      id: "api_key_id line_id replaces",
      partner: "allowed_addresses",
      count: "burst_limit",
      instant: "expires_at revoked_at",
    },
  },
  partner_limits: { none: { id: "partner_id", count: "boards_per_host", instant: "updated_at" } },
  causes: {
    none: {
      id: "id",
      "text of ours": "name organisation npo_number description image impacts",
      status: "category is_active",
      count: "sort",
      instant: "created_at updated_at",
    },
  },
  verified_api_keys: { none: { id: "api_key_id", digest: "digest key_hash_digest", instant: "verified_at" } },
  webhook_endpoints: {
    none: {
      id: "id api_key_id",
      partner: "url",
      secret: "secret",
      status: "events is_active",
      instant: "created_at updated_at",
    },
  },
  webhook_endpoint_states: {
    none: {
      id: "webhook_endpoint_id",
      status: "state reason last_failure_code",
      instant: "since failing_since warned_at",
    },
  },
  retired_webhook_secrets: {
    none: { id: "id webhook_endpoint_id", secret: "secret", instant: "retired_at valid_until" },
  },
  partner_contacts: {
    holds: {
      email: [
        "the e-mail address of a person at a partner",
        "PII (encrypted)",
        "lifetime",
        "by hand: `npm run operator -- partner contact remove`, or another address that is set",
      ],
    },
    none: { id: "partner_id", instant: "updated_at" },
  },
  partner_events: {
    holds: { data: webhook("a board or a contribution with its names", "PII (Minor)") },
    none: {
      id: "id partner_id dream_board_id",
      status: "type api_version",
      count: "position sequence",
      instant: "created_at",
    },
  },
  webhook_events: {
    holds: {
      payload: webhook("the id of the event; before that, its body", "Metadata"),
      last_response_body: webhook("the beginning of a partner's answer", "Metadata"),
    },
    none: {
      id: "id api_key_id",
      status: "event_type status last_response_code",
      count: "attempts",
      instant: "last_attempt_at created_at",
    },
  },
  webhook_attempts: {
    holds: {
      response_body: webhook("the beginning of a partner's answer", "Metadata"),
      error: webhook("why no answer came", "Metadata"),
    },
    none: { id: "delivery_id", status: "response_code", count: "attempt latency_ms", instant: "attempted_at" },
  },
  webhook_deliveries: {
    none: {
      id: "id partner_event_id webhook_endpoint_id",
      status: "status",
      count: "attempts attempts_before",
      instant: "next_attempt_at requeue_at lease_until created_at delivered_at",
    },
  },
  silent_webhook_endpoints: {
    none: { id: "webhook_endpoint_id", count: "silences", instant: "since slow_until" },
  },
  // Names and addresses are read when a mail is rendered. Addresses are taken out of `last_error`.
  mail_messages: {
    none: {
      id: "id dream_board_id contribution_id payout_id webhook_endpoint_id dedupe_key call_id",
      "provider id": "provider_message_id",
      status: "kind recipient status provider",
      "text of ours": "last_error",
      count: "attempts",
      instant: "day next_attempt_at requeue_at lease_until created_at sent_at",
    },
  },
  idempotency_keys: {
    holds: {
      key: ["a text of the partner's choice", "Metadata", "24 hours", "purge-idempotency-keys"],
      response_body: ["an answer of the API with its names", "PII (Minor)", "24 hours", "purge-idempotency-keys"],
    },
    none: {
      id: "api_key_id resource_id",
      digest: "fingerprint",
      status: "route status response_status",
      instant: "lease_until created_at",
    },
  },
  board_events: {
    none: { id: "dream_board_id", count: "seq v", log: "by data", status: "type", digest: "hash", instant: "at" },
  },
  board_pots: {
    none: {
      id: "dream_board_id",
      amount: "counted_cents returning_cents",
      count: "contribution_count seq",
      instant: "compared_at",
    },
  },
  board_notes: {
    holds: { note: ended("an operator's words", "Metadata") },
    none: { id: "id dream_board_id admin_id", status: "action", instant: "created_at" },
  },
  contributor_visibility: {
    none: { id: "contribution_id dream_board_id", status: "name_hidden message_hidden", count: "seq" },
  },
  board_flags: {
    holds: { note: ended("an operator's words", "Metadata") },
    none: {
      id: "dream_board_id contribution_id",
      "provider id": "provider_payment_id",
      amount: "received_cents",
      status: "flag",
      count: "seq",
      instant: "opened_at cleared_at",
    },
  },
  board_reports: {
    holds: {
      words: ["what a visitor says is wrong with a board", "PII (Minor)", "90 days", "purge-old-records"],
      note: record("an operator's words"),
    },
    none: { id: "id dream_board_id", status: "reason", instant: "reported_at resolved_at" },
  },
  refunds: {
    holds: { note: ended("an operator's words", "Metadata") },
    none: {
      id: "id partner_id dream_board_id contribution_id",
      "provider id": "provider_payment_id provider_refund_id",
      amount: "amount_cents",
      status: "payment_provider cause status",
      "text of ours": "reason last_error",
      count: "attempt seq tries",
      instant: "created_at updated_at completed_at next_try_at lease_until",
    },
  },
  payout_executions: {
    none: {
      id: "payout_id dream_board_id execution_id",
      status: "status method error_code",
      "text of ours": "last_error",
      count: "attempt seq tries",
      instant: "started_at next_try_at lease_until",
    },
  },
  payout_holds: {
    none: {
      id: "dream_board_id contribution_id",
      "provider id": "provider_payment_id",
      status: "reason",
      count: "seq",
      instant: "placed_at lifted_at",
    },
  },
  payment_losses: {
    none: {
      id: "dream_board_id contribution_id",
      "provider id": "provider_payment_id",
      amount: "lost_cents",
      status: "payment_provider",
      count: "seq",
      instant: "recorded_at",
    },
  },
  gift_cards: {
    holds: {
      sealed: [
        "a gift card's code, as good as cash",
        "PII (encrypted)",
        "24 hours",
        "by itself: wiped once its mail was taken",
      ],
    },
    none: { id: "payout_id", "provider id": "external_ref", instant: "created_at mailed_at" },
  },
  karri_cards: {
    holds: { cardholder_name: ended("the name on the card", "PII (encrypted)") },
    none: { id: "dream_board_id", instant: "verified_at" },
  },
  pictures: { none: { id: "id dream_board_id", status: "kind", count: "bytes", instant: "created_at" } },
  payment_requests: {
    none: {
      id: "contribution_id dream_board_id",
      "provider id": "request_id",
      status: "payment_provider status",
      count: "attempt seq",
      instant: "attempted_at attempt_expires_at expired_at last_looked_up_at next_look_up_at returned_at",
    },
  },
  provider_payments: {
    none: {
      id: "dream_board_id contribution_id",
      "provider id": "provider_payment_id",
      amount: "amount_cents",
      status: "payment_provider kind",
      instant: "recorded_at",
    },
  },
  settlement_reports: {
    none: { status: "payment_provider", count: "ours theirs differences", instant: "day compared_at" },
  },
  settlement_differences: {
    holds: { note: record("an operator's words, kept 90 days after it was resolved") },
    none: {
      id: "id reference",
      "provider id": "provider_payment_id",
      amount: "our_cents their_cents",
      status: "payment_provider kind resolution",
      instant: "day found_at resolved_at",
    },
  },
  projection_failures: {
    holds: { message: record("what Postgres said, without values, kept 90 days after it was resolved") },
    none: {
      id: "dream_board_id",
      status: "event_type error_code",
      count: "seq attempts",
      instant: "first_failed_at last_failed_at resolved_at",
    },
  },
  job_runs: {
    holds: { error: record("the beginning of an error's message") },
    none: { id: "id", status: "name outcome", count: "counts", instant: "started_at ended_at as_of" },
  },
  job_states: { none: { status: "name", id: "run_id", instant: "lease_until done_as_of" } },
  dead_letters: {
    holds: { note: record("an operator's words, kept 90 days after it was resolved") },
    none: {
      id: "id subject body",
      status: "queue resolution",
      count: "deaths",
      instant: "first_died_at last_died_at resolved_at",
    },
  },
  board_lags: { none: { id: "dream_board_id", count: "projected_seq", instant: "behind_since seen_at" } },
  // Ids and amounts, or the redacted beginning of an error's message.
  board_differences: { none: { id: "dream_board_id", "text of ours": "difference", instant: "found_at seen_at" } },
  reencryption_walks: {
    none: {
      status: "place",
      id: "after keys",
      count: "found unreadable",
      instant: "started_at finished_at clean_at keys_since",
    },
  },
  erasures: {
    holds: { note: record("an operator's words about the erasure of a host") },
    none: { id: "id dream_board_id host_id", status: "cause", count: "counts", instant: "at" },
  },
  board_managers: {
    holds: {
      invited_email: ended("the address a second parent was invited by; 30 days where it was not accepted", "PII"),
    },
    none: {
      id: "dream_board_id invited_by host_id",
      digest: "token_digest",
      instant: "invited_at accepted_at",
    },
  },
  email_changes: {
    holds: { new_email: ["the address a host is about to change to", "PII", "24 hours", "purge-old-records"] },
    none: { id: "host_id", digest: "token_digest", instant: "asked_at" },
  },
  // The proof that a parent agreed: who and when, by ids. It stays with the board.
  consents: { none: { id: "dream_board_id host_id", status: "wording", instant: "given_at" } },
  schema_migrations: { none: { status: "name", digest: "hash", instant: "applied_at" } },
};

const BOARD_PROFILE = {
  slug: ended("the child's name", "PII (Minor)"),
  childName: ended("the child's first name", "PII (Minor)"),
  childPhotoUrl: ended("the address of the child's photo", "PII (Minor)"),
  birthdayDate: ended("the child's birthday", "PII (Minor)"),
  gift: ended("the gift; names and pictures where a parent entered it", "PII (Minor)"),
  overflowGift: ended("the cause", "Non-PII"),
  message: ended("the parent's words", "PII"),
  payoutEmail: ended("the parent's e-mail address", "PII"),
  karriCardCiphertext: ended("the card's number", "PII (encrypted)"),
  karriCardholderCiphertext: ended("the name on the card", "PII (encrypted)"),
  karriVerifiedAt: ended("when the card was verified", "Non-PII"),
  payoutErrors: ended("what went wrong at the recipient's side", "Metadata"),
  copyProblems: ended("why a picture from another host is not shown", "Non-PII"),
} satisfies Record<keyof BoardProfile, Holding>;

const CONTRIBUTOR_PROFILE = {
  name: ended("the guest's name", "PII"),
  message: ended("the guest's words", "PII"),
  ipAddress: origin("the guest's address", "PII"),
  userAgent: origin("the guest's browser", "Metadata"),
} satisfies Record<keyof ContributorProfile, Holding>;

/** The tables of a board's object; `json.x` is a field of the column `json`. */
export const BOARD_OBJECT: Readonly<Record<string, Store>> = {
  meta: { none: { status: "name value" } },
  events: { none: { count: "seq v", log: "by data", status: "type", digest: "hash", id: "reference", instant: "at" } },
  profile: { holds: fieldsOf(BOARD_PROFILE), none: { id: "one" } },
  contributors: { holds: fieldsOf(CONTRIBUTOR_PROFILE), none: { id: "id" } },
  projection: { none: { id: "one", count: "json" } },
  origins: {
    holds: { json: ["e-mail and address of who acted", "PII", "seconds", "by itself: once the event is projected"] },
    none: { count: "seq last_seq" },
  },
};

function fieldsOf(profile: Readonly<Record<string, Holding>>): Record<string, Holding> {
  return Object.fromEntries(Object.entries(profile).map(([field, holding]) => [`json.${field}`, holding]));
}

const NETWORK_LIMIT: Store = {
  holds: { key: ["a network", "PII", "1 minute", "by itself: the runtime counts per minute"] },
};

/** The bindings of wrangler.toml. For an object the keys of its storage, and `name` for what it is named by. */
export const BINDINGS: Readonly<Record<string, Store>> = {
  DREAM_BOARD: {
    holds: {
      sockets: [
        "keyed digests of the networks of open pages",
        "Metadata",
        "while connected",
        "by itself: with the connection",
      ],
    },
    none: { id: "name" },
  },
  RATE_LIMITER: {
    holds: {
      name: [
        "a keyed digest of a network, of the reference of a payment, of a host's address or id, or of a partner's id",
        "Metadata",
        "1 hour",
        "by itself: the object deletes its storage",
      ],
      "counter:": ["digests of what was counted", "Metadata", "1 hour", "by itself: with the object"],
    },
    none: { instant: "blocked_until key:" },
  },
  PROVIDER_SWITCH: {
    holds: { paused: ["an operator's reason", "Metadata", "lifetime", "by itself: when the provider is resumed"] },
    none: { status: "name", count: "health" },
  },
  HOST_ACCOUNT: {
    holds: {
      name: ["a keyed digest of a host's e-mail address", "Metadata", "37 days", "erase-host"],
      host: ["the host's e-mail address and name", "PII", "30 days", "erase-host"],
      "link:": ["the e-mail address a link was sent to, until it is used", "PII", "1 hour", "erase-host"],
      "login:": [
        "a keyed digest of the kind of browser, and the browser in words",
        "Metadata",
        "30 days",
        "erase-host",
      ],
      "draft:": [
        "what the wizard saved: child, gift, parent's words and addresses",
        "PII (Minor)",
        "7 days",
        "erase-host",
      ],
      "counter:": [
        "when pictures were sent, Takealot was read and boards were opened",
        "Metadata",
        "1 hour",
        "erase-host",
      ],
    },
  },
  // Digests of secrets are its keys.
  MAGIC_LINKS: {
    holds: { value: ["the e-mail address a link was sent to", "PII", "1 hour", "by itself: KV deletes it"] },
    none: { digest: "key" },
  },
  WEBHOOK_DELIVERIES: { none: { id: "body" } },
  WEBHOOK_DELIVERIES_SLOW: { none: { id: "body" } },
  MAIL: { none: { id: "body" } },
  BOARD_COMPARISON: { none: { id: "body" } },
  PICTURE_COPIES: { none: { id: "body" } },
  PICTURES: {
    holds: {
      "of boards": ended("the child's photo, the gift's picture", "PII (Minor)"),
      uploads: ["the same, before they are on a board", "PII (Minor)", "7 days", "sweep-pictures"],
    },
    none: { id: "key" },
  },
  IMAGES: {
    holds: {
      encoding: ["a picture while it is encoded", "PII (Minor)", "seconds", "by itself: with the answer"],
    },
  },
  UNKNOWN_KEY_LIMIT: NETWORK_LIMIT,
  CALLBACK_LIMIT: NETWORK_LIMIT,
  LIVE_LIMIT: NETWORK_LIMIT,
  KEY_LOOK_UP_LIMIT: NETWORK_LIMIT,
  MISSED_BOARD_LIMIT: NETWORK_LIMIT,
  WIDE_NETWORK_LIMIT: NETWORK_LIMIT,
  ATTEMPT_LIMIT: { none: { "text of ours": "key" } },
  ASSETS: { none: { "text of ours": "files" } },
};

/** Places that are neither a table nor a binding. */
export const ELSEWHERE: Readonly<Record<string, Store>> = {
  "isolate memory": {
    holds: {
      views: ["boards as guests see them", "PII (Minor)", "seconds", "by itself: not shown after two seconds"],
    },
    none: { digest: "keys", status: "switches", id: "payments" },
  },
  "the runtime's cache": { none: { digest: "keys", "text of ours": "products" } },
  "edge cache": {
    holds: {
      pictures: ["those of boards", "PII (Minor)", "7 days", "by itself: and purged when the picture is deleted"],
    },
    none: { "text of ours": "files" },
  },
  logs: {
    holds: {
      lines: ["networks of blocked addresses, errors", "Metadata", "90 days", "by itself: the log store's own period"],
    },
  },
  backups: {
    holds: {
      "Neon's history": ["all of Postgres", "PII (Minor)", "30 days", "by itself: the history window, 30 days at most"],
      dumps: ["all of Postgres", "PII (Minor)", "30 days", "by hand: delete older ones"],
      "point-in-time recovery": ["all of an object", "PII (Minor)", "30 days", "by itself: Cloudflare keeps 30 days"],
    },
  },
  "mail provider": {
    holds: { mail: ["addresses, names, texts", "PII (Minor)", "the provider's", "by itself: the account's period"] },
  },
  "payment providers": {
    holds: {
      payments: ["what a guest enters there", "PII", "the provider's", "by itself: they answer for it themselves"],
    },
  },
  Turnstile: { holds: { challenges: ["an address", "PII", "the provider's", "by itself: Cloudflare's period"] } },
};
