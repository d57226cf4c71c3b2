import { createHmac } from "node:crypto";
import { expect } from "vitest";
import { cents } from "#domain/money";
import type { CallbackRequest, OpenPayment, ProviderDeps } from "#payments/provider";
import type { SnapscanSettings } from "#payments/snapscan/settings";
import type { FarSide } from "./provider-contract.ts";

/** SnapScan's notices and merchant API, written from the documentation. It shares no code with the adapter. */

export const SNAP_CODE = "CHIPDEMO";
export const API_KEY = "d5a4f6c0-published-demo-key";
export const WEBHOOK_AUTH_KEY = "snap-webhook-key-published-01";
export const REFERENCE = "8k3m9q2rtw0v5x7yz1ab";
export const NOW = new Date("2026-03-01T10:00:00Z");

export const SETTINGS: SnapscanSettings = {
  snapCode: SNAP_CODE,
  apiKey: API_KEY,
  webhookAuthKey: WEBHOOK_AUTH_KEY,
  baseUrl: "https://pos.snapscan.io",
  confirmWithApi: true,
  redirects: false,
  validationKey: null,
  minCents: cents(500),
  maxCents: cents(1_000_000),
};

/** Any JSON object, because tests also use fields that SnapScan does not send. */
export type PaymentObject = Readonly<Record<string, unknown>>;

/** A completed payment of R257.50 unless changed. */
export function paymentObject(changes: PaymentObject = {}): PaymentObject {
  return {
    id: 4711,
    status: "completed",
    date: "2026-03-01T09:15:30Z",
    totalAmount: 25_750,
    tipAmount: 0,
    requiredAmount: 25_750,
    snapCode: SNAP_CODE,
    snapCodeReference: null,
    userReference: "José D'Almeida (big) *~! & 🎂",
    merchantReference: REFERENCE,
    statementReference: null,
    authCode: "000123",
    deliveryAddress: null,
    isVoucher: false,
    isVoucherRedemption: false,
    transactionType: "payment",
    extra: { id: REFERENCE, amount: "25750", strict: "true" },
    ...changes,
  };
}

/** SnapScan escapes the asterisk, which browsers leave alone. */
export function formEncode(...pairs: readonly (readonly [name: string, value: string])[]): string {
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString().replaceAll("*", "%2A");
}

export function hmac(body: string | Uint8Array, key = WEBHOOK_AUTH_KEY): string {
  return createHmac("sha256", key).update(body).digest("hex");
}

/** `authorization` is valid for the body by default. Null removes the header. */
export function callback(
  body: string | Uint8Array,
  authorization: string | null = `SnapScan signature=${hmac(body)}`,
): CallbackRequest {
  return {
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    headers: new Headers({
      "content-type": "application/x-www-form-urlencoded",
      ...(authorization !== null && { authorization }),
    }),
    sourceAddress: null,
    now: NOW,
  };
}

export function notice(payment: unknown): CallbackRequest {
  return callback(formEncode(["payload", JSON.stringify(payment)]));
}

/** The dependencies of an adapter at noon in South Africa, and its log entries. */
export function deps(fetch: typeof globalThis.fetch) {
  const logged: Parameters<ProviderDeps["log"]>[0][] = [];
  return { fetch, now: () => NOW, log: (entry: (typeof logged)[number]) => void logged.push(entry), logged };
}

/** The payment as our records have it: opened an hour ago, without any report. */
export function openPayment(reference = REFERENCE, amount = cents(25_750)): OpenPayment {
  return {
    reference,
    amount,
    slug: "maya-birthday-8k3m9q2rtw",
    attempt: 1,
    attemptExpiresAt: new Date(NOW.getTime() + 3_600_000),
    returnUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw/thanks?a=1&b=2",
    cancelUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw",
    notifyUrl: "https://chipin.example/api/webhooks/snapscan",
    requestId: null,
    openedAt: new Date(NOW.getTime() - 3_600_000),
  };
}

const TROUBLES: Record<Exclude<FarSide, "works">, () => Response> = {
  "breaks the connection": () => {
    throw new TypeError("fetch failed");
  },
  "answers 500": () => failure(500),
  "answers 429": () => failure(429),
  "answers 401": () => failure(401),
  "answers nonsense": () => new Response("<html>"),
};

export function failure(status: number): Response {
  return Response.json({ message: "No, and here is a secret" }, { status });
}

const MOST_PER_PAGE = 100;

/** The merchant API. `showsPages`: whether the headers of a list contain its number of pages. */
export function snapscanFarSide({ showsPages = true, mostPerPage = MOST_PER_PAGE } = {}) {
  const requests: Request[] = [];
  const payments: PaymentObject[] = [];
  let farSide: FarSide = "works";
  let lastId = 4_710;

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request);
    if (farSide !== "works") return TROUBLES[farSide]();
    const { origin, pathname, searchParams } = new URL(request.url);
    if (origin !== "https://pos.snapscan.io" || request.method !== "GET") return failure(404);
    if (request.headers.get("authorization") !== `Basic ${btoa(`${API_KEY}:`)}`) return failure(401);
    if (pathname === "/merchant/api/v1/payments") return list(searchParams);
    const payment = payments.find(({ id }) => pathname === `/merchant/api/v1/payments/${id}`);
    return payment ? Response.json(payment) : failure(404);
  };

  function list(query: URLSearchParams): Response {
    const [page, perPage] = [Number(query.get("page") ?? 1), Number(query.get("perPage") ?? 50)];
    if (!(page >= 1 && perPage >= 1 && perPage <= MOST_PER_PAGE)) return failure(400);
    const found = payments.filter((payment) => isAskedFor(payment, query));
    const size = Math.min(perPage, mostPerPage);
    const pages = Math.ceil(found.length / size);
    const headers = { "x-total-pages": String(pages), "x-next-page": page < pages ? String(page + 1) : "" };
    return Response.json(found.slice((page - 1) * size, page * size), { headers: showsPages ? headers : {} });
  }

  return {
    fetch,
    requests,
    behave: (next: FarSide) => {
      farSide = next;
    },
    /** Adds a payment as the newest one and returns it with its id. */
    pay(changes: PaymentObject = {}): PaymentObject {
      lastId += 1;
      const payment = paymentObject({ id: lastId, ...changes });
      payments.unshift(payment);
      return payment;
    },
  };
}

function isAskedFor({ merchantReference, status, date }: PaymentObject, query: URLSearchParams): boolean {
  const at = Date.parse(String(date));
  const [start, end] = [query.get("startDate"), query.get("endDate")];
  return (
    (query.get("merchantReference") ?? merchantReference) === merchantReference &&
    (query.get("status")?.split(",").includes(String(status)) ?? true) &&
    (start === null || at >= Date.parse(start)) &&
    (end === null || at < Date.parse(end))
  );
}

export async function collect<Item>(items: AsyncIterable<Item> | undefined): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items ?? expect.fail("not supported")) collected.push(item);
  return collected;
}
