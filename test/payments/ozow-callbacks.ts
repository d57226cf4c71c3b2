import { createHmac } from "node:crypto";
import { cents } from "#domain/money";
import type { OzowSettings } from "#payments/ozow/settings";
import type { CallbackRequest, OpenPayment, PaymentToRefund, ProviderDeps } from "#payments/provider";
import type { FarSide } from "./provider-contract.ts";

/** Ozow's One API and its callbacks, written from the documentation. It shares no code with the adapter. */

export const NOW = new Date("2026-03-01T10:00:00Z");
export const SITE = "CHI-CHI-001";
export const REFERENCE = "8k3m9q2rtw0v5x7yz1ab";
export const BASE = "https://one.ozow.com/v1";
export const CLIENT_SECRET = "client-secret-for-tests";
export const SECRET = "whsec_m37jN5UVELb2La8uoqum/xQ7YQtgea+F";
export const OTHER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

export const SETTINGS: OzowSettings = {
  clientId: "client-1",
  clientSecret: CLIENT_SECRET,
  siteCode: SITE,
  baseUrl: BASE,
  webhookSecrets: [SECRET],
  webhookToleranceS: 300,
  scopes: {
    payments: { name: "payments", explicit: false },
    refunds: { name: "refund", explicit: false },
  },
  redirectHostSuffix: ".ozow.com",
  minCents: cents(2_000),
  maxCents: cents(1_000_000),
};

export const PAYMENT: OpenPayment = {
  reference: REFERENCE,
  amount: cents(25_750),
  slug: "maya-birthday-8k3m9q2rtw",
  attempt: 1,
  attemptExpiresAt: new Date("2026-03-01T11:00:00.789Z"),
  returnUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw/thanks",
  cancelUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw",
  notifyUrl: "https://chipin.example/api/webhooks/ozow",
  requestId: null,
  openedAt: new Date("2026-03-01T09:00:00Z"),
};

/** The dependencies of an adapter. `logged` are its log entries, `clock.at` is its time. */
export function depsOf(fetch: typeof globalThis.fetch) {
  const logged: Parameters<ProviderDeps["log"]>[0][] = [];
  const clock = { at: NOW };
  const deps: ProviderDeps = { fetch, now: () => clock.at, log: (entry) => logged.push(entry) };
  return { deps, logged, clock };
}

