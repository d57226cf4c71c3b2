/**
 * The alerts to create in Workers Observability. docs/deploy.md shows the same; a test compares them, and each event with
 * what the code logs.
 */
export type ObservabilityAlert = Readonly<{
  name: string;
  /** `page`: a person is woken. `ticket`: a person looks on the next working day. */
  severity: "page" | "ticket";
  /** Filters on fields of log lines, all of which must hold. */
  when: readonly string[];
  groupBy?: string;
  /** The number of lines in the window that raises it. */
  count: string;
  minutes: number;
  says: string;
}>;

/** Alerts that cannot wait for the morning: money, or a board that does not work. */
const URGENT = [
  "board_difference",
  "board_object_lost",
  "board_read_only",
  "jobs_not_begun",
  "payout_not_recorded",
  "payout_paid_twice",
  "projection_poisoned",
  "refund_not_recorded",
] as const;

export const OBSERVABILITY_ALERTS: readonly ObservabilityAlert[] = [
  {
    name: "urgent",
    severity: "page",
    when: ["alert = true", `event in ${URGENT.join(", ")}`],
    groupBy: "event",
    count: "> 0",
    minutes: 5,
    says: "money, or a board that does not work",
  },
  {
    name: "a person must look",
    severity: "ticket",
    when: ["alert = true"],
    groupBy: "event",
    count: "> 0",
    minutes: 5,
    says: "every other alert",
  },
  {
    name: "our bugs",
    severity: "page",
    when: ["event = internal_error"],
    count: "> 5",
    minutes: 5,
    says: "guests or partners get 500",
  },
  {
    name: "the Worker dies",
    severity: "page",
    when: ["$workers.outcome in exception, exceededCpu, exceededMemory"],
    groupBy: "$workers.outcome",
    count: "> 5",
    minutes: 5,
    says: "no `catch` runs then, so no line of ours says it",
  },
  {
    name: "the cron is silent",
    severity: "page",
    when: ["event = job", "job = close-due-boards"],
    count: "< 3",
    minutes: 10,
    says: "production only; the health and the heartbeat say it too",
  },
  {
    name: "callbacks are not taken",
    severity: "page",
    when: ["event = callback", "status >= 500"],
    groupBy: "provider",
    count: "> 10",
    minutes: 5,
    says: "providers send them again, for a while",
  },
  {
    name: "Postgres is slow or down",
    severity: "ticket",
    when: ["event = projection_waits"],
    count: "> 50",
    minutes: 5,
    says: "guests notice nothing; partners get 503",
  },
  {
    name: "partners are not reached",
    severity: "ticket",
    when: ["event = webhook_failed"],
    count: "> 20",
    minutes: 60,
    says: "tell the partner",
  },
  {
    name: "card testing",
    severity: "ticket",
    when: ["event = card_testing_blocked"],
    count: "> 10",
    minutes: 60,
    says: "from changing addresses: a WAF rule",
  },
];

/** As the table of docs/deploy.md. */
export function alertsTable(): string {
  const rows = OBSERVABILITY_ALERTS.map(({ name, severity, when, groupBy, count, minutes, says }) => [
    name,
    severity,
    when.map((filter) => `\`${filter}\``).join(" and "),
    groupBy ? `\`${groupBy}\`` : "",
    `${count} in ${minutes} minutes`,
    says,
  ]);
  const header = ["alert", "severity", "filter", "group by", "count", "says"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
