import { isObject } from "../json.ts";
import { type OzowApi, type OzowCall, unavailable } from "./api.ts";

const ROWS_PER_PAGE = 50;
/** The server may send shorter pages than requested. A page with fewer rows than this is the last one. */
const SMALLEST_CUT = 10;
/** An upper bound on one list. Our site has fewer transactions than this in the days requested. */
const MAX_PAGES = 200;

/**
 * Every row of a list, each once, or the status of the refusal.
 * @throws ProviderError also when a later page cannot be read.
 */
export async function readList(api: OzowApi, call: OzowCall): Promise<unknown[] | { refused: number }> {
  const rows = new Map<string, unknown>();
  for (let page = 0, offset = 0; page < MAX_PAGES; page++) {
    const query = { ...call.query, limit: String(ROWS_PER_PAGE), offset: String(offset) };
    const answer = await api({ ...call, query });
    if ("refused" in answer) return answer;
    const received = rowsIn(answer.json, "transactions");
    if (!received) throw unavailable(call, "did not answer with a list");
    const known = rows.size;
    // A new row moves others to the next page while the pages are read.
    for (const row of received) rows.set(identityOf(row), row);
    if (received.length < SMALLEST_CUT) return [...rows.values()];
    if (rows.size === known) {
      // The server ignores the offset. That is harmless as long as all rows fit on one page.
      if (received.length < ROWS_PER_PAGE) return [...rows.values()];
      throw unavailable(call, "answered the same page twice");
    }
    offset += received.length;
  }
  throw unavailable(call, `has more than ${MAX_PAGES} pages`);
}

/** The rows of a list in any of its four known shapes. Null for another shape. (payment-providers 2.5) */
export function rowsIn(json: unknown, noun: "transactions" | "refunds"): unknown[] | null {
  const listed: unknown = isObject(json) ? [json.results, json[noun], json.data].find(Array.isArray) : json;
  return Array.isArray(listed) ? listed : null;
}

function identityOf(row: unknown): string {
  return isObject(row) && typeof row.id === "string" ? row.id : JSON.stringify(row);
}
