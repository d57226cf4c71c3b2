import { alertsTable, OBSERVABILITY_ALERTS } from "./alerts.ts";

console.log(process.argv.includes("--json") ? JSON.stringify(OBSERVABILITY_ALERTS, null, 2) : alertsTable());
