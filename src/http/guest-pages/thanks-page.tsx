import { sceneOf } from "#browser/shared/live-view";
import { HELP_ADDRESS } from "#domain/addresses";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { netOf } from "#domain/fees";
import { formatRand } from "#domain/money";
import { Action, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { IHavePaid } from "./checkout-page.tsx";
import { childOf, receiverOf } from "./copy.ts";
import { Progress } from "./progress.tsx";
import { Share } from "./share.tsx";
import { frameOf, type PageSite } from "./site.ts";
import type { Words } from "./words/words.ts";

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
  /** The payment as a line that anyone can check; null where there is none to sign. */
  signed?: string | null;
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
  if (receipt.wrongAmount !== null || receipt.mismatch !== undefined) return "wrong_amount";
  return receipt.status === "failed" ? "failed" : "confirming";
}

export function renderThanksPage({
  view,
  site,
  receipt,
  isPayer,
  signed = null,
  look = 0,
  asked = null,
}: ThanksPageProps): string {
  const { words } = site;
  const { results, form } = words;
  const state = thanksState(receipt);
  const confirming = state === "confirming" && receipt !== null;
  const patient = confirming && look < LOOKS;
  const company = receipt ? form.ways[receipt.provider].company : "";
  const here = `/${view.slug}/thanks?ref=${encodeURIComponent(receipt?.reference ?? "")}`;
  // The view may be a second older than the receipt: the live connection brings what this very payment changed.
  const joyful = state === "confirmed" && view.phase === "open";
  return renderPage(
    <Page
      {...frameOf(site)}
      here={receipt ? here : undefined}
      sandbox={view.sandbox}
      title={titleOf(words, state, isPayer ? receipt : null)}
      shareTitle={titleOf(words, state, null)}
      description={results.preview(childOf(view))}
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
        <h1>{titleOf(words, state, isPayer ? receipt : null)}</h1>
        <Story words={words} view={view} receipt={receipt} isPayer={isPayer} state={state} patient={patient} />
        {confirming && (
          <p class="hush" data-patience hidden={patient}>
            {results.patience}
          </p>
        )}
        {confirming && asked !== null && (
          <Notice live>{asked === "later" ? results.couldNotCheck(company) : results.noNews(company)}</Notice>
        )}
        {confirming && <IHavePaid view={view} reference={receipt.reference} label={results.checkNow(company)} />}
        {receipt && isPayer && <ReceiptBlock words={words} receipt={receipt} state={state} />}
        {receipt && isPayer && signed && (
          <SignedReceipt
            words={words}
            text={signed}
            path={`/${view.slug}/thanks/receipt.txt?ref=${encodeURIComponent(receipt.reference)}`}
          />
        )}
        {joyful && view.contributionCount > 0 && <Progress view={view} words={words} />}
        {joyful && <Share view={view} site={site} first />}
        <Onward words={words} view={view} state={state} receipt={receipt} isPayer={isPayer} />
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

function titleOf({ results: { title } }: Words, state: ThanksState, receipt: Receipt | null): string {
  return state === "confirmed" ? title.confirmed(receipt?.contributorName ?? null) : title[state];
}

type StoryProps = {
  words: Words;
  view: PublicView;
  receipt: Receipt | null;
  isPayer: boolean;
  state: ThanksState;
  patient: boolean;
};

function Story({ words, view, receipt, isPayer, state, patient }: StoryProps) {
  const { results, form, common } = words;
  const child = childOf(view);
  if (!receipt) return <p class="lede">{results.everyBit(child)}</p>;
  const amount = isPayer ? formatRand(receipt.amount) : null;
  const { company } = form.ways[receipt.provider];
  switch (state) {
    case "generic":
      return null;
    case "confirming":
      return (
        <p class="lede" role="status">
          {patient ? results.waiting(company, amount) : results.stillWaiting(company, amount)}
        </p>
      );
    case "confirmed":
      return <Confirmed words={words} view={view} receipt={receipt} isPayer={isPayer} />;
    case "late":
      return <p class="lede">{`${results.late(child, amount)} ${common.refundTime}`}</p>;
    case "refunding":
      return <p class="lede">{`${results.refunding(amount)} ${common.refundTime}`}</p>;
    case "failed":
      return <p class="lede">{view.acceptsContributions ? `${results.failed} ${results.again}` : results.failed}</p>;
    case "refunded": {
      const why = receipt.refund === "late_payment" ? `${results.hadClosed(child)} ` : "";
      return <p class="lede">{`${why}${results.refunded(amount)} ${common.refundTime}`}</p>;
    }
    case "wrong_amount": {
      const paid = formatRand(receipt.wrongAmount ?? receipt.mismatch ?? receipt.amount);
      const what = amount === null ? results.paidAnother : results.paidInstead(paid, amount);
      const next = receipt.wrongAmount === null ? results.isLookedAt : `${results.goesBackInFull} ${common.refundTime}`;
      return <p class="lede">{`${what} ${next}`}</p>;
    }
    default:
      return state satisfies never;
  }
}

function Confirmed({
  words,
  view,
  receipt,
  isPayer,
}: Pick<StoryProps, "words" | "view" | "isPayer"> & { receipt: Receipt }) {
  const { results } = words;
  const child = childOf(view);
  const amount = isPayer ? formatRand(receipt.amount) : null;
  const toCharity = (view.charity !== null && receipt.afterGoal) || view.gift?.kind === "cause";
  if (toCharity) {
    const paid = amount === null ? null : { net: formatRand(netOf(receipt.amount)), amount };
    return <p class="lede">{results.goesTo(paid, receiverOf(view, words), child)}</p>;
  }
  return (
    <>
      <p class="lede">{results.isIn(amount, child)}</p>
      {view.fullyFunded && <Funded view={view} words={words} />}
    </>
  );
}

/** What a guest quotes when they write to us. Only for who has the reference. */
function ReceiptBlock({ words, receipt, state }: { words: Words; receipt: Receipt; state: ThanksState }) {
  const { receipt: say } = words.results;
  const { company, method } = words.form.ways[receipt.provider];
  const at = receipt.completedAt ?? receipt.attemptedAt;
  const rows = [
    [say.amount, formatRand(receipt.amount)],
    [say.paidWith, method === company ? company : `${method} (${company})`],
    [say.date, words.common.instant(new Date(at))],
    [say.reference, receipt.reference],
  ];
  return (
    <section class="receipt" aria-label={say.label}>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {state === "confirmed" && <p class="hush">{say.keep}</p>}
      {state !== "confirmed" && (
        <NextLink href={`mailto:${HELP_ADDRESS}?subject=Payment%20${receipt.reference}`}>
          {say.help(HELP_ADDRESS)}
        </NextLink>
      )}
    </section>
  );
}

/** One tap selects the whole line. */
function SignedReceipt({ words, text, path }: { words: Words; text: string; path: string }) {
  const { signed: say } = words.results;
  return (
    <details class="signed">
      <summary>{say.summary}</summary>
      <p>
        {say.what} <a href={`/receipts#${text}`}>{say.check}</a>
      </p>
      <code>{text}</code>
      <NextLink href={path}>{say.download}</NextLink>
    </details>
  );
}

function Funded({ view, words }: { view: PublicView; words: Words }) {
  const { goalReached: say } = words.results;
  const child = childOf(view);
  return (
    <Notice>
      <strong>{say.exclamation}</strong> {view.charity ? say.charity(child, receiverOf(view, words)) : say.cause(child)}
    </Notice>
  );
}

function Onward({ words, view, state, receipt, isPayer }: Omit<StoryProps, "patient">) {
  const { results, common, form } = words;
  const retry = state === "failed" && view.acceptsContributions;
  const unpaid = state === "confirming" && receipt?.payable && view.acceptsContributions ? receipt : null;
  return (
    <>
      <Action>
        <ButtonLink
          quiet={!retry}
          href={retry ? `/${view.slug}/contribute${isPayer ? amountIn(receipt) : ""}` : `/${view.slug}`}
        >
          {retry ? results.tryAgain : common.backToBoardOf(childOf(view))}
        </ButtonLink>
      </Action>
      {unpaid && (
        <NextLink href={`/${view.slug}/pay?ref=${encodeURIComponent(unpaid.reference)}`}>
          {results.notPaidYet(form.ways[unpaid.provider].company)}
        </NextLink>
      )}
      <NextLink href="/">{common.createYourOwn}</NextLink>
    </>
  );
}

/** Keeps the amount for browsers without scripts; the others keep the whole form. */
function amountIn(receipt: Receipt | null): string {
  return receipt ? `?amount=${receipt.amount / 100}` : "";
}
