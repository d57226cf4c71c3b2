import type { PublicView } from "#domain/board/public-view";
import { linkPreviewPath } from "#domain/pictures";
import { whatsAppLink } from "#domain/share";
import { description, headline, shareText } from "../../guest-pages/copy.ts";
import { ENGLISH } from "../../guest-pages/words/en/words.ts";
import { Action, Button, ButtonLink, NextLink } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Rosette, WhatsAppSign } from "../../ui/icons.tsx";
import { Notice } from "../../ui/notice.tsx";
import { ownImage, Page, renderPage } from "../../ui/page.tsx";

type SharePageProps = Readonly<{
  origin: string;
  view: PublicView;
  /** Of the board's own pages. */
  path: string;
  /** Karri was away when the board was opened. */
  isCardUnchecked?: boolean;
}>;

/** Where a host lands right after opening a board, and comes back to send its link on. */
export function renderSharePage({ origin, view, path, isCardUnchecked = false }: SharePageProps): string {
  const link = `${origin}/${view.slug}`;
  const text = shareText(view, ENGLISH);
  const isOpen = view.phase === "open";
  const title = headline(view, ENGLISH);
  return renderPage(
    <Page
      origin={origin}
      title="Share the board"
      description="Your board on ChipIn"
      sandbox={view.sandbox}
      hostStyle
      scripts={["invite"]}
    >
      <Card kind="host">
        <a class="back" href={`${path}/overview`}>
          <span aria-hidden="true">←</span> Manage the board
        </a>
        <header class="towards">
          <Rosette photo={ownImage(view.photoUrl, origin)} name={view.childName} />
          <div>
            <h1>{isOpen ? "The board is live!" : title}</h1>
            <p>
              {isOpen
                ? "Now tell the people who love a birthday."
                : "The link still works, but guests can’t chip in any more."}
            </p>
          </div>
        </header>
        {isCardUnchecked && (
          <Notice>
            Karri did not answer, so your card has not been checked yet. We check it before the money is sent.
          </Notice>
        )}
        <section class="section" aria-labelledby="link-title">
          <h2 id="link-title">The link</h2>
          <p>Everyone who has it can see the board and chip in. Send it to family and friends only.</p>
          <div class="copy">
            <label class="unseen" for="link">
              The link to the board
            </label>
            <input type="text" id="link" value={link} readonly />
            <Button quiet type="button" data-copy="link" hidden>
              Copy
            </Button>
          </div>
          <div class="buttons">
            <ButtonLink href={whatsAppLink(`${text} ${link}`)} target="_blank" rel="noopener noreferrer">
              <WhatsAppSign /> WhatsApp
            </ButtonLink>
            <ButtonLink quiet href={mailLink(title, `${text}\n\n${link}`)}>
              E-mail
            </ButtonLink>
          </div>
        </section>
        <section class="section" aria-labelledby="preview-title">
          <h2 id="preview-title">How it looks in a chat</h2>
          <div class="chat">
            <img src={linkPreviewPath(view.photoUrl) ?? "/images/share.png"} alt="" width="1200" height="630" />
            <p>
              <strong>{title}</strong>
              <span>{description(view, ENGLISH)}</span>
              <small>{new URL(origin).host}</small>
            </p>
          </div>
          <NextLink href={`/${view.slug}`}>See the board as guests do</NextLink>
        </section>
        {isOpen && (
          <section class="section" aria-labelledby="paper-title">
            <h2 id="paper-title">On paper</h2>
            <p>An invitation of the size A5, with a code that phones open the board by.</p>
            <ButtonLink quiet href={`${path}/invitation`}>
              Print an invitation
            </ButtonLink>
          </section>
        )}
        {view.sandbox && <Notice>This is a test board. Nothing that is paid on it is real.</Notice>}
        <Action>
          <ButtonLink quiet href={`${path}/parents`}>
            Manage it together with another parent
          </ButtonLink>
        </Action>
      </Card>
    </Page>,
  );
}

function mailLink(subject: string, body: string): string {
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;
}
