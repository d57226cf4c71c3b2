import type { Payout } from "#domain/board/events";
import type { HostOverview } from "#domain/board/host-reads";
import type { EndPreview } from "#domain/board/preview-ending";
import { isolated } from "#domain/isolate";
import { formatRand } from "#domain/money";
import { ButtonLink, NextLink } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { ClosingAmounts } from "./end-page.tsx";
import { destinationOf, HOLDS, moment, PAYOUT_STATES, PAYOUT_TYPES } from "./words.ts";

/** Where the money goes: what closing would pay while the board is open, and how each payout stands afterwards. */
export function PayoutTab({ overview, ending, path }: { overview: HostOverview; ending: EndPreview; path: string }) {
  const { board, holds, payoutEmail } = overview;
  const isWaiting = board.payouts.some(({ status, gross }) => gross > 0 && status !== "completed");
  return (
    <>
      {ending.how === "close" ? (
        <section class="section" aria-labelledby="payout">
          <h2 id="payout">If the board closed now</h2>
          <ClosingAmounts board={board} preview={ending} />
          <ButtonLink quiet href={`${path}/close`}>
            Close the board early
          </ButtonLink>
        </section>
      ) : (
        <section class="section" aria-labelledby="payout">
          <h2 id="payout">Payout</h2>
          {board.payouts.length === 0 && <p>The pot was empty when the board closed, so nothing is paid out.</p>}
          {isWaiting && holds.length > 0 && <Held holds={holds} />}
          <ul class="lines">
            {board.payouts.map((payout) => (
              <Line payout={payout} overview={overview} isHeld={holds.length > 0} />
            ))}
          </ul>
        </section>
      )}
      <section class="section" aria-labelledby="how">
        <h2 id="how">How it is paid</h2>
        <p>
          {PAYOUT_TYPES[board.payoutMethod]}: {METHOD[board.payoutMethod]}
        </p>
        <p>
          E-mails about it go to <strong>{isolated(payoutEmail)}</strong>.
        </p>
        <p>Paying out costs nothing. ChipIn’s fee was taken from each contribution.</p>
      </section>
      <NextLink href={`${path}/statement`}>Money statement</NextLink>
    </>
  );
}

/** A gift card's code is as good as cash: it is in the e-mail only. */
const METHOD: Record<HostOverview["board"]["payoutMethod"], string> = {
  takealot_gift_card: "we e-mail the card’s code. For your safety it is not shown here.",
  karri_card_topup: "we load the money onto the card you named.",
  philanthropy_donation: "we give the money to the cause, in your child’s name.",
};

function Held({ holds }: Pick<HostOverview, "holds">) {
  return (
    <Notice>
      <strong>The payout waits.</strong> {holds.map((hold) => HOLDS[hold]).join(" ")} You don’t need to do anything; we
      write to you if we have a question.
    </Notice>
  );
}

function Line({ payout, overview, isHeld }: { payout: Payout; overview: HostOverview; isHeld: boolean }) {
  const { type, net, status, completion, gross } = payout;
  const { text, look, next } = PAYOUT_STATES[status];
  if (gross === 0) {
    return (
      <li>
        <p>{PAYOUT_TYPES[type]}: refunds have taken all of it, so nothing is paid.</p>
      </li>
    );
  }
  return (
    <li>
      <div class="who">
        <h3>{PAYOUT_TYPES[type]}</h3>
        <span class="amount">{formatRand(net)}</span>
      </div>
      <p>
        <span class={look === "fresh" ? "pill" : `pill ${look}`}>
          {isHeld && status === "pending" ? "Waiting" : text}
        </span>
      </p>
      <p>
        {formatRand(net)} {destinationOf(type, overview.board)}.{" "}
        {completion ? `Paid on ${moment(completion.completedAt)}.` : isHeld && status === "pending" ? "" : next}
      </p>
    </li>
  );
}
