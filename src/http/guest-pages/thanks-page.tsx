import { sceneOf } from "#browser/shared/live-view";
import { HELP_ADDRESS } from "#domain/addresses";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { netOf } from "#domain/fees";
import { formatRand } from "#domain/money";
import { PROVIDER_WORDS } from "#payments/provider-words";
import { Action, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { IHavePaid } from "./checkout-page.tsx";
import { childOf, destinationOf, possessive } from "./copy.ts";
import { Progress } from "./progress.tsx";
import { Share } from "./share.tsx";
import type { PageSite } from "./site.ts";
import { COMMON } from "./words/en/common.ts";

/** How often a browser without scripts looks again before it is told that it may leave. */
const LOOKS = 18;
const LOOK_AGAIN_SECONDS = 10;

export type ThanksPageProps = Readonly<{
  view: PublicView;
  site: PageSite;
  /** Null for a reference that is missing, unknown or another board's: then nothing personal is said. */
  receipt: Receipt | null;
  /** This browser began the payment. Others, to whom the address was passed on, see neither name nor amount. */
  isPayer: boolean;
  /** Which look this is of a browser that reloads without scripts. */
  look?: number;
  /** The guest has just said that it is paid. `later`: the provider could not be asked; anything else: it has no news. */
  asked?: string | null;
}>;

export type ThanksState =
  | "generic"
  | "confirming"
  | "confirmed"
  | "late"
  | "refunding"
  | "failed"
  | "refunded"
  | "wrong_amount";

export function thanksState(receipt: Receipt | null): ThanksState {
  if (!receipt) return "generic";
  if (receipt.status === "refunded") return "refunded";
  if (receipt.status === "completed") {
    if (!receipt.refund) return "confirmed";
    return receipt.refund === "late_payment" ? "late" : "refunding";
  }
  if (receipt.wrongAmount !== null) return "wrong_amount";
  return receipt.status === "failed" ? "failed" : "confirming";
}

export function renderThanksPage({ view, site, receipt, isPayer, look = 0, asked = null }: ThanksPageProps): string {
  const state = thanksState(receipt);
  const confirming = state === "confirming" && receipt !== null;
  const patient = confirming && look < LOOKS;
  const company = receipt ? PROVIDER_WORDS[receipt.provider].company : "the payment provider";
  const here = `/${view.slug}/thanks?ref=${encodeURIComponent(receipt?.reference ?? "")}`;
  // The view may be a second older than the receipt: the live connection brings what this very payment changed.
  const joyful = state === "confirmed" && view.phase === "open";
  return renderPage(
    <Page
      origin={site.origin}
      sandbox={view.sandbox}
      title={titleOf(state, isPayer ? receipt : null)}
      shareTitle={titleOf(state, null)}
      description={`${possessive(childOf(view))} birthday board`}
      scripts={confirming ? ["thanks"] : ["board"]}
      refresh={patient ? { seconds: LOOK_AGAIN_SECONDS, path: `${here}&look=${look + 1}` } : null}
    >
      <Card
        kind="message thanks"
        {...(confirming && { "data-confirm": here.replace("/thanks?", "/thanks.json?"), "data-then": here })}
        {...(joyful && { "data-live": `/${view.slug}/live`, "data-scene": sceneOf(view) })}
        {...(joyful && view.fullyFunded && { "data-celebrate": view.slug })}
        {...(state === "confirmed" && isPayer && { "data-paid": `/${view.slug}/contribute` })}
      >
        <Rosette sign={SIGNS[state]} />
        <h1>{titleOf(state, isPayer ? receipt : null)}</h1>
        <Story view={view} receipt={receipt} isPayer={isPayer} state={state} patient={patient} />
        {confirming && (
          <p class="hush" data-patience hidden={patient}>
            It’s taking longer than usual. It’s safe to leave this page: your payment is not lost, and the board shows
            it as soon as it is confirmed.
          </p>
        )}
        {confirming && asked !== null && (
          <Notice live>
            {asked === "later"
              ? `We couldn’t check with ${company} just now. We will within a few minutes, and you can leave this page.`
              : `We checked with ${company} just now. They don’t have your payment yet.`}
          </Notice>
        )}
        {confirming && <IHavePaid view={view} reference={receipt.reference} label={`Check with ${company} now`} />}
        {receipt && isPayer && <ReceiptBlock receipt={receipt} state={state} />}
        {joyful && view.contributionCount > 0 && <Progress view={view} words={site.words} />}
        {joyful && <Share view={view} site={site} />}
        <Onward view={view} state={state} receipt={receipt} isPayer={isPayer} />
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
  wrong_amount: "wait",
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
    case "wrong_amount":
      return "The amount was different";
    default:
      return state satisfies never;
  }
}

type StoryProps = { view: PublicView; receipt: Receipt | null; isPayer: boolean; state: ThanksState; patient: boolean };

function Story({ view, receipt, isPayer, state, patient }: StoryProps) {
  const child = childOf(view);
  const whose = possessive(child);
  if (!receipt) return <p class="lede">Every bit brings {whose} birthday wish closer.</p>;
  const amount = isPayer ? formatRand(receipt.amount) : "payment";
  const { company } = PROVIDER_WORDS[receipt.provider];
  switch (state) {
    case "generic":
      return null;
    case "confirming":
      return (
        <p class="lede" role="status">
          {patient
            ? `We’re waiting for ${company} to confirm your ${amount}. It usually takes a few seconds. You can leave this page open.`
            : `We’re still waiting for ${company} to confirm your ${amount}.`}
        </p>
      );
    case "confirmed":
      return <Confirmed view={view} receipt={receipt} isPayer={isPayer} />;
    case "late":
      return (
        <p class="lede">{`${whose} board had already closed, so you’ll get your full ${amount} back, including the fee. ${COMMON.refundTime}`}</p>
      );
    case "refunding":
      return <p class="lede">{`You’ll get your full ${amount} back, including the fee. ${COMMON.refundTime}`}</p>;
    case "failed":
      return <p class="lede">Nothing was taken. You can try again, or choose another way to pay.</p>;
    case "refunded":
      return (
        <p class="lede">{`${receipt.refund === "late_payment" ? `${whose} board had already closed. ` : ""}We’ve sent your ${amount} back. ${COMMON.refundTime}`}</p>
      );
    case "wrong_amount":
      return (
        <p class="lede">
          {isPayer
            ? `You paid ${formatRand(receipt.wrongAmount ?? receipt.amount)} instead of ${amount}.`
            : "Another amount was paid than the one that was asked for."}{" "}
          {`It goes back to you in full. ${COMMON.refundTime}`}
        </p>
      );
    default:
      return state satisfies never;
  }
}

function Confirmed({ view, receipt, isPayer }: { view: PublicView; receipt: Receipt; isPayer: boolean }) {
  const child = childOf(view);
  const amount = isPayer ? formatRand(receipt.amount) : "payment";
  const toCharity = (view.charity !== null && receipt.afterGoal) || view.gift?.kind === "cause";
  if (toCharity) {
    const given = isPayer ? `${formatRand(netOf(receipt.amount))} of your ${amount}` : `Your ${amount}`;
    return <p class="lede">{`${given} goes to ${destinationOf(view)}, in ${possessive(child)} name.`}</p>;
  }
  return (
    <>
      <p class="lede">{`Your ${amount} is in. ${child} is going to love this!`}</p>
      {view.fullyFunded && <Funded view={view} />}
    </>
  );
}

/** What a guest quotes when they write to us. Only for who has the reference. */
function ReceiptBlock({ receipt, state }: { receipt: Receipt; state: ThanksState }) {
  const { company, method } = PROVIDER_WORDS[receipt.provider];
  const at = receipt.completedAt ?? receipt.attemptedAt;
  const rows = [
    ["Amount", formatRand(receipt.amount)],
    ["Paid with", method === company ? company : `${method} (${company})`],
    ["Date", COMMON.instant(new Date(at))],
    ["Reference", receipt.reference],
  ];
  return (
    <section class="receipt" aria-label="Receipt">
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {state === "confirmed" && <p class="hush">Keep this page as your receipt.</p>}
      {state !== "confirmed" && (
        <NextLink href={`mailto:${HELP_ADDRESS}?subject=Payment%20${receipt.reference}`}>
          Need help? Write to {HELP_ADDRESS}
        </NextLink>
      )}
    </section>
  );
}

function Funded({ view }: { view: PublicView }) {
  const whose = possessive(childOf(view));
  return (
    <Notice>
      <strong>The goal is reached!</strong>{" "}
      {view.charity
        ? `${whose} gift is fully funded, thanks to you too. Everything beyond the gift goes to ${destinationOf(view)}.`
        : `${whose} wish is fully funded, and every bit more does more of the same good.`}
    </Notice>
  );
}

function Onward({ view, state, receipt, isPayer }: Omit<StoryProps, "patient">) {
  const retry = state === "failed" && view.acceptsContributions;
  const unpaid = state === "confirming" && receipt?.payable && view.acceptsContributions ? receipt : null;
  return (
    <>
      <Action>
        <ButtonLink
          quiet={!retry}
          href={retry ? `/${view.slug}/contribute${isPayer ? amountIn(receipt) : ""}` : `/${view.slug}`}
        >
          {retry ? "Try again" : `Back to ${possessive(childOf(view))} board`}
        </ButtonLink>
      </Action>
      {unpaid && (
        <NextLink href={`/${view.slug}/pay?ref=${encodeURIComponent(unpaid.reference)}`}>
          Haven’t paid yet? Continue to {PROVIDER_WORDS[unpaid.provider].company}
        </NextLink>
      )}
      <NextLink href="/">See how ChipIn works</NextLink>
    </>
  );
}

/** Keeps the amount for browsers without scripts; the others keep the whole form. */
function amountIn(receipt: Receipt | null): string {
  return receipt ? `?amount=${receipt.amount / 100}` : "";
}
