import type { MoneyStatement } from "#domain/board/money-statement";
import { publicId } from "#domain/ids";
import type { Cents } from "#domain/money";
import { zoneDate, zoneTime } from "#domain/time";
import { EXTRA_STATES, EXTRAS, METHODS, nameOf, PAYOUT_STATES, PAYOUT_TYPES, STATES } from "./words.ts";

const HEAD = ["date", "kind", "id", "name", "method", "amount", "fee", "net", "state"];
/** By this Excel knows that the text is UTF-8. */
const BYTE_ORDER_MARK = "\ufeff";

/** The statement's lines as a spreadsheet reads them. (RFC 4180) Amounts in rand with a point, times of South Africa. */
export function statementCsv({ contributions, extras, payouts }: MoneyStatement): string {
  const rows = [
    ...contributions.map((line) => [
      when(line.paidAt),
      "contribution",
      publicId("contribution", line.id),
      nameOf(line.name),
      METHODS[line.method],
      rand(line.amount),
      rand(line.fee),
      rand(line.net),
      STATES[line.state],
    ]),
    ...extras.map((line) => [
      "",
      EXTRAS[line.why].toLowerCase(),
      publicId("contribution", line.contributionId),
      nameOf(line.name),
      METHODS[line.method],
      rand(line.amount),
      "",
      "",
      EXTRA_STATES[line.state],
    ]),
    ...payouts.map((line) => [
      when(line.completedAt ?? line.createdAt),
      "payout",
      publicId("payout", line.id),
      "",
      PAYOUT_TYPES[line.type],
      rand(line.gross),
      rand(line.fee),
      rand(line.net),
      PAYOUT_STATES[line.status].text,
    ]),
  ];
  return BYTE_ORDER_MARK + [HEAD, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A spreadsheet takes a text that begins so for a formula; an apostrophe before it makes it a text again. (product-facts 11) */
const FORMULA = /^[=+\-@\t\r]/;

function cell(text: string): string {
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function when(at: string): string {
  const instant = new Date(at);
  return `${zoneDate(instant)} ${zoneTime(instant)}`;
}

function rand(amount: Cents): string {
  return (amount / 100).toFixed(2);
}
