import type { ChallengedForm } from "#checkout/outcome";
import type { PublicView } from "#domain/board/public-view";
import { TURNSTILE_ACTION, turnstileUrl } from "#fraud/turnstile";
import type { Settings } from "#platform/settings";
import { Action, Button, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Alert } from "../ui/notice.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { frameOf, type PageSite } from "./site.ts";

export type ChallengePageProps = Readonly<{
  view: PublicView;
  site: PageSite;
  settings: Pick<Settings, "TURNSTILE_SITE_KEY" | "TURNSTILE_BASE_URL">;
  form: ChallengedForm;
  /** The check was made and not passed. */
  failed?: boolean;
}>;

function keptFields(form: ChallengedForm): { path: string; kept: Record<string, string> } {
  if ("reference" in form) return { path: "pay", kept: { ref: form.reference } };
  const { amount, name, message, provider, coverFee, submission } = form.typed;
  return {
    path: "contribute",
    kept: { amount, name, message, provider, submission, ...(coverFee && { cover_fee: "1" }) },
  };
}

/**
 * A quick check that a person sits there, with the form they filled in kept behind it. It needs a script from
 * Cloudflare, which no other page of ours does. (product-facts 16)
 */
export function renderChallengePage({ view, site, settings, form, failed = false }: ChallengePageProps): string {
  const { checkout, common } = site.words;
  const { challenge } = checkout;
  const { title } = challenge;
  const { path, kept } = keptFields(form);
  return renderPage(
    <Page
      {...frameOf(site)}
      sandbox={view.sandbox}
      title={title}
      description={checkout.preview}
      foreignScript={`${turnstileUrl(settings)}/v0/api.js`}
    >
      <Card kind="message">
        <Rosette sign="wait" />
        <h1>{title}</h1>
        <p class="lede">{challenge.why}</p>
        <Alert text={failed ? challenge.failed : null} />
        <form method="post" action={`/${view.slug}/${path}`}>
          {Object.entries(kept).map(([field, value]) => (
            <input key={field} type="hidden" name={field} value={value} />
          ))}
          <div class="cf-turnstile" data-sitekey={settings.TURNSTILE_SITE_KEY} data-action={TURNSTILE_ACTION} />
          <noscript>
            <p class="hush">{challenge.needsScripts}</p>
          </noscript>
          <Action>
            <Button>{challenge.continue}</Button>
          </Action>
        </form>
        <NextLink href={`/${view.slug}`}>{common.backToBoard}</NextLink>
      </Card>
    </Page>,
  );
}
