import { BEFORE_DEADLINE, MemoryBoards } from "../../support/board.ts";
import { ALL_PROVIDERS, farSides } from "../far-sides.ts";
import { SiteBoard } from "../site-board.ts";
import { NO_DATABASE, testSite } from "../support.ts";

/** Longer than views and provider switches are cached. */
const A_WHILE_MS = 6_000;

type Options = {
  settings?: Record<string, string>;
  deadline?: Date;
  /** Whether the first of the boards is of a sandbox; the other is live. */
  sandbox?: boolean;
};

/**
 * A site with open boards in memory and simulated providers. Every site has boards of its own, because views are cached
 * for a second.
 */
export function guestSite({ settings = ALL_PROVIDERS, deadline, sandbox = false }: Options = {}) {
  const far = farSides();
  const clock = { at: BEFORE_DEADLINE };
  const now = () => clock.at;
  const board = new SiteBoard(now, { sandbox, ...(deadline && { deadline }) });
  const other = new SiteBoard(now);
  const unopened = new MemoryBoards({ now });
  const objects = new Map([
    [board.code, board.object],
    [other.code, other.object],
  ]);
  const site = testSite(NO_DATABASE, { settings, board: (code) => objects.get(code) ?? unopened.board(code) });
  site.clock.now = clock.at;

  function later(ms: number): void {
    clock.at = new Date(clock.at.getTime() + ms);
    site.clock.now = clock.at;
  }
  async function send(path: string, init: RequestInit = {}) {
    const response = await site.request(path, init);
    const html = await response.text();
    await site.settled();
    return { status: response.status, location: response.headers.get("Location"), headers: response.headers, html };
  }
  const form = (fields: Record<string, string>, headers: Record<string, string> = {}) => ({
    method: "POST",
    body: new URLSearchParams(fields),
    headers,
  });
  const typed = (fields: Record<string, string> = {}) => ({
    amount: "200",
    name: "Thandi",
    message: "Hi!",
    provider: "payfast",
    submission: crypto.randomUUID(),
    ...fields,
  });

  return {
    site,
    far,
    board,
    other,
    later,
    send,
    typed,
    aWhileLater: () => later(A_WHILE_MS),
    get: (path: string) => send(`/${board.slug}${path}`),
    /** As the browser that began the payment sends it. */
    getAsPayer: (path: string, reference: string) =>
      send(`/${board.slug}${path}`, { headers: { Cookie: `payer-${reference}=0` } }),
    post: (path: string, fields: Record<string, string>, headers?: Record<string, string>) =>
      send(`/${board.slug}${path}`, form(fields, headers)),
    /** Sends a new form, R200 through PayFast unless `fields` differ. */
    chipIn: (fields: Record<string, string> = {}, headers?: Record<string, string>) =>
      send(`/${board.slug}/contribute`, form(typed(fields), headers)),
    /** The references of the board's contributions, in order. */
    references: () => [...board.state.references.keys()],
    receipt: (reference: string) => board.board.receipt(reference),
  };
}

export type GuestSite = ReturnType<typeof guestSite>;

/** The values of the page's hidden fields, by name. */
export function fieldsOf(html: string): Record<string, string> {
  return Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name,
      plain(value),
    ]),
  );
}

/** Decodes the HTML escapes in `text`. */
export function plain(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
