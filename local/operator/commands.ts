/** One command of `npm run operator`, as a row: which request of the operators' endpoints it is. */
export type Command = Readonly<{
  words: string;
  /** What follows the words. It takes the place of `:it` in the path, or is the field of the body named `field`. */
  argument?: Readonly<{ shown: string; field?: string }>;
  method: "GET" | "POST";
  path: string;
  /** The fields of the body and of the query, which are options: `external_ref` is `--external-ref`. */
  body?: readonly OptionName[];
  query?: readonly OptionName[];
  says: string;
}>;

/** How each option is read: a text as it is, a number, texts between commas (none, when empty), an instant or "never", or impacts between semicolons. */
export const OPTIONS = {
  note: "text",
  confirm: "text",
  after: "text",
  status: "text",
  now: "text",
  to: "text",
  bookmark: "text",
  environment: "text",
  scopes: "list",
  tier: "text",
  rate_limit: "number",
  burst_limit: "number",
  allowed_addresses: "list",
  expires_at: "instant",
  overlap_hours: "number",
  boards_per_host: "number",
  external_ref: "text",
  net_cents: "number",
  gift_card_code: "text",
  gift_card_url: "text",
  reason: "text",
  email: "text",
  name: "text",
  organisation: "text",
  npo_number: "text",
  category: "text",
  description: "text",
  image: "text",
  impacts: "impacts",
  sort: "number",
} as const;
export type OptionName = keyof typeof OPTIONS;

const BOARD = { shown: "<board>" };
const PAYOUT = { shown: "<payout>" };
const PARTNER = { shown: "<partner>" };
const KEY = { shown: "<key>" };
const ENDPOINT = { shown: "<endpoint>" };
const CAUSE = { shown: "<cause>" };
const TERMS = ["tier", "rate_limit", "burst_limit", "allowed_addresses", "expires_at"] as const;

