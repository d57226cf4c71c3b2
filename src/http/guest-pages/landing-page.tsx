import { Card } from "../ui/card.tsx";
import { WrappedGift } from "../ui/icons.tsx";
import { Page, renderPage } from "../ui/page.tsx";

const STEPS = [
  ["Pick one dream gift", "The one thing your child really hopes for, instead of fifteen small ones."],
  ["Share one link", "Send the board to family and friends on WhatsApp."],
  ["Everyone chips in", "Everyone gives what they can. No app, no account, and other guests never see the amount."],
  [
    "The dream comes true",
    "The money goes to the gift. Once it is funded, whatever else comes in goes to a good cause.",
  ],
] as const;

export function renderLandingPage(origin: string): string {
  return renderPage(
    <Page
      origin={origin}
      title="One dream gift, from everyone together"
      description="Friends and family chip in for one birthday gift a child really dreams of."
      path="/"
      findable
    >
      <Card kind="landing">
        <header>
          <p class="brand">ChipIn</p>
          <h1>Many little presents, or one big dream?</h1>
          <p class="lede">With ChipIn, friends and family give together: one birthday gift a child really dreams of.</p>
        </header>
        <div class="picture">
          <WrappedGift />
        </div>
        <h2>How it works</h2>
        <ol class="steps">
          {STEPS.map(([title, text]) => (
            <li>
              <h3>{title}</h3>
              <p>{text}</p>
            </li>
          ))}
        </ol>
        <div class="note plain">
          <p>
            <strong>Where do boards come from?</strong> They are made by our partners.
          </p>
          <p>Got a link? Just open it. You don’t need an account.</p>
        </div>
      </Card>
    </Page>,
  );
}
