import { Card } from "../ui/card.tsx";
import { WrappedGift } from "../ui/icons.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { frameOf, type PageSite } from "./site.ts";

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
        <div class="picture">
          <WrappedGift />
        </div>
        <h2>{landing.how}</h2>
        <ol class="steps">
          {landing.steps.map(([title, text]) => (
            <li>
              <h3>{title}</h3>
              <p>{text}</p>
            </li>
          ))}
        </ol>
        <div class="note plain">
          <p>
            <strong>{landing.whence}</strong> {landing.partners}
          </p>
          <p>{landing.gotALink}</p>
        </div>
      </Card>
    </Page>,
  );
}
