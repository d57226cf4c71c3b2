import type { HostOverview } from "#domain/board/host-reads";
import type { EndPreview } from "#domain/board/preview-ending";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { isolated } from "#domain/isolate";
import { type Cents, cents, formatRand } from "#domain/money";
import { Action, Button, NextLink } from "../../ui/button.tsx";
import { Mistake } from "../../ui/form.tsx";
import { Alert } from "../../ui/notice.tsx";
import { FormToken } from "../host-page.tsx";
import { type HostSite, renderFrame } from "./parts.tsx";
import { amountFrom, boardOf, contributionsLine, counted, destinationOf, giftOf, HOLDS, REFUND_TIME } from "./words.ts";

type Close = Extract<EndPreview, { how: "close" }>;
type Cancel = Extract<EndPreview, { how: "cancel" }>;
export type Ending = Close | Cancel;

/** What the host has seen before confirming: while the answer is another by then, nothing is done. */
export function fingerprintOf(preview: Ending): string {
  const parts =
    preview.how === "close"
      ? [preview.payable, ...preview.payouts.map(({ type, net }) => `${type}:${net}`)]
      : [preview.refunds.count, preview.refunds.amount];
  return parts.join(" ");
}

export type EndPageProps = Readonly<{
  site: HostSite;
  overview: HostOverview;
  path: string;
  preview: Ending;
  alert?: string | null;
  mistake?: string;
}>;

/** What ending the board does, in amounts, and the button that does it. */
export function renderEndPage({ site, overview, path, preview, alert = null, mistake }: EndPageProps): string {
  const { board } = overview;
  const isClose = preview.how === "close";
  const title = isClose ? `Close ${boardOf(board)} now?` : `Cancel ${boardOf(board)}?`;
  return renderFrame({
    site,
    board,
    path,
    tab: null,
    tabs: [],
    title: alert || mistake ? `Please check: ${title}` : title,
    children: (
      <>
        <Alert text={alert} />
        <h2>{title}</h2>
        {isClose ? <ClosingAmounts board={board} preview={preview} /> : <CancelAmounts preview={preview} />}
        <form method="post" action={`${path}/${preview.how}`} novalidate>
          <FormToken csrf={site.csrf} />
          <input type="hidden" name="seen" value={fingerprintOf(preview)} />
          <div class="field">
            <label class="tick">
              <input
                type="checkbox"
                name="sure"
                value="yes"
                {...(mistake && { "aria-invalid": "true" as const, "aria-describedby": "sure-error", autofocus: true })}
              />
              <span>I understand that this cannot be undone.</span>
            </label>
            <Mistake of="sure" text={mistake} />
          </div>
          <Action>
            <Button class={isClose ? "button" : "button grave"}>
              {isClose ? "Close the board" : "Cancel the board and refund everyone"}
            </Button>
          </Action>
        </form>
        <NextLink href={`${path}/settings`}>Keep it open</NextLink>
      </>
    ),
  });
}

/** The amounts of closing, from the rules that close. */
export function ClosingAmounts({ board, preview }: { board: BoardSnapshot; preview: Close }) {
  const { payable, goal, payouts, holds, returning, open } = preview;
  const missing = cents(Math.max(0, goal - payable));
  return (
    <>
      <p class="sum">
        {formatRand(payable)} <small>is in the pot</small>
      </p>
      <ul class="ending">
        {payouts.length === 0 && <li>The pot is empty, so nothing is paid out.</li>}
        {payouts.map((payout) => (
          <li>
            <strong>{formatRand(payout.net)}</strong> {destinationOf(payout.type, board)}
            {shareWords(payout, board)}
          </li>
        ))}
        {missing > 0 && payable > 0 && (
          <li>
            {formatRand(missing)} is missing for {giftOf(board)}. You get what is there all the same; guests are not
            asked again.
          </li>
        )}
        <li>Guests can no longer chip in, and see that the board has closed.</li>
        {returning.count > 0 && <li>{amountFrom(returning)} is on its way back and not part of this.</li>}
        <Open open={open} />
        {holds.map((hold) => (
          <li>The payout waits: {HOLDS[hold]}</li>
        ))}
      </ul>
    </>
  );
}

function shareWords(
  { gift, overflow, type }: { gift: Cents; overflow: Cents; type: string },
  { giftType, gift: chosen }: BoardSnapshot,
): string {
  if (type !== "philanthropy_donation") return ", for the gift";
  if (giftType === "takealot_product") return ", all that came in beyond the gift";
  if (overflow > 0 && gift > 0) return `, ${formatRand(overflow)} of it beyond your goal`;
  return chosen.type === "philanthropy" ? `: ${isolated(chosen.impactDescription)}` : "";
}

function CancelAmounts({ preview: { refunds, byHand, returning, open } }: { preview: Cancel }) {
  return (
    <ul class="ending">
      <li>
        {refunds.count === 0 ? (
          "There is nothing to send back."
        ) : (
          <>
            <strong>{formatRand(refunds.amount)}</strong> goes back: {contributionsLine(refunds.count)},{" "}
            {refunds.count > 1 && "each "}in full, with ChipIn’s fee. {REFUND_TIME}
          </>
        )}
      </li>
      {byHand > 0 && (
        <li>
          {byHand === 1
            ? "1 of them was paid with SnapScan. We send it"
            : `${byHand} of them were paid with SnapScan. We send those`}{" "}
          back by hand, which can take a few days more.
        </li>
      )}
      {returning.count > 0 && <li>{amountFrom(returning)} is on its way back already.</li>}
      <Open open={open} />
      <li>Guests see that the board was cancelled. Nothing is paid out.</li>
    </ul>
  );
}

function Open({ open }: Pick<Ending, "open">) {
  return open.count > 0 ? (
    <li>
      {counted(open.count, "payment", "payments")} of {formatRand(open.amount)} {open.count === 1 ? "is" : "are"} not
      finished. If {open.count === 1 ? "it still arrives, it goes" : "they still arrive, they go"} back in full.
    </li>
  ) : null;
}
