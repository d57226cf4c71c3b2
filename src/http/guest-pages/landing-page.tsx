import { percentLine } from "#browser/shared/live-view";
import { PARTNERS_ADDRESS } from "#domain/addresses";
import { FEE_POLICY } from "#domain/fees";
import { Action, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { frameOf, type PageSite } from "./site.ts";
import type { Words } from "./words/words.ts";

/** Where a board is begun. */
const CREATE = "/create";
/** For hosts who have a board. */
const SIGN_IN = "/create?next=%2Fdashboard";
/** How far the board of the example is, in percent, and by how many people. */
const EXAMPLE = { percent: 70, people: 5 };

export function renderLandingPage(site: PageSite): string {
  const { landing } = site.words;
  return renderPage(
    <Page {...frameOf(site)} title={landing.title} description={landing.preview} path="/" findable>
      <Card kind="landing">
        <header>
          <p class="brand">ChipIn</p>
          <h1>{landing.question}</h1>
          <p class="lede">{landing.lede}</p>
        </header>
        <Example words={site.words} />
        <Action>
          <ButtonLink href={CREATE}>{landing.create}</ButtonLink>
        </Action>
        <p class="hush">{landing.fee(FEE_POLICY.rateBps / 100)}</p>
        <h2>{landing.how}</h2>
        <ol class="steps">
          {landing.steps.map(([title, text]) => (
            <li>
              <h3>{title}</h3>
              <p>{text}</p>
            </li>
          ))}
        </ol>
        <Action>
          <ButtonLink href={CREATE}>{landing.start}</ButtonLink>
        </Action>
        <div class="note plain">
          <p>{landing.gotALink}</p>
        </div>
        <NextLink href={SIGN_IN}>{landing.signIn}</NextLink>
        <p class="hush">
          {landing.partners} <a href={`mailto:${PARTNERS_ADDRESS}`}>{PARTNERS_ADDRESS}</a>
        </p>
      </Card>
    </Page>,
  );
}

/** What a board is like, drawn: it is there before any picture could be. */
function Example({ words: { landing, live } }: { words: Words }) {
  const { percent, people } = EXAMPLE;
  return (
    <section class="example" aria-label={landing.example.label}>
      <div class="towards">
        <Rosette name="Maya" />
        <p>
          <strong>{landing.example.who}</strong>
          <br />
          {landing.example.dream}
        </p>
      </div>
      <div class="track">
        <svg width="100%" height="28" role="img" aria-label={percentLine(live, percent)}>
          <rect class="rail" width="100%" height="28" rx="14" />
          <rect class="c1" width={`${percent}%`} height="28" rx="14" />
        </svg>
        <svg class="goal" viewBox="0 0 48 52" aria-hidden="true">
          <path class="t1" d="M6 26h36v20q0 4-4 4H10q-4 0-4-4z" />
          <rect class="t2" x="2" y="17" width="44" height="12" rx="3" />
          <path class="p" d="M20 17h8v33h-8z" />
          <path class="o" d="M24 17C14 2-2 7 2 15c2 5 14 7 22 2zM24 17C34 2 50 7 46 15c-2 5-14 7-22 2z" />
        </svg>
      </div>
      <p>{live.people(people)}</p>
    </section>
  );
}
