import type { ChallengedForm } from "#checkout/outcome";
import type { PublicView } from "#domain/board/public-view";
import { TURNSTILE_ACTION, turnstileUrl } from "#fraud/turnstile";
import type { Settings } from "#platform/settings";
import { Action, Button, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Alert } from "../ui/notice.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import type { PageSite } from "./site.ts";

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
  const title = "One quick check";
  const { path, kept } = keptFields(form);
  return renderPage(
    <Page
      origin={site.origin}
      sandbox={view.sandbox}
      title={title}
      description="Secure payment."
      foreignScript={`${turnstileUrl(settings)}/v0/api.js`}
    >
      <Card kind="message">
        <Rosette sign="wait" />
        <h1>{title}</h1>
        <p class="lede">
          {"There have been many payments from your Wi-Fi or network. Please confirm that you’re not a robot."}
        </p>
        <Alert text={failed ? "That did not work. Please try once more." : null} />
        <form method="post" action={`/${view.slug}/${path}`}>
          {Object.entries(kept).map(([field, value]) => (
            <input key={field} type="hidden" name={field} value={value} />
          ))}
          <div class="cf-turnstile" data-sitekey={settings.TURNSTILE_SITE_KEY} data-action={TURNSTILE_ACTION} />
          <noscript>
            <p class="hush">
              The check needs JavaScript. Without it, please try again in an hour. Nothing was charged.
            </p>
          </noscript>
          <Action>
            <Button>Continue</Button>
          </Action>
        </form>
        <NextLink href={`/${view.slug}`}>Back to the board</NextLink>
      </Card>
    </Page>,
  );
}
