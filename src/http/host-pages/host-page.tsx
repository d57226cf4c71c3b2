import type { Child } from "hono/jsx";
import type { Settings } from "#platform/settings";
import type { Asked } from "../app-env.ts";
import { Card } from "../ui/card.tsx";
import { Page, type PageHead, renderPage } from "../ui/page.tsx";
import { htmlHeaders } from "../ui/page-headers.ts";
import { respond } from "../ui/respond.ts";
import type { SignedInHost } from "./signed-in.ts";

const made = new WeakMap<Settings, { headers: Headers }>();

/** A page of hosts: its forms lead to this site only. */
export function respondToHost(c: Asked, html: string, status = 200): Response {
  const { settings } = c.var.services;
  const site = made.get(settings) ?? { headers: htmlHeaders(settings, { forms: [], hostStyle: true }) };
  made.set(settings, site);
  return respond(site, html, status);
}

type HostPageProps = Readonly<{
  c: Asked;
  title: string;
  /** What the style sheet knows the card by. */
  kind?: string;
  scripts?: PageHead["scripts"];
  children?: Child;
}>;

/** The document of one page of hosts, in one card. */
export function renderHostPage({ c, title, kind = "message", scripts = [], children }: HostPageProps): string {
  return renderPage(
    <Page
      origin={c.var.services.settings.PUBLIC_ORIGIN}
      title={title}
      description="Friends chip in for one dream gift."
      scripts={scripts}
    >
      <Card kind={kind}>{children}</Card>
    </Page>,
  );
}

/** The field by which a form says that it is ours. In every form of a signed-in host. */
export function FormToken({ csrf }: Pick<SignedInHost, "csrf">) {
  return <input type="hidden" name="csrf" value={csrf} />;
}
