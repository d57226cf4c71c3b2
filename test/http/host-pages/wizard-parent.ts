import { expect } from "vitest";
import { hosts } from "#database/schema";
import { STEPS, type Step } from "#domain/draft";
import { addDays, zoneDate } from "#domain/time";
import { contextOf } from "../../projection/support.ts";
import { MemoryBoards } from "../../support/board.ts";
import type { TestDatabase } from "../../support/database.ts";
import { aPng } from "../../support/pictures.ts";
import { PUBLIC_ORIGIN, type TestSite, testSite } from "../support.ts";
import { signedIn } from "./managed-site.ts";

/** Sends the forms of the wizard as a browser does. */
export const formsOf =
  ({ csrf, send }: Awaited<ReturnType<typeof signedIn>>) =>
  (step: string, fields: Record<string, string | Blob>) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ csrf, ...fields })) {
      if (typeof value === "string") body.set(name, value);
      else body.set(name, value, "a.png");
    }
    return send(`/create/${step}`, { method: "POST", headers: { Origin: PUBLIC_ORIGIN }, body });
  };

/** A site with a parent who has signed in, and the steps of the wizard as short verbs. */
export async function aParent(database: TestDatabase, settings: Readonly<Record<string, string>> = {}) {
  const boards = new MemoryBoards({ projection: contextOf(database), now: () => site.clock.now });
  const site: TestSite = testSite(database, { settings, board: (code) => boards.board(code) });
  const email = `${crypto.randomUUID()}@example.co.za`;
  const [host] = await database.db.insert(hosts).values({ email }).returning();
  const parent = await signedIn(site, { id: host?.id ?? "", email, name: null });
  const soon = zoneDate(addDays(site.clock.now, 20));
  const post = formsOf(parent);
  const child = { child_name: "Maya", birthday_date: soon, photo: new Blob([new Uint8Array(aPng(400, 300))]) };
  const gift = {
    gift_type: "takealot_product",
    product_url: "https://www.takealot.com/lego/PLID90000001",
    product_name: "LEGO <b>Treehouse</b>",
    product_price: "2,499",
    overflow_cause_id: "food-forward",
  };
  const details = {
    payout_method: "takealot_gift_card",
    payout_email: email,
    message: "Seven already!",
    deadline: soon,
  };
  return { site, parent, email, host, soon, post, child, gift, details };
}

export const keysIn = (html: string) => ({
  draft: /name="draft" value="([^"]+)"/.exec(html)?.[1] ?? "",
  version: /name="version" value="([^"]+)"/.exec(html)?.[1] ?? "",
});
export const draftOf = (location: string | null) => /draft=(.+)$/.exec(location ?? "")?.[1] ?? "";
export const mistakes = (html: string) =>
  [...html.matchAll(/class="mistake" id="(\w+)-error"/g)].map(([, field]) => field);

export type Parent = Awaited<ReturnType<typeof aParent>>;

/** Fills in the steps before `step`. @returns the keys of that step's form, and its page */
export async function fillInUpTo(parent: Parent, step: Step, change: { gift?: object; details?: object } = {}) {
  let page = await parent.parent.get("/create/child");
  for (const before of STEPS.slice(0, STEPS.indexOf(step))) {
    const answer = await parent.post(before, {
      ...keysIn(page.html),
      ...parent[before as "gift"],
      ...change[before as "gift"],
    });
    expect([before, answer.status, mistakes(answer.html)]).toEqual([before, 303, []]);
    page = await parent.parent.get(answer.location ?? "");
  }
  return { ...keysIn(page.html), html: page.html };
}

/** All steps up to the review. @returns the keys of the review's form, and its page */
export const fillIn = (parent: Parent, change: { gift?: object; details?: object } = {}) =>
  fillInUpTo(parent, "review", change);

/** What a page keeps out of sight to be sent with its form. */
export function hiddenIn(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name, value = ""]) => [name, unescaped(value)]));
}

/** As a page has a text. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function unescaped(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
