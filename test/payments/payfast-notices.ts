import { createHash } from "node:crypto";
import { cents } from "#domain/money";
import type { PayfastSettings } from "#payments/payfast/settings";
import type { CallbackRequest, ProviderDeps } from "#payments/provider";

/** Notifications as PayFast sends them, written from its documentation. It shares no code with the adapter. */

export const PASSPHRASE = "jt7NOE43FZPn";
export const MERCHANT_ID = "10000100";
export const REFERENCE = "8k3m9q2rtw0v5x7yz1ab";

export const SETTINGS: PayfastSettings = {
  merchantId: MERCHANT_ID,
  merchantKey: "46f0cd694581a",
  passphrase: PASSPHRASE,
  sandbox: false,
  baseUrl: null,
  sourceCheck: "off",
  sourceCidrs: ["197.97.145.144/28", "144.126.193.139"],
  validateBody: "auto",
  maxCents: cents(1_000_000),
  apiBaseUrl: "https://api.payfast.co.za",
  apiEnabled: true,
  refundRetrievePath: "/refunds/{id}",
};

export const NOW = new Date("2026-03-01T10:00:00Z");

export type Pair = readonly [name: string, value: string];

const GENUINE: readonly Pair[] = [
  ["m_payment_id", REFERENCE],
  ["pf_payment_id", "2577001"],
  ["payment_status", "COMPLETE"],
  ["item_name", "ChipIn gift contribution"],
  ["item_description", ""],
  ["amount_gross", "257.50"],
  ["amount_fee", "-7.42"],
  ["amount_net", "250.08"],
  ...["custom_str1", "custom_str2", "custom_str3", "custom_str4", "custom_str5"].map((name): Pair => [name, ""]),
  ...["custom_int1", "custom_int2", "custom_int3", "custom_int4", "custom_int5"].map((name): Pair => [name, ""]),
  ["name_first", "José"],
  ["name_last", "D'Almeida (big) *~!"],
  ["email_address", "jose@example.com"],
  ["merchant_id", MERCHANT_ID],
];

/** The genuine fields with changes. A change to null removes the field. */
export function noticePairs(changes: Readonly<Record<string, string | null>> = {}): Pair[] {
  const names = new Set(GENUINE.map(([name]) => name));
  const unknown = Object.keys(changes).filter((name) => !names.has(name));
  const pairs: readonly Pair[] = [...GENUINE, ...unknown.map((name): Pair => [name, ""])];
  return pairs.flatMap(([name, value]): Pair[] => {
    const change = changes[name];
    return change === null ? [] : [[name, change ?? value]];
  });
}

/** PHP's `urlencode` differs from the browser's form encoding in the asterisk only. */
export function formEncode(pairs: readonly Pair[]): string {
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString().replaceAll("*", "%2A");
}

export function md5(text: string | Uint8Array): string {
  return createHash("md5").update(text).digest("hex");
}

/** `text` is already encoded; the signature is appended as PayFast does. */
export function signText(text: string, passphrase: string | null = PASSPHRASE): string {
  return `${text}&signature=${md5(passphrase === null ? text : `${text}&passphrase=${passphrase}`)}`;
}

export function notice(changes: Readonly<Record<string, string | null>> = {}): string {
  return signText(formEncode(noticePairs(changes)));
}

export function callback(body: string | Uint8Array, sourceAddress: string | null = "197.97.145.150"): CallbackRequest {
  return {
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    headers: new Headers({ "content-type": "application/x-www-form-urlencoded" }),
    sourceAddress,
    now: NOW,
  };
}

export type ValidateAnswer = () => Response | Promise<Response>;

/** PayFast's validate page. It returns `answers` in order, then the last one again, and keeps the requests. */
export function validatePage(...answers: readonly ValidateAnswer[]) {
  const requests: Request[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(new Request(input, init));
    if (!answer) throw new Error("this test expects no request");
    return answer();
  };
  return { ...deps(fetch), requests };
}

/** The dependencies of an adapter at noon in South Africa. Its log entries are dropped. */
export function deps(fetch: typeof globalThis.fetch): ProviderDeps {
  return { fetch, now: () => NOW, log: () => {} };
}

export const VALID = () => new Response("VALID");
export const INVALID = () => new Response("INVALID");
