import { parse } from "csv-parse/sync";
import { type Cents, cents } from "#domain/money";
import { isObject, type JsonObject } from "../json.ts";
import { parseAmount } from "./amount.ts";
import { PROVIDER_PAYMENT_ID } from "./itn.ts";

/** A row about received money. `at` is null for an unreadable date, `reference` for a payment without one. */
export type ReceivedPayment = Readonly<{
  providerPaymentId: string;
  reference: string | null;
  amount: Cents;
  at: Date | null;
}>;

/** `rows` counts all rows of the page, because paging depends on them. `unreadable` counts the rows that were left out. */
export type HistoryPage = Readonly<{ rows: number; received: readonly ReceivedPayment[]; unreadable: number }>;

const COLUMNS = ["date", "type", "sign", "currency", "gross", "mpaymentid", "pfpaymentid"] as const;
type Column = (typeof COLUMNS)[number];

const DATE = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
const GROUPING_COMMA = /,(?=\d{3}(?!\d))/g;

/**
 * A page of the transaction history: CSV, or CSV inside JSON. Null when it is neither, or when a required column is
 * missing. (payment-providers 1.5)
 */
export function parseHistory(answer: { text: string; json: JsonObject | null }): HistoryPage | null {
  const csv = csvIn(answer);
  if (csv === null) return null;
  const records = parseRecords(csv);
  if (!records) return null;
  const [header, ...rows] = records;
  // PayFast sends no header when the days have no transactions.
  if (!header) return { rows: 0, received: [], unreadable: 0 };
  const read = readerOf(header);
  if (!read) return null;

  const received: ReceivedPayment[] = [];
  let unreadable = 0;
  for (const row of rows) {
    // An unquoted comma shifts the cells after it.
    const payment = row.length === header.length ? receivedIn((column) => read(row, column)) : "unreadable";
    if (payment === "unreadable") unreadable += 1;
    else if (payment) received.push(payment);
  }
  return { rows: rows.length, received, unreadable };
}

/** `trimStart` also removes a byte order mark. */
function csvIn({ text, json }: { text: string; json: JsonObject | null }): string | null {
  const start = text.trimStart();
  if (!start.startsWith("{")) return start;
  const response = isObject(json?.data) ? json.data.response : null;
  return typeof response === "string" ? response.trimStart() : null;
}

function parseRecords(csv: string): string[][] | null {
  try {
    return parse(csv, { relax_column_count: true, relax_quotes: true, skip_empty_lines: true, trim: true });
  } catch {
    return null;
  }
}

/** Finds columns by name. Case, spaces and underscores of the names differ between answers. */
function readerOf(header: readonly string[]): ((row: readonly string[], column: Column) => string) | null {
  const names = header.map((name) => name.toLowerCase().replace(/[\s_]/g, ""));
  const places = new Map(COLUMNS.map((column) => [column, names.indexOf(column)]));
  if ([...places.values()].includes(-1)) return null;
  return (row, column) => row[places.get(column) ?? -1] ?? "";
}

/** Null for a row about anything else than rand received: payouts, fees and unknown types. (payment-providers 1.7) */
function receivedIn(read: (column: Column) => string): ReceivedPayment | "unreadable" | null {
  if (read("type") !== "FUNDS_RECEIVED" || read("sign") !== "CREDIT" || read("currency") !== "ZAR") return null;
  const amount = parseAmount(read("gross").replace(GROUPING_COMMA, ""));
  const providerPaymentId = read("pfpaymentid");
  if (amount === null || amount === cents(0) || !PROVIDER_PAYMENT_ID.test(providerPaymentId)) return "unreadable";
  return { providerPaymentId, reference: read("mpaymentid") || null, amount, at: parseSast(read("date")) };
}

/** Reads `2026-03-01 13:29:55` as South African time. */
function parseSast(text: string): Date | null {
  if (!DATE.test(text)) return null;
  const at = new Date(`${text.replace(" ", "T")}+02:00`);
  return Number.isNaN(at.getTime()) ? null : at;
}
