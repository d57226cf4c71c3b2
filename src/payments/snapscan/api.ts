import { untilTimeout } from "#platform/in-time";
import { readCappedText } from "#platform/read-capped";
import { parseJson } from "../json.ts";
import { type ProviderDeps, ProviderError } from "../provider.ts";
import { parsePayment, type SnapscanPayment } from "./payment.ts";
import type { SnapscanSettings } from "./settings.ts";

const API_TIMEOUT_MS = 10_000;
const MAX_PAYMENT_BYTES = 64 * 1024;
const PAYMENTS_PER_PAGE = 100;
/** A payment has about 700 bytes, plus what the guest typed. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;
/** An upper bound on one list. Our account has fewer payments than this in the days requested. */
const MAX_PAGES = 100;

/** Every call throws a ProviderError when it fails. */
export type SnapscanApi = Readonly<{
  /** Null when SnapScan does not know the payment. */
  findPayment(id: number): Promise<SnapscanPayment | null>;
  /** Every payment once, from every page. Null stands for an unreadable payment. */
  listPayments(filter: Readonly<Record<string, string>>): AsyncIterable<SnapscanPayment | null>;
}>;

type SnapscanAnswer = Readonly<{ headers: Headers; text: string; json: unknown }>;
type Deps = Pick<ProviderDeps, "fetch">;

/** (payment-providers 3.5) */
export function snapscanApi(settings: Pick<SnapscanSettings, "baseUrl" | "apiKey">, deps: Deps): SnapscanApi {
  const { fetch } = deps; // Workers refuse a `fetch` that is called as a method of another object.
  const base = `${settings.baseUrl}/merchant/api/v1`;
  const authorization = basicAuthorization(settings.apiKey);

  /** Null for a 404. */
  async function get(path: string, maxBytes: number, query = ""): Promise<SnapscanAnswer | null> {
    const name = `SnapScan GET ${path}`;
    const headers = { authorization, accept: "application/json" };
    const { response, text } = await untilTimeout(API_TIMEOUT_MS, (signal) =>
      exchange(() => fetch(`${base}${path}${query}`, { headers, redirect: "manual", signal }), maxBytes),
    ).catch((error) => {
      throw new ProviderError("unavailable", `${name} did not answer`, { cause: error });
    });
    if (response.status === 404) return null;
    if (response.status !== 200) {
      throw new ProviderError(troubleOf(response.status), `${name} answered ${response.status}`);
    }
    if (text === null) throw new ProviderError("unavailable", `${name} answered more than its limit`);
    return { headers: response.headers, text, json: parseJson(text) };
  }

  async function findPayment(id: number): Promise<SnapscanPayment | null> {
    const path = `/payments/${id}`;
    const answer = await get(path, MAX_PAYMENT_BYTES);
    if (!answer) return null;
    const payment = parsePayment(answer.json);
    if (payment?.id !== id)
      throw new ProviderError("unavailable", `SnapScan GET ${path} did not answer with this payment`);
    return payment;
  }

  async function* readPages(filter: Readonly<Record<string, string>>): AsyncGenerator<readonly unknown[]> {
    let previous: string | null = null;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = new URLSearchParams({ ...filter, perPage: String(PAYMENTS_PER_PAGE), page: String(page) });
      const answer = await get("/payments", MAX_PAGE_BYTES, `?${query}`);
      if (!answer) throw listError("answered 404");
      if (!Array.isArray(answer.json)) throw listError("did not answer with a list");
      if (answer.json.length > 0 && answer.text === previous) throw listError("answered the same page twice");
      yield answer.json;
      if (isLastPage(answer.headers, page, answer.json.length)) return;
      previous = answer.text;
    }
    throw listError(`has more than ${MAX_PAGES} pages`);
  }

  /** The newest payment is first, so a new one moves others to the next page. */
  async function* listPayments(filter: Readonly<Record<string, string>>): AsyncGenerator<SnapscanPayment | null> {
    const seen = new Set<number>();
    for await (const page of readPages(filter)) {
      for (const payment of page.map(parsePayment)) {
        if (payment && seen.has(payment.id)) continue;
        if (payment) seen.add(payment.id);
        yield payment;
      }
    }
  }

  return { findPayment, listPayments };
}

/** The key is the user name and the password is empty. The colon between them is required. */
export function basicAuthorization(apiKey: string): string {
  return `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`;
}

/** The whole text of a success, or null above the limit. The text of an error status is not read. */
async function exchange(
  send: () => Promise<Response>,
  maxBytes: number,
): Promise<{ response: Response; text: string | null }> {
  const response = await send();
  if (response.status === 200) return { response, text: await readCappedText(response, maxBytes) };
  await response.body?.cancel();
  return { response, text: "" };
}

function troubleOf(status: number): ProviderError["trouble"] {
  if (status === 401 || status === 403) return "refuses_us";
  return status === 429 ? "busy" : "unavailable";
}

/** Decided by the headers, because pages may be shorter than requested. Without headers a short page is the last. */
function isLastPage(headers: Headers, page: number, payments: number): boolean {
  if (payments === 0) return true;
  const pages = ["x-total-pages", "x-next-page"].map((name) => headers.get(name) ?? "").filter((text) => text !== "");
  return pages.length === 0 ? payments < PAYMENTS_PER_PAGE : pages.every((text) => !(Number(text) > page));
}

function listError(what: string): ProviderError {
  return new ProviderError("unavailable", `SnapScan GET /payments ${what}`);
}
