import type { Child } from "hono/jsx";
import type { HostOverview, HostReads } from "#domain/board/host-reads";
import type { StatementContribution, StatementTotals, Sums } from "#domain/board/money-statement";
import { publicId } from "#domain/ids";
import { type Cents, formatRand } from "#domain/money";
import { ButtonLink } from "../../ui/button.tsx";
import { type HostSite, renderFrame } from "./parts.tsx";
import { EXTRA_STATES, EXTRAS, METHODS, moment, nameOf, PAYOUT_STATES, PAYOUT_TYPES, STATES } from "./words.ts";

type StatementProps = Readonly<{
  site: HostSite;
  overview: HostOverview;
  path: string;
  statement: Exclude<HostReads["statement"]["answer"], null>;
  isFirstPage: boolean;
}>;

/** Every cent of the board, to look at and to print: all sums, and the contributions of one page. */
export function renderStatement({ site, overview, path, statement, isFirstPage }: StatementProps): string {
  const { board } = overview;
  const { contributions, next, extras, payouts, totals } = statement;
  const { received, payouts: planned } = totals;
  const isWhole = contributions.length === received.count;
  return renderFrame({
    site,
    board,
    path,
    tab: null,
    tabs: [],
    kind: "statement",
    title: "Money statement",
    children: (
      <>
        <div class="top">
          <div>
            <h2>Money statement</h2>
            <p>As of {moment(site.now.toISOString())}, South African time. All amounts in rand.</p>
          </div>
          <div class="unprinted choices">
            <ButtonLink quiet href={`${path}/statement.csv`}>
              Download for Excel
            </ButtonLink>
            <ButtonLink quiet href={`${path}/statement.json`}>
              Download as JSON
            </ButtonLink>
          </div>
        </div>
        <Summary totals={totals} />
        {extras.length > 0 && (
          <Lines
            caption="Other payments, no part of the pot"
            columns={[FROM, AMOUNT, { word: "How" }, { word: "What it is" }, { word: "Where it is" }]}
            rows={extras.map(({ name, method, amount, why, state }) => [
              <bdi>{nameOf(name)}</bdi>,
              inRand(amount),
              METHODS[method],
              EXTRAS[why],
              EXTRA_STATES[state],
            ])}
          />
        )}
        {payouts.length > 0 && (
          <Lines
            caption="Payouts"
            columns={[
              { word: "What", kind: "lead" },
              { word: "Gross", kind: "cents first" },
              FEE,
              NET,
              { word: "Planned", kind: "instant" },
              { word: "How it stands" },
            ]}
            rows={payouts.map(({ type, gross, fee, net, status, createdAt, completedAt }) => [
              PAYOUT_TYPES[type],
              inRand(gross),
              inRand(fee),
              inRand(net),
              moment(createdAt),
              completedAt ? `Paid ${moment(completedAt)}` : PAYOUT_STATES[status].text,
            ])}
            sums={[`${payouts.length} in all`, inRand(planned.gross), inRand(planned.fee), inRand(planned.net), "", ""]}
          />
        )}
        <Lines
          caption={
            isWhole ? "Contributions" : `Contributions, the newest first: ${contributions.length} of ${received.count}`
          }
          columns={[
            FROM,
            AMOUNT,
            FEE,
            NET,
            { word: "Paid", kind: "instant" },
            { word: "How" },
            { word: "Where it is" },
          ]}
          rows={contributions.map(contributionCells)}
          sums={[
            `${received.count} in all`,
            inRand(received.amount),
            inRand(received.fee),
            inRand(received.net),
            "",
            "",
            "",
          ]}
        />
        {!isWhole && <p>The files have every contribution, also those that are not on this page.</p>}
        {(next || !isFirstPage) && (
          <nav class="choices unprinted" aria-label="More contributions">
            {!isFirstPage && (
              <ButtonLink quiet href={`${path}/statement`}>
                The newest
              </ButtonLink>
            )}
            {next && (
              <ButtonLink quiet href={`${path}/statement?after=${publicId("contribution", next)}`}>
                Older contributions
              </ButtonLink>
            )}
          </nav>
        )}
      </>
    ),
  });
}

