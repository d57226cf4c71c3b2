import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: [
    "enums",
    "schema",
    "views",
    "own-tables",
    "payment-tables",
    "payout-tables",
    "privacy-tables",
    "monitoring-tables",
    "sealing-tables",
    "endpoint-tables",
    "event-tables",
    "host-tables",
    "cause-tables",
    "consent-tables",
  ].map((name) => `./src/database/${name}.ts`),
  out: "./migrations",
});
