import { raw } from "hono/html";
import { renderSVG } from "uqr";
import type { PublicView } from "#domain/board/public-view";
import { closingDay, headline, shareText } from "../../guest-pages/copy.ts";
import { ENGLISH } from "../../guest-pages/words/en/words.ts";
import { Action, Button } from "../../ui/button.tsx";
import { Rosette } from "../../ui/icons.tsx";
import { ownImage, Page, renderPage } from "../../ui/page.tsx";

/**
 * An invitation on paper: one sheet of A5, all of it at least 12 mm from the edge. Vectors throughout but the photo, so it prints as
 * sharp as the printer can.
 */
export function renderInvitationPage({
  origin,
  view,
  path,
}: Readonly<{ origin: string; view: PublicView; path: string }>): string {
  const link = `${origin}/${view.slug}`;
  return renderPage(
    <Page
      origin={origin}
      title="Invitation"
      description="Your board on ChipIn"
      sandbox={view.sandbox}
      hostStyle
      scripts={["invite"]}
    >
      <main class="printing">
        <div class="unprinted">
          <a class="back" href={path}>
            <span aria-hidden="true">←</span> Share the board
          </a>
          <h1>Print the invitation</h1>
          <p>It is one sheet of A5. On A4 paper, choose two pages per sheet, or cut it out.</p>
          <Action>
            <Button type="button" data-print hidden>
              Print
            </Button>
          </Action>
          <noscript>
            <p>Choose “Print” in the menu of your browser.</p>
          </noscript>
        </div>
        <article class="sheet" aria-label="The invitation">
          <p class="kicker">You’re invited to chip in</p>
          <Rosette photo={ownImage(view.photoUrl, origin)} name={view.childName} />
          <h2>{headline(view, ENGLISH)}</h2>
          <p class="wish" dir="auto">
            {shareText(view, ENGLISH)}
          </p>
          <div class="code" role="img" aria-label="Code that opens the board">
            {raw(renderSVG(link, { ecc: "M", border: 4 }))}
          </div>
          <p class="where">
            Point your phone’s camera at the code, or open
            <strong>{link.replace(/^https?:\/\//, "")}</strong>
          </p>
          <p class="until">Open until {closingDay(view.deadline, ENGLISH)}. Every bit helps. Thank you!</p>
        </article>
      </main>
    </Page>,
  );
}
