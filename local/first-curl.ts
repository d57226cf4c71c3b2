import { DEMO_BOARDS } from "./demo-boards.ts";

/** A command to paste into a terminal that creates a board whose dates are weeks ahead. */
export function createBoardCurl(worker: string, apiKey: string, now: Date): string {
  const [demo] = DEMO_BOARDS;
  const body = { ...demo?.body(worker, now), child_name: "Noah", message: "Noah would love to ride to school." };
  return [
    `curl -X POST ${worker}/v1/dream-boards \\`,
    `  -H 'Authorization: Bearer ${apiKey}' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
  ].join("\n");
}
