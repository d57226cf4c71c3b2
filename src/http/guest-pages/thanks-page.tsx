import { sceneOf } from "#browser/shared/live-view";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { formatRand } from "#domain/money";
import { Action, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { IHavePaid } from "./checkout-page.tsx";
import { possessive } from "./copy.ts";
import { Progress } from "./progress.tsx";
import { Share } from "./share.tsx";

/** How often a browser without scripts looks again before it is told that it may leave. */
const LOOKS = 18;
const LOOK_AGAIN_SECONDS = 10;

export type ThanksPageProps = Readonly<{
  view: PublicView;
  origin: string;
  /** Null for a reference that is missing, unknown or another board's: then nothing personal is said. */
  receipt: Receipt | null;
  /** Which look this is of a browser that reloads without scripts. */
  look?: number;
  /** The guest has just said that it is paid. `later`: the provider could not be asked; anything else: it has no news. */
  asked?: string | null;
}>;

export type ThanksState = "generic" | "confirming" | "confirmed" | "late" | "refunding" | "failed" | "refunded";

export function thanksState(receipt: Receipt | null): ThanksState {
  if (!receipt) return "generic";
  if (receipt.status === "refunded") return "refunded";
  if (receipt.status === "completed") {
    if (!receipt.refund) return "confirmed";
    return receipt.refund === "late_payment" ? "late" : "refunding";
  }
  return receipt.status === "failed" ? "failed" : "confirming";
}

export function renderThanksPage({ view, origin, receipt, look = 0, asked = null }: ThanksPageProps): string {
  const state = thanksState(receipt);
  const confirming = state === "confirming" && receipt !== null;
  const patient = confirming && look < LOOKS;
  const here = `/${view.slug}/thanks?ref=${encodeURIComponent(receipt?.reference ?? "")}`;
  // The view may be a second older than the receipt: the live connection brings what this very payment changed.
  const joyful = state === "confirmed" && view.phase === "open";
  return renderPage(
    <Page
      origin={origin}
      sandbox={view.sandbox}
      title={titleOf(state, receipt)}
      description={`${possessive(view.childName)} birthday board`}
      scripts={confirming ? ["thanks"] : ["board"]}
      refresh={patient ? { seconds: LOOK_AGAIN_SECONDS, path: `${here}&look=${look + 1}` } : null}
    >
      <Card
        kind="message thanks"
        {...(confirming && { "data-confirm": here.replace("/thanks?", "/thanks.json?"), "data-then": here })}
        {...(joyful && { "data-live": `/${view.slug}/live`, "data-scene": sceneOf(view) })}
        {...(joyful && view.fullyFunded && { "data-celebrate": view.slug })}
      >
        <Rosette sign={SIGNS[state]} />
        <h1>{titleOf(state, receipt)}</h1>
        <Story view={view} receipt={receipt} state={state} patient={patient} />
        {confirming && (
          <p class="hush" data-patience hidden={patient}>
            It is taking longer than usual. It is safe to leave this page: your payment is not lost, and the board shows
            it as soon as it is confirmed.
          </p>
        )}
        {confirming && asked !== null && (
          <Notice live>
            {asked === "later"
              ? "We could not ask your payment provider just now. We will, within a few minutes, and you may leave this page."
              : "We have just asked: your payment provider has no news of this payment yet."}
          </Notice>
        )}
        {confirming && <IHavePaid view={view} reference={receipt.reference} label="Check with the provider now" />}
        {joyful && view.contributionCount > 0 && <Progress view={view} />}
        {joyful && <Share view={view} origin={origin} />}
        <Onward view={view} state={state} receipt={receipt} />
      </Card>
    </Page>,
  );
}

const SIGNS = {
  generic: "heart",
  confirming: "wait",
  confirmed: "heart",
  late: "wait",
  refunding: "wait",
  failed: "cross",
  refunded: "wait",
} as const satisfies Record<ThanksState, string>;

function titleOf(state: ThanksState, receipt: Receipt | null): string {
  switch (state) {
    case "generic":
      return "Thank you for chipping in!";
    case "confirming":
      return "Confirming your payment…";
    case "confirmed":
      return receipt?.contributorName ? `Thank you, ${receipt.contributorName}!` : "Thank you!";
    case "late":
      return "Your payment came after closing";
    case "refunding":
      return "Your contribution is being refunded";
    case "failed":
      return "That payment didn’t go through";
    case "refunded":
      return "Your contribution was refunded";
    default:
      return state satisfies never;
  }
}

type StoryProps = { view: PublicView; receipt: Receipt | null; state: ThanksState; patient: boolean };

function Story({ view, receipt, state, patient }: StoryProps) {
  const whose = possessive(view.childName);
  const amount = receipt ? formatRand(receipt.amount) : "";
  switch (state) {
    case "generic":
      return <p class="lede">Every bit brings {whose} birthday wish closer.</p>;
    case "confirming":
      return (
        <p class="lede" role="status">
          {patient
            ? "We are waiting for your payment provider’s word. That usually takes a few seconds, and this page updates itself."
            : "We are still waiting for your payment provider’s word."}
        </p>
      );
    case "confirmed":
      return (
        <>
          <p class="lede">{`Your ${amount} is in. ${view.childName} is going to love this!`}</p>
          {view.fullyFunded && <Funded view={view} />}
        </>
      );
    case "late":
      return (
        <p class="lede">{`${whose} board had already closed, so your ${amount} will be refunded in full. Your payment provider tells you when it is back.`}</p>
      );
    case "refunding":
      return (
        <p class="lede">{`Your ${amount} goes back to you in full, the fee too. Your payment provider tells you when it is there.`}</p>
      );
    case "failed":
      return <p class="lede">Nothing was taken. You can try again, or choose another way to pay.</p>;
    case "refunded":
      return (
        <p class="lede">{`Your ${amount} is on its way back to you, in full. Your payment provider tells you when it arrives.`}</p>
      );
    default:
      return state satisfies never;
  }
}

function Funded({ view }: { view: PublicView }) {
  const whose = possessive(view.childName);
  return (
    <Notice>
      <strong>The goal is reached!</strong>{" "}
      {view.charity
        ? `${whose} gift is fully funded, and your contribution counts. Everything beyond the gift goes to ${view.charity.name}.`
        : `${whose} wish is fully funded, and every bit more does more of the same good.`}
    </Notice>
  );
}

function Onward({ view, state, receipt }: { view: PublicView; state: ThanksState; receipt: Receipt | null }) {
  const retry = state === "failed" && view.acceptsContributions;
  const unpaid = state === "confirming" && receipt?.payable && view.acceptsContributions ? receipt : null;
  return (
    <>
      <Action>
        <ButtonLink quiet={!retry} href={retry ? `/${view.slug}/contribute` : `/${view.slug}`}>
          {retry ? "Try again" : `Back to ${possessive(view.childName)} board`}
        </ButtonLink>
      </Action>
      {unpaid && (
        <NextLink href={`/${view.slug}/pay?ref=${encodeURIComponent(unpaid.reference)}`}>
          Not paid yet? Go on to pay
        </NextLink>
      )}
      <NextLink href="/">See how ChipIn works</NextLink>
    </>
  );
}