type Column = Readonly<{ word: string; kind?: "lead" | "cents" | "cents first" | "instant" }>;
const FROM: Column = { word: "From", kind: "lead" };
const AMOUNT: Column = { word: "Amount", kind: "cents first" };
const FEE: Column = { word: "Fee", kind: "cents" };
const NET: Column = { word: "Net", kind: "cents" };

/** Said beside the elements: where a narrow screen shows a table as blocks, some screen readers take it for none. */
const ROLES = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  head: { role: "columnheader", scope: "col" },
  cell: { role: "cell" },
} as const;

type LinesProps = Readonly<{
  caption: string;
  columns: readonly Column[];
  rows: readonly (readonly Child[])[];
  sums?: readonly string[];
}>;

/** A table that a narrow screen shows as one block a row, with the word of the column before a fee, a net amount and an instant. */
function Lines({ caption, columns, rows, sums }: LinesProps) {
  const cells = (row: readonly Child[]) => (
    <tr {...ROLES.row}>
      {columns.map(({ word, kind }, at) => (
        <td {...ROLES.cell} class={kind} data-label={kind === "cents" || kind === "instant" ? word : undefined}>
          {row[at]}
        </td>
      ))}
    </tr>
  );
  return (
    <table {...ROLES.table} class="stacked">
      <caption>{caption}</caption>
      <thead {...ROLES.group}>
        <tr {...ROLES.row}>
          {columns.map(({ word, kind }) => (
            <th {...ROLES.head} class={kind}>
              {word}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...ROLES.group}>{rows.map(cells)}</tbody>
      {sums && <tfoot {...ROLES.group}>{cells(sums)}</tfoot>}
    </table>
  );
}

function contributionCells({ paidAt, name, nameHidden, method, amount, fee, net, state, late }: StatementContribution) {
  return [
    <>
      <bdi>{nameOf(name)}</bdi>
      {nameHidden && " (hidden from guests)"}
    </>,
    inRand(amount),
    inRand(fee),
    inRand(net),
    moment(paidAt),
    METHODS[method],
    late ? `${STATES[state]}, came after closing` : STATES[state],
  ];
}

/** From what came in to what is paid out, a line each. */
function Summary({ totals }: { totals: StatementTotals }) {
  const { received, returning, refunded, payable, payouts, paidOut, lost, unplanned } = totals;
  const back = (sums: Sums) => `${sums.count}, ${formatRand(sums.amount)} to the guests`;
  return (
    <table>
      <caption>Summary</caption>
      <tbody>
        <Row text="Contributions received" amount={received.amount} />
        <Row text="ChipIn’s fees" amount={received.fee} minus />
        {refunded.count > 0 && <Row text={`Sent back (${back(refunded)})`} amount={refunded.net} minus />}
        {returning.count > 0 && <Row text={`On its way back (${back(returning)})`} amount={returning.net} minus />}
        <Row text="In the pot" amount={payable} isSum />
        {lost > 0 && <Row text="Taken back by a bank after it was paid out" amount={lost} />}
        {payouts.count > 0 && <Row text="Payouts" amount={payouts.gross} />}
        {payouts.count > 0 && <Row text="Paid so far" amount={paidOut.gross} />}
        {unplanned !== 0 && <Row text="Paid out when the board closes" amount={unplanned} />}
      </tbody>
    </table>
  );
}

function Row({ text, amount, minus, isSum }: { text: string; amount: Cents; minus?: boolean; isSum?: boolean }) {
  return (
    <tr class={isSum ? "sum-line" : undefined}>
      <th scope="row">{text}</th>
      <td class="cents">
        {minus && amount > 0 ? "− " : ""}
        {inRand(amount)}
      </td>
    </tr>
  );
}

/** With both digits of the cents, so that a column is read down. */
function inRand(amount: Cents): string {
  const text = formatRand(amount);
  return text.includes(".") ? text : `${text}.00`;
}
