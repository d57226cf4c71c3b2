import { type ProviderDeps, ProviderError } from "../provider.ts";
import { readCapped } from "../read-capped.ts";
import { parsePayment, type SnapscanPayment } from "./payment.ts";
import type { SnapscanSettings } from "./settings.ts";

const API_TIMEOUT_MS = 10_000;
const MAX_PAYMENT_BYTES = 64 * 1024;
const PAYMENTS_PER_PAGE = 100;
/** A payment has about 700 bytes, and guests may type more into theirs. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;
/** More payments than this in the days asked for are not ours. */
const MAX_PAGES = 100;

/** Every call throws a ProviderError when SnapScan could not be asked. */
export type SnapscanApi = Readonly<{
  /** Null when SnapScan does not know it. */
  findPayment(id: number): Promise<SnapscanPayment | null>;
  /** Every page, each payment once. Null stands for one that cannot be read. */
  listPayments(filter: Readonly<Record<string, string>>): AsyncIterable<SnapscanPayment | null>;
}>;

type Answer = Readonly<{ headers: Headers; text: string; json: unknown }>;
type Deps = Pick<ProviderDeps, "fetch">;

/** (payment-providers 3.5) */
export function snapscanApi(settings: Pick<SnapscanSettings, "baseUrl" | "apiKey">, deps: Deps): SnapscanApi {
  const { fetch } = deps; // called bare: Workers refuse a fetch with a foreign `this`
  const base = `${settings.baseUrl}/merchant/api/v1`;
  const authorization = basicAuthorization(settings.apiKey);

  /** Null for a 404. */
  async function get(path: string, maxBytes: number, query = ""): Promise<Answer | null> {
    const name = `SnapScan GET ${path}`;
    const signal = AbortSignal.timeout(API_TIMEOUT_MS);
    const headers = { authorization, accept: "application/json" };
    const { response, text } = await exchange(
      () => fetch(`${base}${path}${query}`, { headers, redirect: "manual", signal }),
      maxBytes,
    ).catch((error) => {
      throw new ProviderError("unavailable", `${name} did not answer`, { cause: error });
    });
    if (response.status === 404) return null;
    if (response.status !== 200) {
      throw new ProviderError(troubleOf(response.status), `${name} answered ${response.status}`);
    }
    if (text === null) throw new ProviderError("unavailable", `${name} answered too much`);
    return { headers: response.headers, text, json: parseJson(text) };
  }

  async function findPayment(id: number): Promise<SnapscanPayment | null> {
    const path = `/payments/${id}`;
    const answer = await get(path, MAX_PAYMENT_BYTES);
    if (!answer) return null;
    const payment = parsePayment(answer.json);
    if (payment?.id !== id) throw new ProviderError("unavailable", `SnapScan GET ${path} answered what is not it`);
    return payment;
  }

  async function* readPages(filter: Readonly<Record<string, string>>): AsyncGenerator<readonly unknown[]> {
    let previous: string | null = null;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = new URLSearchParams({ ...filter, perPage: String(PAYMENTS_PER_PAGE), page: String(page) });
      const answer = await get("/payments", MAX_PAGE_BYTES, `?${query}`);
      if (!answer) throw unlisted("answered 404");
      if (!Array.isArray(answer.json)) throw unlisted("answered what is no list");
      if (answer.json.length > 0 && answer.text === previous) throw unlisted("answered the same page twice");
      yield answer.json;
      if (isLastPage(answer.headers, page, answer.json.length)) return;
      previous = answer.text;
    }
    throw unlisted(`has more than ${MAX_PAGES} pages`);
  }

  /** The newest come first, so a new one moves others to pages that are still to be read. */
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

/** The key is the user name, the password is empty; the colon between them matters. */
export function basicAuthorization(apiKey: string): string {
  return `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`;
}

/** The text of a success, whole, or null when it is larger than it should be. Nobody reads an error's text. */
async function exchange(
  send: () => Promise<Response>,
  maxBytes: number,
): Promise<{ response: Response; text: string | null }> {
  const response = await send();
  if (response.status === 200) return { response, text: await readCapped(response, maxBytes) };
  await response.body?.cancel();
  return { response, text: "" };
}

function troubleOf(status: number): ProviderError["trouble"] {
  if (status === 401 || status === 403) return "refuses_us";
  return status === 429 ? "busy" : "unavailable";
}

/** By the answer's headers: a page may be shorter than what was asked for. Without them a short page is the last. */
function isLastPage(headers: Headers, page: number, payments: number): boolean {
  if (payments === 0) return true;
  const said = ["x-total-pages", "x-next-page"].map((name) => headers.get(name) ?? "").filter((text) => text !== "");
  return said.length === 0 ? payments < PAYMENTS_PER_PAGE : said.every((text) => !(Number(text) > page));
}

function unlisted(what: string): ProviderError {
  return new ProviderError("unavailable", `SnapScan GET /payments ${what}`);
}

/** Undefined for what is no JSON. Its error would quote the answer. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
