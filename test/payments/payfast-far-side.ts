import { formEncode, MERCHANT_ID, md5, NOW, PASSPHRASE, type Pair } from "./payfast-notices.ts";
import type { FarSide } from "./provider-contract.ts";

/** PayFast's validate page and API, written from the documentation. It shares no code with the adapter. */

type Payment = { id: string; reference: string; cents: number; paidAt: Date; refunds: number };

const HEADER =
  "Date,Type,Sign,Party,Name,Description,Currency,Funding Type,Gross,Fee,Net,Balance,M Payment ID,PF Payment ID";
const PAYOUT = '2026-03-01 06:00:00,PAYOUT,DEBIT,ChipIn,,,ZAR,,-500.00,0.00,-500.00,"12,148.02",,';

const TROUBLES: Record<Exclude<FarSide, "works">, () => Response> = {
  "breaks the connection": () => {
    throw new TypeError("fetch failed");
  },
  "answers 500": () => new Response("VALID", { status: 500 }),
  "answers 429": () => new Response("VALID", { status: 429 }),
  "answers 401": () => new Response("VALID", { status: 401 }),
  "answers nonsense": () => new Response("<html>"),
};

export function payfastFarSide() {
  const requests: Request[] = [];
  const payments: Payment[] = [];
  let farSide: FarSide = "works";
  let lastPaymentId = 2_577_000;
  let losesNextRefundAnswer = false;

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request.clone());
    if (farSide !== "works") return TROUBLES[farSide]();
    const { hostname, pathname } = new URL(request.url);
    if (pathname === "/eng/query/validate") return new Response("VALID");
    if (hostname !== "api.payfast.co.za") return new Response(null, { status: 404 });
    return (await isSigned(request.clone())) ? answer(request) : failure(401);
  };

  function answer(request: Request): Response | Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/transactions/history") return history(searchParams);
    const [, what, ...rest] = pathname.split("/");
    const payment = payments.find(({ id }) => id === rest.at(-1));
    if (what !== "refunds" || !payment) return failure(404);
    if (request.method === "POST") return refund(payment, request);
    return rest[0] === "query" ? refundStatus(payment) : Response.json(listing(payment));
  }

  function history(query: URLSearchParams): Response {
    const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
    const [offset, limit] = [Number(query.get("offset")), Number(query.get("limit"))];
    const rows = [PAYOUT, ...payments.map(rowOf)].filter((row) => from <= row.slice(0, 10) && row.slice(0, 10) <= to);
    return new Response(`${[HEADER, ...rows.slice(offset, offset + limit)].join("\r\n")}\r\n`);
  }

  async function refund(payment: Payment, request: Request): Promise<Response> {
    const { amount, reason, notify_buyer } = (await request.json()) as Record<string, unknown>;
    if (amount !== payment.cents || String(reason).length < 3 || notify_buyer !== "1") return failure(400);
    payment.refunds += 1;
    if (losesNextRefundAnswer) {
      losesNextRefundAnswer = false;
      throw new TypeError("connection reset");
    }
    return Response.json({ code: 200, status: "success", data: { response: true, message: "Refunded" } });
  }

  return {
    fetch,
    requests,
    behave: (next: FarSide) => {
      farSide = next;
    },
    pay(reference: string, cents: number, paidAt = NOW): string {
      lastPaymentId += 1;
      payments.push({ id: String(lastPaymentId), reference, cents, paidAt, refunds: 0 });
      return String(lastPaymentId);
    },
    /** A failed attempt. It has an id and no row in the history. */
    attempt: () => String(++lastPaymentId),
    refundsOf: (id: string) => payments.find((payment) => payment.id === id)?.refunds ?? 0,
    loseNextRefundAnswer: () => {
      losesNextRefundAnswer = true;
    },
  };
}

function rowOf({ id, reference, cents, paidAt }: Payment): string {
  const date = new Date(paidAt.getTime() + 7_200_000).toISOString().slice(0, 19).replace("T", " ");
  const gross = (cents / 100).toFixed(2);
  return `${date},FUNDS_RECEIVED,CREDIT,Thandi N,ChipIn gift contribution,,ZAR,CC,${gross},-6.48,148.02,"12,148.02",${reference},${id}`;
}

/** A refund is completed at once here, so that a refunded amount is no longer available. */
function refundStatus({ cents, refunds }: Payment): Response {
  return Response.json({
    token: "a3b3ae55-ab8b-b388-df23-4e6882b86ce0",
    funding_type: "Debit Card",
    amount_original: cents,
    amount_available_for_refund: refunds > 0 ? 0 : cents,
    status: refunds > 0 ? "COMPLETED" : "REFUNDABLE",
    errors: [],
    refund_full: { method: refunds > 0 ? "NOT_AVAILABLE" : "PAYMENT_SOURCE" },
    refund_partial: { method: refunds > 0 ? "NOT_AVAILABLE" : "PAYMENT_SOURCE" },
    bank_names: [],
  });
}

function listing({ cents, refunds }: Payment) {
  const refund = { amount: cents, date: "2026-03-01 12:00:00", type: "REFUND" };
  return { available_balance: refunds > 0 ? 0 : cents, transactions: Array.from({ length: refunds }, () => refund) };
}

export function failure(code: number, status = code): Response {
  return Response.json({ code, status: "failed", data: { response: false, message: "No" } }, { status });
}

/** The signature covers headers, query, body and passphrase in alphabetical order, without `testing`. */
async function isSigned(request: Request): Promise<boolean> {
  const body: Record<string, unknown> = request.method === "POST" ? await request.json() : {};
  const pairs = [
    ...["merchant-id", "version", "timestamp"].map((name): Pair => [name, request.headers.get(name) ?? ""]),
    ...new URL(request.url).searchParams,
    ...Object.entries(body).map(([name, value]): Pair => [name, String(value)]),
    ["passphrase", PASSPHRASE] satisfies Pair,
  ].filter(([name]) => name !== "testing");
  pairs.sort(([left], [right]) => (left < right ? -1 : 1));
  return (
    request.headers.get("signature") === md5(formEncode(pairs)) && request.headers.get("merchant-id") === MERCHANT_ID
  );
}