export const COMMANDS: readonly Command[] = [
  {
    words: "board inspect",
    argument: BOARD,
    method: "GET",
    path: "/internal/boards/:it",
    says: "the state of its object",
  },
  {
    words: "board close",
    argument: BOARD,
    method: "POST",
    path: "/internal/boards/:it/close",
    body: ["note", "confirm"],
    says: "closes it early; --confirm is its slug",
  },
  {
    words: "board cancel",
    argument: BOARD,
    method: "POST",
    path: "/internal/boards/:it/cancel",
    body: ["note", "confirm"],
    says: "sends everything back; --confirm is its slug",
  },
  {
    words: "board restore",
    argument: BOARD,
    method: "POST",
    path: "/internal/boards/:it/restore",
    body: ["note"],
    says: "brings its object to the log in Postgres, when it is lost or ends too early",
  },
  {
    words: "board rewind",
    argument: BOARD,
    method: "POST",
    path: "/internal/boards/:it/rewind",
    body: ["note", "confirm"],
    query: ["to", "bookmark"],
    says: "takes its object back to what it stored at --to (ISO 8601, 30 days at most); --confirm is its slug",
  },
  {
    words: "board project-again",
    argument: BOARD,
    method: "POST",
    path: "/internal/boards/:it/project-again",
    body: ["note"],
    query: ["after"],
    says: "writes its log to Postgres again, from the event after --after on",
  },
  {
    words: "board hold",
    argument: BOARD,
    method: "POST",
    path: "/internal/boards/:it/hold",
    body: ["note"],
    says: "holds its payouts",
  },
  {
    words: "board release",
    argument: BOARD,
    method: "POST",
    path: "/internal/boards/:it/release",
    body: ["note"],
    says: "ends the hold of a person",
  },
  {
    words: "board holds",
    argument: BOARD,
    method: "GET",
    path: "/internal/boards/:it/holds",
    says: "what holds its payouts, or held them",
  },
  {
    words: "contribution supplement",
    argument: { shown: "<contribution>" },
    method: "POST",
    path: "/internal/contributions/:it/supplement",
    body: ["note"],
    says: "pays late money out on top, instead of sending it back",
  },
  {
    words: "payout list",
    method: "GET",
    path: "/internal/payouts",
    query: ["status", "after"],
    says: "what waits, of one --status: pending, held, processing or failed",
  },
  { words: "payout show", argument: PAYOUT, method: "GET", path: "/internal/payouts/:it", says: "one payout" },
  {
    words: "payout reveal",
    argument: PAYOUT,
    method: "POST",
    path: "/internal/payouts/:it/reveal",
    body: ["note"],
    says: "one payout with the whole number of a Karri card; who looked is recorded",
  },
  {
    words: "payout start",
    argument: PAYOUT,
    method: "POST",
    path: "/internal/payouts/:it/start",
    body: ["note"],
    says: "claims it, to pay it by hand",
  },
  {
    words: "payout complete",
    argument: PAYOUT,
    method: "POST",
    path: "/internal/payouts/:it/complete",
    body: ["external_ref", "net_cents", "note", "gift_card_code", "gift_card_url"],
    says: "it was paid",
  },
  {
    words: "payout fail",
    argument: PAYOUT,
    method: "POST",
    path: "/internal/payouts/:it/fail",
    body: ["reason", "note"],
    says: "it was certainly not paid",
  },
  {
    words: "payout retry",
    argument: PAYOUT,
    method: "POST",
    path: "/internal/payouts/:it/retry",
    body: ["note"],
    says: "one that failed may be paid again",
  },
  {
    words: "payout execute",
    argument: PAYOUT,
    method: "POST",
    path: "/internal/payouts/:it/execute",
    body: [],
    says: "has it paid by its executor now",
  },
  {
    words: "payments",
    method: "GET",
    path: "/internal/payments",
    says: "the review queue and the providers' switches",
  },
  {
    words: "report resolve",
    argument: { shown: "<report>" },
    method: "POST",
    path: "/internal/reports/:it/resolve",
    body: ["note"],
    says: "ends what a visitor reported about a board, once a person has looked at it",
  },
  {
    words: "partner create",
    argument: { shown: "<name>", field: "name" },
    method: "POST",
    path: "/internal/partners",
    body: [],
    says: "a partner of this name",
  },
  {
    words: "partner list",
    method: "GET",
    path: "/internal/partners",
    query: ["after"],
    says: "the partners, 100 at a time; --after is what the page before says",
  },
  {
    words: "partner show",
    argument: PARTNER,
    method: "GET",
    path: "/internal/partners/:it",
    says: "one partner with its keys",
  },
  {
    words: "partner limits",
    argument: PARTNER,
    method: "POST",
    path: "/internal/partners/:it/limits",
    body: ["rate_limit", "boards_per_host", "note"],
    says: "what it may do: --rate-limit requests an hour with each key, --boards-per-host boards an hour for one parent",
  },
  {
    words: "partner contact show",
    argument: PARTNER,
    method: "GET",
    path: "/internal/partners/:it/contact",
    says: "whom mail about its webhook endpoints goes to",
  },
  {
    words: "partner contact set",
    argument: PARTNER,
    method: "POST",
    path: "/internal/partners/:it/contact",
    body: ["email", "note"],
    says: "sets or replaces --email",
  },
  {
    words: "partner contact remove",
    argument: PARTNER,
    method: "POST",
    path: "/internal/partners/:it/contact/remove",
    body: ["note"],
    says: "erases it; admins get the mail then",
  },
  {
    words: "key create",
    argument: PARTNER,
    method: "POST",
    path: "/internal/partners/:it/api-keys",
    body: ["environment", "scopes", ...TERMS],
    says: "an API key; --environment live or test, --scopes between commas, --tier default, partner or enterprise (with a --rate-limit), --allowed-addresses between commas (CIDR), --expires-at (ISO 8601). The token is shown this once",
  },
  {
    words: "key list",
    argument: PARTNER,
    method: "GET",
    path: "/internal/partners/:it/api-keys",
    says: "its keys and its sandbox's, newest first: limits, addresses, last use, state",
  },
  { words: "key show", argument: KEY, method: "GET", path: "/internal/api-keys/:it", says: "one key" },
  {
    words: "key update",
    argument: KEY,
    method: "POST",
    path: "/internal/api-keys/:it/update",
    body: [...TERMS, "note"],
    says: 'changes what is given; --allowed-addresses "" is from anywhere, --expires-at never',
  },
  {
    words: "key rotate",
    argument: KEY,
    method: "POST",
    path: "/internal/api-keys/:it/rotate",
    body: ["overlap_hours", "expires_at", "note"],
    says: "a new key in its place, which takes its webhooks along; the old one works for --overlap-hours (24; 0 ends it now). The token is shown this once",
  },
  {
    words: "key revoke",
    argument: KEY,
    method: "POST",
    path: "/internal/api-keys/:it/revoke",
    body: ["note", "confirm"],
    says: "ends it now and for good; --confirm is its prefix",
  },
  {
    words: "webhook list",
    argument: PARTNER,
    method: "GET",
    path: "/internal/partners/:it/webhooks",
    says: "its endpoints and its sandbox's that are not deleted, newest first, 100 at most, with the state of each",
  },
  {
    words: "webhook pause",
    argument: ENDPOINT,
    method: "POST",
    path: "/internal/webhooks/:it/pause",
    body: ["note"],
    says: "sends it nothing until it is resumed; what happens meanwhile can be recovered",
  },
  {
    words: "webhook resume",
    argument: ENDPOINT,
    method: "POST",
    path: "/internal/webhooks/:it/resume",
    body: ["note"],
    says: "switches on one that is paused or disabled",
  },
  {
    words: "host export",
    argument: { shown: "<host>" },
    method: "GET",
    path: "/internal/hosts/:it/export",
    says: "everything that is kept of a host",
  },
  {
    words: "host erase",
    argument: { shown: "<host>" },
    method: "POST",
    path: "/internal/hosts/:it/erase",
    body: ["note", "confirm"],
    says: "erases a host",
  },
  { words: "cause list", method: "GET", path: "/internal/causes", says: "the causes, also retired ones" },
  {
    words: "cause put",
    argument: CAUSE,
    method: "POST",
    path: "/internal/causes/:it/put",
    body: ["name", "organisation", "npo_number", "category", "description", "image", "impacts", "sort", "note"],
    says: 'adds a cause, or replaces its words and offers it again; --impacts "25000 Feed 5 children; 50000 Feed 10" with cents, --image a path like /causes/greenpop.jpg, --category education, food, environment, health or animals, --sort its place in the list',
  },
  {
    words: "cause retire",
    argument: CAUSE,
    method: "POST",
    path: "/internal/causes/:it/retire",
    body: ["note"],
    says: "new boards may not choose it; boards that have it keep it",
  },
  {
    words: "health",
    method: "GET",
    path: "/internal/health",
    says: "whether anything is late, and what",
  },
  { words: "dead-letters", method: "GET", path: "/internal/dead-letters", says: "messages that were given up" },
  {
    words: "dead-letter requeue",
    argument: { shown: "<dead letter>" },
    method: "POST",
    path: "/internal/dead-letters/:it/requeue",
    body: ["note"],
    says: "sends the message again",
  },
  {
    words: "dead-letter dismiss",
    argument: { shown: "<dead letter>" },
    method: "POST",
    path: "/internal/dead-letters/:it/dismiss",
    body: ["note"],
    says: "ends it without sending it again",
  },
  { words: "jobs", method: "GET", path: "/internal/jobs", says: "every job with its latest run" },
  {
    words: "job run",
    argument: { shown: "<job>" },
    method: "POST",
    path: "/internal/jobs/:it",
    query: ["now"],
    says: "runs a job, as of --now (ISO 8601)",
  },
];

/** `external_ref` as it is typed. */
export function optionOf(name: OptionName): string {
  return `--${name.replaceAll("_", "-")}`;
}

/** The line of one command in the help. */
export function usageOf({ words, argument, body = [], query = [] }: Command): string {
  const options = [...body, ...query].map((name) => `[${optionOf(name)} …]`);
  return ["npm run operator --", words, ...(argument ? [argument.shown] : []), ...options].join(" ");
}
