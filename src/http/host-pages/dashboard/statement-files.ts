import type { MoneyStatement, StatementContribution, Sums } from "#domain/board/money-statement";
import { publicId } from "#domain/ids";
import type { Cents } from "#domain/money";
import { zoneDate, zoneTime } from "#domain/time";
import { EXTRA_STATES, EXTRAS, METHODS, nameOf, PAYOUT_STATES, PAYOUT_TYPES, STATES } from "./words.ts";

/*
 * The statement as files. All amounts are of one point in the log; names follow in slices, because those of a large board do not fit into
 * one answer of its object. A name that changes or is erased meanwhile changes no sum.
 */

/** As typed, in the order of the ids of contributions. */
type NamesOf = (ids: readonly string[]) => Promise<readonly (string | null)[]>;
const LINES_A_SLICE = 2_000;

async function* namedSlices(
  { contributions }: MoneyStatement,
  namesOf: NamesOf,
): AsyncGenerator<readonly StatementContribution[]> {
  for (let from = 0; from < contributions.length; from += LINES_A_SLICE) {
    const slice = contributions.slice(from, from + LINES_A_SLICE);
    const names = await namesOf(slice.map(({ id }) => id));
    yield slice.map((line, at) => ({ ...line, name: names[at] ?? null }));
  }
}

const HEAD = ["date", "kind", "id", "name", "method", "amount", "fee", "net", "state"];
/** By this Excel knows that the text is UTF-8. */
const BYTE_ORDER_MARK = "\ufeff";

/** The statement's lines as a spreadsheet reads them. (RFC 4180) Amounts in rand with a point, times of South Africa. */
export async function* statementCsv(statement: MoneyStatement, namesOf: NamesOf): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvOf([HEAD]);
  for await (const lines of namedSlices(statement, namesOf)) {
    yield csvOf(
      lines.map((line) => [
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
    );
  }
  const extras = statement.extras.map((line) => [
    "",
    EXTRAS[line.why].toLowerCase(),
    publicId("contribution", line.contributionId),
    nameOf(line.name),
    METHODS[line.method],
    rand(line.amount),
    "",
    "",
    EXTRA_STATES[line.state],
  ]);
  const payouts = statement.payouts.map((line) => [
    when(line.completedAt ?? line.createdAt),
    "payout",
    publicId("payout", line.id),
    "",
    PAYOUT_TYPES[line.type],
    rand(line.gross),
    rand(line.fee),
    rand(line.net),
    PAYOUT_STATES[line.status].text,
  ]);
  yield csvOf([...extras, ...payouts]);
}

function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
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

/** The same as one JSON object: amounts in integer cents, instants ISO 8601, ids and words of the partner API where it has them. */
export async function* statementJson(
  statement: MoneyStatement,
  namesOf: NamesOf,
  { boardId, now }: Readonly<{ boardId: string; now: Date }>,
): AsyncGenerator<string> {
  const { totals } = statement;
  const head = {
    dream_board_id: publicId("board", boardId),
    as_of: now.toISOString(),
    totals: {
      received: sumsInCents(totals.received),
      in_pot: sumsInCents(totals.inPot),
      returning: sumsInCents(totals.returning),
      refunded: sumsInCents(totals.refunded),
      raised_cents: totals.raised,
      payable_cents: totals.payable,
      payouts: grossInCents(totals.payouts),
      paid_out: grossInCents(totals.paidOut),
      lost_cents: totals.lost,
      unplanned_cents: totals.unplanned,
    },
    payouts: statement.payouts.map(({ id, type, status, createdAt, completedAt, ...amounts }) => ({
      id: publicId("payout", id),
      type,
      ...grossInCents(amounts),
      status,
      created_at: createdAt,
      completed_at: completedAt,
    })),
    other_payments: statement.extras.map(({ contributionId, name, method, amount, why, state }) => ({
      contribution_id: publicId("contribution", contributionId),
      contributor_name: name,
      method,
      amount_cents: amount,
      why,
      state,
    })),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"contributions":[`;
  let separator = "\n";
  for await (const lines of namedSlices(statement, namesOf)) {
    const texts = lines.map(({ id, paidAt, name, nameHidden, method, state, late, ...amounts }) =>
      JSON.stringify({
        id: publicId("contribution", id),
        paid_at: paidAt,
        contributor_name: name,
        name_hidden: nameHidden,
        method,
        ...amountsInCents(amounts),
        state,
        late,
      }),
    );
    yield separator + texts.join(",\n");
    separator = ",\n";
  }
  yield "\n]}\n";
}

function amountsInCents({ amount, fee, net }: Omit<Sums, "count">) {
  return { amount_cents: amount, fee_cents: fee, net_cents: net };
}

function sumsInCents({ count, ...amounts }: Sums) {
  return { count, ...amountsInCents(amounts) };
}

function grossInCents({
  gross,
  fee,
  net,
  ...rest
}: Readonly<{ count?: number; gross: Cents; fee: Cents; net: Cents }>) {
  return { ...rest, gross_cents: gross, fee_cents: fee, net_cents: net };
}
