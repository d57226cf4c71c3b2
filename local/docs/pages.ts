import { CONTRACT } from "./event-catalogue.ts";

/** A page for partners: Markdown of the project, served as HTML at `/docs/<name>` and as it is at `/docs/<name>.md`. */
export type DocsPage = Readonly<{
  name: string;
  /** In the navigation. */
  title: string;
  /** What the page answers, in one sentence. */
  summary: string;
  /** The Markdown, relative to the project. */
  source: string;
}>;

/** To whom partners write. A draft: a mailbox of this name has to exist before the first partner. */
export const PARTNERS_ADDRESS = CONTRACT.info.contact.email;

/** Where the reference is; it is rendered in the browser from `/v1/openapi.json`. */
export const REFERENCE = "/docs/reference";

function page(name: string, title: string, summary: string, source = `docs/partners/${name}.md`): DocsPage {
  return { name, title, summary, source };
}

/** Every page, in the order of the navigation. `index` is `/docs` itself. */
export const PAGES: readonly DocsPage[] = [
  page("index", "Overview", "What the API is for, where it is, and how a board goes from opening to pay-out."),
  page("quick-start", "Quick start", "A board, a payment and a verified webhook in a few minutes."),
  page("requests", "Requests and answers", "Keys, scopes, ids, amounts, idempotency keys and lists."),
  page("boards", "Boards and contributions", "Opening, reading, changing, cancelling and closing a board."),
  page("payouts", "Payouts", "Which payouts you may pay, and how you confirm them."),
  page("webhooks", "Webhooks", "Registering an endpoint, what a delivery looks like, and verifying its signature."),
  page("events", "Events", "Every event with its meaning and a sample payload."),
  page("typescript", "TypeScript client", "Typed requests, lists, repetitions, errors and webhooks.", "sdk/README.md"),
  page("errors", "Errors", "Every error code, its status, and what to do."),
  page("limits", "Limits", "How many requests you may make, and the headers that say how it stands."),
  page("sandbox", "Sandbox", "Trying everything without money."),
  page("versioning", "Versioning", "What may change without a new version, and what may not."),
  page("changelog", "Changelog", "What has changed, newest first."),
];

/** The address of a page's HTML. */
export function addressOf(name: string): string {
  return name === "index" ? "/docs" : `/docs/${name}`;
}
