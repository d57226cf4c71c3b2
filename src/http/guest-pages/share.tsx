import type { PublicView } from "#domain/board/public-view";
import { whatsAppLink } from "#domain/share";
import { Button, ButtonLink } from "../ui/button.tsx";
import { WhatsAppSign } from "../ui/icons.tsx";
import { shareText } from "./copy.ts";
import type { PageSite } from "./site.ts";

type ShareProps = {
  view: PublicView;
  site: PageSite;
  /** Sharing is the next thing to do on this page. */
  first?: boolean;
};

/** WhatsApp is a plain link and works everywhere; the button appears where a script can share or copy. */
export function Share({ view, site: { origin, words }, first = false }: ShareProps) {
  const { share } = words.board;
  const url = `${origin}/${view.slug}`;
  const text = shareText(view, words);
  return (
    <section class="share" aria-labelledby="share">
      <h2 id="share">{share.heading}</h2>
      <div class="buttons">
        <ButtonLink quiet={!first} href={whatsAppLink(`${text} ${url}`)} target="_blank" rel="noopener noreferrer">
          <WhatsAppSign /> WhatsApp
        </ButtonLink>
        <Button quiet type="button" data-share={url} data-text={text} hidden>
          {share.button}
        </Button>
      </div>
    </section>
  );
}
