import { parse } from "csv-parse/sync";
import { type Cents, cents } from "#domain/money";
import { parseAmount } from "./amount.ts";
import { isObject, type JsonObject } from "./api.ts";
import { PROVIDER_PAYMENT_ID } from "./itn.ts";

/** What we read of one row. `at` is null where the date cannot be read; `reference` where the payment carries none. */
export type Receipt = Readonly<{
  providerPaymentId: string;
  reference: string | null;
  amount: Cents;
  at: Date | null;
}>;

/** `rows` counts every row, also those about other things than money received: paging goes by it. */
export type HistoryPage = Readonly<{ rows: number; receipts: readonly Receipt[]; unreadable: number }>;

const COLUMNS = ["date", "type", "sign", "currency", "gross", "mpaymentid", "pfpaymentid"] as const;
type Column = (typeof COLUMNS)[number];

const DATE = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
const GROUPING_COMMA = /,(?=\d{3}(?!\d))/g;

/**
 * A page of the transaction history: CSV, or CSV inside JSON. Null when it is neither, or a column we need is missing.
 * A row we cannot read is counted and left out, never guessed. (payment-providers 1.5)
 */
export function parseHistory(answer: { text: string; json: JsonObject | null }): HistoryPage | null {
  const csv = csvIn(answer);
  if (csv === null) return null;
  const records = parseRecords(csv);
  if (!records) return null;
  const [header, ...rows] = records;
  // No header either: nothing happened on these days.
  if (!header) return { rows: 0, receipts: [], unreadable: 0 };
  const read = readerOf(header);
  if (!read) return null;

  const receipts: Receipt[] = [];
  let unreadable = 0;
  for (const row of rows) {
    // A comma too many shifts what stands behind it.
    const receipt = row.length === header.length ? receiptOf((column) => read(row, column)) : "unreadable";
    if (receipt === "unreadable") unreadable += 1;
    else if (receipt) receipts.push(receipt);
  }
  return { rows: rows.length, receipts, unreadable };
}

/** `trimStart` also takes a byte order mark. */
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

/** Columns go by their names, whose case, spaces and underscores differ between answers. */
function readerOf(header: readonly string[]): ((row: readonly string[], column: Column) => string) | null {
  const names = header.map((name) => name.toLowerCase().replace(/[\s_]/g, ""));
  const places = new Map(COLUMNS.map((column) => [column, names.indexOf(column)]));
  if ([...places.values()].includes(-1)) return null;
  return (row, column) => row[places.get(column) ?? -1] ?? "";
}

/** Null for what is no money received in rand: payouts, fees, and types we do not know. (payment-providers 1.7) */
function receiptOf(read: (column: Column) => string): Receipt | "unreadable" | null {
  if (read("type") !== "FUNDS_RECEIVED" || read("sign") !== "CREDIT" || read("currency") !== "ZAR") return null;
  const amount = parseAmount(read("gross").replace(GROUPING_COMMA, ""));
  const providerPaymentId = read("pfpaymentid");
  if (amount === null || amount === cents(0) || !PROVIDER_PAYMENT_ID.test(providerPaymentId)) return "unreadable";
  return { providerPaymentId, reference: read("mpaymentid") || null, amount, at: parseSast(read("date")) };
}

/** `2026-03-01 13:29:55`, South African time */
function parseSast(text: string): Date | null {
  if (!DATE.test(text)) return null;
  const at = new Date(`${text.replace(" ", "T")}+02:00`);
  return Number.isNaN(at.getTime()) ? null : at;
}
