import type { Context } from "hono";
import type { Language } from "#domain/languages";
import type { ErrorCode } from "#platform/errors";
import type { AppEnv } from "../app-env.ts";
import { STATUS_OF } from "../errors.ts";
import { Card } from "./card.tsx";
import { FRAME, type FrameWords } from "./frame-words.ts";
import { Page, renderPage } from "./page.tsx";
import { pageSecurityHeaders } from "./page-headers.ts";

/** What people see when a page could not be made. The pages themselves answer whatever they expect. */
export function errorPage(
  c: Context<AppEnv>,
  code: ErrorCode,
  { words = FRAME, languages = [] }: { words?: FrameWords; languages?: readonly Language[] } = {},
): Response | Promise<Response> {
  const { settings } = c.var.services;
  const { title, sentence } = words.errors[code] ?? words.errors.internal_error;
  const html = renderPage(
    <Page origin={settings.PUBLIC_ORIGIN} title={title} description={words.preview} words={words} languages={languages}>
      <Card kind="message">
        <h1>{title}</h1>
        <p class="lede">{sentence}</p>
        <p>
          <small>{words.mention(c.var.requestId)}</small>
        </p>
      </Card>
    </Page>,
  );
  // By the context, which holds headers of the refusal.
  return c.html(html, STATUS_OF[code], {
    ...pageSecurityHeaders(settings, { forms: [] }),
    "Content-Language": words.locale,
  });
}
