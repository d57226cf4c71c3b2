import { accountName, deviceOf, formToken, newKey, readKey } from "#accounts/host-account";
import type { OpenBoard } from "#domain/board/commands";
import { newId, publicId } from "#domain/ids";
import { contextOf } from "../../projection/support.ts";
import { BEFORE_DEADLINE, MemoryBoardObject, MemoryBoards, TestBoard } from "../../support/board.ts";
import type { TestDatabase } from "../../support/database.ts";
import { ALL_PROVIDERS } from "../far-sides.ts";
import { NO_DATABASE, PUBLIC_ORIGIN, testSite } from "../support.ts";

const BROWSER = "A browser for tests";

export type Host = Readonly<{ id: string; email: string; name: string | null }>;
type Site = ReturnType<typeof testSite>;

/** Signs a host in without the mail. What comes back sends requests with the login. */
export async function signedIn(site: Site, host: Host) {
  const { settings, now } = site.services;
  const account = accountName(settings, host.email);
  const [link, cookie] = [newKey(account), newKey(account)];
  const device = deviceOf(settings, BROWSER);
  const digestOf = (key: string) => readKey(key)?.digest ?? "";
  const object = site.accounts.hostAccount(account);
  await object.issueLink({ digest: digestOf(link), email: host.email, next: null, device }, now());
  const login = { digest: digestOf(cookie), device, browser: "a browser", loginId: newId(now()) };
  await object.signIn(digestOf(link), login, host, now());
  const csrf = formToken(settings, cookie);
  const headers = {
    Cookie: `__Host-chipin_session=${cookie}`,
    "User-Agent": BROWSER,
    "CF-Connecting-IP": "105.0.0.7",
  };
  async function send(path: string, init: RequestInit = {}) {
    const response = await site.request(path, { ...init, headers: { ...headers, ...init.headers } });
    const html = await response.text();
    await site.settled();
    return { status: response.status, location: response.headers.get("Location"), headers: response.headers, html };
  }
  return {
    site,
    host,
    account,
    csrf,
    send,
    get: (path: string) => send(path),
    /** Sends a form as a page of ours has it. */
    post: (path: string, fields: Record<string, string> = {}) =>
      send(path, {
        method: "POST",
        headers: { Origin: PUBLIC_ORIGIN },
        body: new URLSearchParams({ csrf, ...fields }),
      }),
  };
}

type Options = Readonly<{
  database?: TestDatabase;
  board?: Partial<OpenBoard>;
  host?: Host;
  settings?: Readonly<Record<string, string>>;
}>;

/** A site with one host who has signed in, and one open board of theirs. With a database the board is projected. */
export async function hostSite({ database, board: overrides = {}, host = aPerson(), settings = {} }: Options = {}) {
  const clock = { at: BEFORE_DEADLINE };
  const now = () => clock.at;
  const board = new TestBoard({ hostId: host.id, ...overrides });
  const object = new MemoryBoardObject({ now, board, ...(database && { projection: contextOf(database) }) });
  const unopened = new MemoryBoards({ now });
  const site = testSite(database ?? NO_DATABASE, {
    settings: { ...ALL_PROVIDERS, ...settings },
    board: (code) => (code === board.code ? object : unopened.board(code)),
  });
  site.clock.now = clock.at;
  const parent = await signedIn(site, host);
  const path = `/dashboard/${publicId("board", board.boardId)}`;
  return {
    site,
    board,
    object,
    host,
    parent,
    path,
    later(ms: number) {
      clock.at = new Date(clock.at.getTime() + ms);
      site.clock.now = clock.at;
    },
    get: (tab: string) => parent.get(`${path}/${tab}`),
    post: (tab: string, fields: Record<string, string>) => parent.post(`${path}/${tab}`, fields),
  };
}

export function aPerson(): Host {
  const id = newId(BEFORE_DEADLINE);
  return { id, email: `${id}@example.com`, name: "Lindiwe" };
}

/** What a reader sees: the text of the page, without markup. */
export function textOf(html: string): string {
  return html
    .replace(/^[\s\S]*<body>/, "")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ");
}