export function sign(secret: string, id: string, timestamp: string, body: string | Uint8Array): string {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`;
}

export type Delivery = Readonly<{
  id?: string;
  secret?: string;
  /** The age of the signature in seconds. */
  ageS?: number;
  headers?: Readonly<Record<string, string | null>>;
}>;

/** A delivery of Svix. `headers` changes headers, or removes them by null. */
export function callback(body: string | object, delivery: Delivery = {}): CallbackRequest {
  const { id = "msg_1", secret = SECRET, ageS = 12, headers: changes = {} } = delivery;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = String(NOW.getTime() / 1_000 - ageS);
  const headers = new Headers({ "content-type": "application/json", "svix-id": id, "svix-timestamp": timestamp });
  headers.set("svix-signature", sign(secret, id, timestamp, text));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return { body: new TextEncoder().encode(text), headers, sourceAddress: "203.0.113.9", now: NOW };
}

export function thin(type: string, id: string, status = "Successful") {
  return { type, timestamp: "2026-03-01T10:00:00Z", data: { id, status } };
}

export type FakeTransaction = {
  id: string;
  merchantReference: unknown;
  siteCode: string;
  status: string;
  reason: string;
  createdDate?: string;
  completedDate?: string;
  amount?: unknown;
};
export type FakeRefund = { id: string; transactionId: string; status: string; reason: string; amount?: unknown };
type FakePayment = { id: string; reference: string; status: string; key: string; body: string };
export type Rule = (request: Request, pathname: string) => Response | null | Promise<Response | null>;

const TROUBLES: Record<Exclude<FarSide, "works">, () => Response> = {
  "breaks the connection": () => {
    throw new TypeError("fetch failed");
  },
  "answers 500": () => new Response("{}", { status: 500 }),
  "answers 429": () => new Response("{}", { status: 429 }),
  "answers 401": () => new Response("{}", { status: 401 }),
  "answers nonsense": () => new Response("<html>"),
};

/** The part of Ozow that the adapter calls. The answer of `rule` replaces the usual one unless it is null. */
export function ozowFarSide() {
  const requests: Request[] = [];
  const payments: FakePayment[] = [];
  const transactions: (FakeTransaction & { paymentId: string })[] = [];
  const refunds: (FakeRefund & { key: string; body: string })[] = [];
  const tokens = new Map<string, string>();
  const far = {
    farSide: "works" as FarSide,
    rule: (() => null) as Rule,
    scopes: ["payments", "refund"] as readonly string[],
    expiresIn: "14400" as unknown,
    envelope: (rows: unknown[]): unknown => ({ results: rows }),
    losesNextRefundAnswer: false,
  };
  let lastId = 0;
  let lastToken = 0;
  const nextId = () => `7f0e2c6a-3b7b-4d51-9a40-${String(++lastId).padStart(12, "0")}`;

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request.clone());
    request.signal.throwIfAborted();
    if (far.farSide !== "works") return TROUBLES[far.farSide]();
    const pathname = new URL(request.url).pathname.replace(/^\/v1/, "");
    return (await far.rule(request.clone(), pathname)) ?? (await answer(request, pathname));
  };

  async function answer(request: Request, pathname: string): Promise<Response> {
    if (pathname === "/token") return token(new URLSearchParams(await request.text()));
    const scope = tokens.get(request.headers.get("authorization")?.replace("Bearer ", "") ?? "");
    if (!scope) return failure(401);
    const [, what, id = "", more] = pathname.split("/");
    const isAboutRefunds = what === "refunds" || more === "refunds";
    if (isAboutRefunds !== scope.startsWith("refund")) return failure(403);
    if (request.method === "POST") return isAboutRefunds ? refund(request, id) : create(request);
    const query = new URL(request.url).searchParams;
    if (pathname === "/transactions") return list(query, (one) => one.siteCode === query.get("siteCode"));
    if (what === "payments" && more === "transactions") return list(query, (one) => one.paymentId === id);
    if (more === "refunds") return json(far.envelope(refunds.filter((one) => one.transactionId === id)));
    const one = { payments, transactions, refunds }[what ?? ""]?.find((row) => row.id === id);
    return one ? json(one) : failure(404);
  }

  function token(form: URLSearchParams): Response {
    if (form.get("client_id") !== "client-1" || form.get("client_secret") !== CLIENT_SECRET) return failure(401);
    const scope = form.get("scope") ?? "";
    if (form.get("grant_type") !== "client_credentials" || !far.scopes.includes(scope)) return failure(400);
    const value = `token-${++lastToken}`;
    tokens.set(value, scope);
    return json({ access_token: value, token_type: "bearer", expires_in: far.expiresIn, scope });
  }

  async function create(request: Request): Promise<Response> {
    const key = request.headers.get("idempotency-key");
    const body = await request.text();
    const { siteCode, amount, merchantReference, expireAt } = JSON.parse(body);
    if (!key || siteCode !== SITE || amount.currency !== "ZAR" || !expireAt) return failure(400);
    const known = payments.find((one) => one.key === key);
    if (known && known.body !== body) return failure(409);
    const payment = known ?? { id: nextId(), reference: merchantReference, status: "Created", key, body };
    if (!known) payments.push(payment);
    return json(
      { id: payment.id, status: "Created", reason: "", redirectUrl: `https://pay.ozow.com/${payment.id}` },
      known ? 200 : 201,
    );
  }

  function list(query: URLSearchParams, isAsked: (one: (typeof transactions)[number]) => boolean): Response {
    const [from, to] = [query.get("fromDate"), query.get("toDate")];
    if (!from || !to) return failure(400);
    const rows = transactions.filter(
      ({ createdDate = NOW.toISOString(), ...one }) =>
        isAsked({ createdDate, ...one }) &&
        new Date(createdDate) >= new Date(from) &&
        new Date(createdDate) <= new Date(to),
    );
    const offset = Number(query.get("offset"));
    return json(far.envelope(rows.slice(offset, offset + Number(query.get("limit")))));
  }

  async function refund(request: Request, transactionId: string): Promise<Response> {
    const key = request.headers.get("idempotency-key") ?? "";
    const body = await request.text();
    const { amount, reason } = JSON.parse(body);
    if (!transactions.some(({ id }) => id === transactionId)) return failure(404);
    if (key === "" || amount.currency !== "ZAR" || !reason) return failure(400);
    const known = refunds.find((one) => one.key === key);
    if (known && (known.body !== body || known.transactionId !== transactionId)) return failure(409);
    const made = known ?? { id: nextId(), transactionId, status: "pending", reason: "", amount, key, body };
    if (!known) refunds.push(made);
    if (far.losesNextRefundAnswer) {
      far.losesNextRefundAnswer = false;
      throw new TypeError("connection reset");
    }
    return json(made, known ? 200 : 201);
  }

  function openPayment(reference = REFERENCE): FakePayment {
    const known = payments.findLast((one) => one.reference === reference);
    if (known) return known;
    const made = { id: nextId(), reference, status: "Created", key: `opened-${reference}`, body: "" };
    payments.push(made);
    return made;
  }

  return Object.assign(far, {
    fetch,
    requests,
    payments,
    transactions,
    refunds,
    tokens,
    openPayment,
    /** A new transaction of the reference's payment; successful and of R257.50 unless changed. */
    pay(changes: Partial<FakeTransaction> = {}): FakeTransaction {
      const reference = typeof changes.merchantReference === "string" ? changes.merchantReference : REFERENCE;
      const made = {
        id: nextId(),
        amount: { currency: "ZAR", value: 257.5 } as unknown,
        merchantReference: REFERENCE,
        siteCode: SITE,
        status: "Successful",
        reason: "",
        createdDate: NOW.toISOString(),
        paymentId: openPayment(reference).id,
        ...changes,
      };
      transactions.push(made);
      return made;
    },
    addRefund(transactionId: string, changes: Partial<FakeRefund> = {}): FakeRefund {
      const amount = { currency: "ZAR", value: 257.5 };
      const made = {
        id: nextId(),
        transactionId,
        status: "pending",
        reason: "",
        amount,
        key: "",
        body: "",
        ...changes,
      };
      refunds.push(made);
      return made;
    },
    asked: () => requests.map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/^\/v1/, "")}`),
  });
}

export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status });
}

export function failure(status: number): Response {
  return json({ errors: [{ id: "1", code: String(status), title: "No", detail: "says who" }] }, status);
}

export function toRefund(transaction: Pick<FakeTransaction, "id">, changes: Partial<PaymentToRefund> = {}) {
  return {
    reference: REFERENCE,
    amount: cents(25_750),
    providerPaymentId: transaction.id,
    providerRefundId: null,
    mayHaveBeenSent: false,
    idempotencyKey: "refund-1",
    ...changes,
  };
}

/** All items, in order. */
export async function collect<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  if (!items) throw new Error("not supported");
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
