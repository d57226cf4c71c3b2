import { type ApiCall, type OzowApi, unavailable } from "./api.ts";
import { isObject } from "./exchange.ts";

const ROWS_PER_PAGE = 50;
/** A server may cut pages shorter than we asked, though hardly below this: a shorter page is the last one. */
const SMALLEST_CUT = 10;
/** A site with more than this in the days asked for is not ours. */
const MAX_PAGES = 200;

/**
 * Every row of a list, each once, or the status it was refused with.
 * @throws ProviderError, also when only a part can be read: a part is no list.
 */
export async function readList(api: OzowApi, call: ApiCall): Promise<unknown[] | { refused: number }> {
  const rows = new Map<string, unknown>();
  for (let page = 0, offset = 0; page < MAX_PAGES; page++) {
    const query = { ...call.query, limit: String(ROWS_PER_PAGE), offset: String(offset) };
    const answer = await api({ ...call, query });
    if ("refused" in answer) return answer;
    const received = rowsIn(answer.json, "transactions");
    if (!received) throw unavailable(call, "answered what is no list");
    const known = rows.size;
    // Rows move to the next page when one comes in while the pages are read.
    for (const row of received) rows.set(identityOf(row), row);
    if (received.length < SMALLEST_CUT) return [...rows.values()];
    if (rows.size === known) {
      // It pays no heed to the offset; that is no matter as long as all of it fits on one page.
      if (received.length < ROWS_PER_PAGE) return [...rows.values()];
      throw unavailable(call, "answered the same page twice");
    }
    offset += received.length;
  }
  throw unavailable(call, `has more than ${MAX_PAGES} pages`);
}

/** Null for what is none of the four shapes seen or assumed; that is no empty list. (payment-providers 2.5) */
export function rowsIn(json: unknown, noun: "transactions" | "refunds"): unknown[] | null {
  const listed: unknown = isObject(json) ? [json.results, json[noun], json.data].find(Array.isArray) : json;
  return Array.isArray(listed) ? listed : null;
}

function identityOf(row: unknown): string {
  return isObject(row) && typeof row.id === "string" ? row.id : JSON.stringify(row);
}
