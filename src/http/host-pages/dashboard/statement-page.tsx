import type { HostOverview } from "#domain/board/host-reads";
import type { MoneyStatement, StatementContribution, Sums } from "#domain/board/money-statement";
import { type Cents, formatRand } from "#domain/money";
import { ButtonLink } from "../../ui/button.tsx";
import { type HostSite, renderFrame } from "./parts.tsx";
import { EXTRA_STATES, EXTRAS, METHODS, moment, nameOf, PAYOUT_STATES, PAYOUT_TYPES, STATES } from "./words.ts";

type StatementProps = Readonly<{ site: HostSite; overview: HostOverview; path: string; statement: MoneyStatement }>;

/** Every cent of the board, to look at and to print. */
export function renderStatement({ site, overview, path, statement }: StatementProps): string {
  const { board } = overview;
  const { contributions, extras, payouts, totals } = statement;
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
          <div class="unprinted">
            <ButtonLink quiet href={`${path}/statement.csv`}>
              Download for Excel
            </ButtonLink>
          </div>
        </div>
        <Summary totals={totals} />
        <section class="scroll" aria-label="Contributions">
          <table>
            <caption>Contributions</caption>
            <thead>
              <tr>
                <th scope="col">Paid</th>
                <th scope="col">From</th>
                <th scope="col">How</th>
                <Heads words={["Amount", "Fee", "Net"]} />
                <th scope="col">Where it is</th>
              </tr>
            </thead>
            <tbody>
              {contributions.map((line) => (
                <Contribution line={line} />
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colspan={3}>
                  {totals.received.count} in all
                </th>
                <Amounts of={[totals.received.amount, totals.received.fee, totals.received.net]} />
                <td />
              </tr>
            </tfoot>
          </table>
        </section>
        {extras.length > 0 && (
          <section class="scroll" aria-label="Other payments">
            <table>
              <caption>Other payments, no part of the pot</caption>
              <thead>
                <tr>
                  <th scope="col">From</th>
                  <th scope="col">How</th>
                  <Heads words={["Amount"]} />
                  <th scope="col">What it is</th>
                  <th scope="col">Where it is</th>
                </tr>
              </thead>
              <tbody>
                {extras.map(({ name, method, amount, why, state }) => (
                  <tr>
                    <td>
                      <bdi>{nameOf(name)}</bdi>
                    </td>
                    <td>{METHODS[method]}</td>
                    <Amounts of={[amount]} />
                    <td>{EXTRAS[why]}</td>
                    <td>{EXTRA_STATES[state]}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
        {payouts.length > 0 && (
          <section class="scroll" aria-label="Payouts">
            <table>
              <caption>Payouts</caption>
              <thead>
                <tr>
                  <th scope="col">Planned</th>
                  <th scope="col">What</th>
                  <Heads words={["Gross", "Fee", "Net"]} />
                  <th scope="col">How it stands</th>
                </tr>
              </thead>
              <tbody>
                {payouts.map(({ type, gross, fee, net, status, createdAt, completedAt }) => (
                  <tr>
                    <td>{moment(createdAt)}</td>
                    <td>{PAYOUT_TYPES[type]}</td>
                    <Amounts of={[gross, fee, net]} />
                    <td>{completedAt ? `Paid ${moment(completedAt)}` : PAYOUT_STATES[status].text}</td>
                  </tr>
                ))}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row" colspan={2}>
                    {payouts.length} in all
                  </th>
                  <Amounts of={[totals.payouts.gross, totals.payouts.fee, totals.payouts.net]} />
                  <td />
                </tr>
              </tfoot>
            </table>
          </section>
        )}
      </>
    ),
  });
}

/** From what came in to what is paid out, a line each. */
function Summary({ totals }: { totals: MoneyStatement["totals"] }) {
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

function Contribution({ line }: { line: StatementContribution }) {
  const { paidAt, name, nameHidden, method, amount, fee, net, state, late } = line;
  return (
    <tr>
      <td>{moment(paidAt)}</td>
      <td>
        <bdi>{nameOf(name)}</bdi>
        {nameHidden && " (hidden from guests)"}
      </td>
      <td>{METHODS[method]}</td>
      <Amounts of={[amount, fee, net]} />
      <td>
        {STATES[state]}
        {late && ", came after closing"}
      </td>
    </tr>
  );
}

function Heads({ words }: { words: readonly string[] }) {
  return (
    <>
      {words.map((word) => (
        <th scope="col" class="cents">
          {word}
        </th>
      ))}
    </>
  );
}

function Amounts({ of }: { of: readonly Cents[] }) {
  return (
    <>
      {of.map((amount) => (
        <td class="cents">{inRand(amount)}</td>
      ))}
    </>
  );
}

/** With both digits of the cents, so that a column is read down. */
function inRand(amount: Cents): string {
  const text = formatRand(amount);
  return text.includes(".") ? text : `${text}.00`;
}
