import type { Context } from "hono";
import type { ErrorCode } from "#platform/errors";
import type { Services } from "#platform/services";
import type { AppEnv } from "./app-env.ts";
import { STATUS_OF } from "./errors.ts";
import { Page, renderPage } from "./guest-pages/layout.tsx";
import { renderNotFound } from "./guest-pages/message-page.tsx";
import { pageSecurityHeaders } from "./guest-pages/security-headers.ts";

const OUR_FAULT = { title: "Something went wrong on our side", sentence: "Please try again in a moment." };

const WORDS: Partial<Record<ErrorCode, { title: string; sentence: string }>> = {
  payload_too_large: { title: "That was too much to send", sentence: "Please shorten your message and try again." },
  rate_limited: { title: "One moment, please", sentence: "That was a lot at once. Please try again in a minute." },
  unavailable: { title: "We will be right back", sentence: "Please try again in a moment." },
  validation_error: { title: "We could not read that", sentence: "Please go back and try again." },
};

/** What a guest sees when a page could not be made. The pages themselves answer whatever they expect. */
export function errorPage(c: Context<AppEnv>, code: ErrorCode): Response | Promise<Response> {
  const status = STATUS_OF[code];
  const services: Services | undefined = c.get("services");
  const { title, sentence } = WORDS[code] ?? OUR_FAULT;
  // Without usable settings there is nothing to build a page from.
  if (!services) return c.text(`${title}. ${sentence}`, status);

  const { PUBLIC_ORIGIN: origin } = services.settings;
  const headers = { ...pageSecurityHeaders(services.settings, { forms: [] }) };
  if (code === "not_found") return c.html(renderNotFound(origin), status, headers);
  const page = (
    <Page {...{ origin, title, description: "Friends chip in for one dream gift." }}>
      <main class="card message">
        <h1>{title}</h1>
        <p class="lede">{sentence}</p>
        <p>
          <small>If you write to us about this, please mention {c.get("requestId")}.</small>
        </p>
      </main>
    </Page>
  );
  return c.html(renderPage(page), status, headers);
}
