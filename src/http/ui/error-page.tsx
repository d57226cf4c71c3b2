import type { Context } from "hono";
import type { ErrorCode } from "#platform/errors";
import type { AppEnv } from "../app-env.ts";
import { STATUS_OF } from "../errors.ts";
import { Card } from "./card.tsx";
import { Page, renderPage } from "./page.tsx";
import { pageSecurityHeaders } from "./page-headers.ts";

const OUR_FAULT = { title: "Something went wrong on our side", sentence: "Please try again in a moment." };

const WORDS: Partial<Record<ErrorCode, { title: string; sentence: string }>> = {
  forbidden: { title: "That form came from another page", sentence: "Please open the board and chip in from there." },
  payload_too_large: { title: "That was too much to send", sentence: "Please shorten your message and try again." },
  rate_limited: { title: "One moment, please", sentence: "That was a lot at once. Please try again in a minute." },
  unavailable: { title: "We will be right back", sentence: "Please try again in a moment." },
  validation_error: { title: "We could not read that", sentence: "Please go back and try again." },
};

/** What people see when a page could not be made. The pages themselves answer whatever they expect. */
export function errorPage(c: Context<AppEnv>, code: ErrorCode): Response | Promise<Response> {
  const { settings } = c.var.services;
  const { title, sentence } = WORDS[code] ?? OUR_FAULT;
  const html = renderPage(
    <Page origin={settings.PUBLIC_ORIGIN} title={title} description="Friends chip in for one dream gift.">
      <Card kind="message">
        <h1>{title}</h1>
        <p class="lede">{sentence}</p>
        <p>
          <small>If you write to us about this, please mention {c.var.requestId}.</small>
        </p>
      </Card>
    </Page>,
  );
  // By the context, which holds headers of the refusal.
  return c.html(html, STATUS_OF[code], { ...pageSecurityHeaders(settings, { forms: [] }) });
}
