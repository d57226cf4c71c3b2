import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { markdownOf } from "../../local/docs/build-docs.ts";
import { addressOf, PAGES, PARTNERS_ADDRESS, REFERENCE } from "../../local/docs/pages.ts";

const built = (name: string) => readFileSync(`public/docs/${name}`, "utf8");
const html = PAGES.map(({ name }) => ({ name, text: built(`${name}.html`) }));

/** The places that a link of ours may lead to: pages with their anchors, and what the Worker serves. */
function targets(): ReadonlySet<string> {
  const anchors = html.flatMap(({ name, text }) =>
    [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => `${addressOf(name)}#${id}`),
  );
  const markdown = PAGES.map(({ name }) => `/docs/${name}.md`);
  return new Set([
    ...PAGES.map(({ name }) => addressOf(name)),
    ...anchors,
    ...markdown,
    REFERENCE,
    "/llms.txt",
    "/v1/openapi.json",
  ]);
}

describe("the partners' documentation", () => {
  it("every Markdown file of docs/partners is a page", () => {
    const sources = readdirSync("docs/partners").map((file) => `docs/partners/${file}`);
    expect(PAGES.map(({ source }) => source)).toEqual(expect.arrayContaining(sources));
  });

  it("every link leads to a page, a heading or a file that exists", () => {
    const known = targets();
    const dead = html.flatMap(({ name, text }) =>
      [...text.matchAll(/<a [^>]*href="([^"]+)"/g)]
        .map(([, href = ""]) => (href.startsWith("#") ? addressOf(name) + href : href))
        .filter((href) => !/^(https:|mailto:)/.test(href) && !known.has(href))
        .map((href) => `${name}: ${href}`),
    );
    expect(dead).toEqual([]);
  });

  it("every page has one title, and no two headings of a page share their anchor", () => {
    for (const { name, text } of html) {
      expect([name, text.match(/<h1/g)?.length]).toEqual([name, 1]);
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect([name, ids]).toEqual([name, [...new Set(ids)]]);
    }
  });

  it("every column of a table has a heading", () => {
    const unnamed = html.filter(({ text }) => text.includes("<th></th>")).map(({ name }) => name);
    expect(unnamed).toEqual([]);
  });

  it("no page loads anything from another host, and every file it loads was built", () => {
    const files = readdirSync("public/docs").filter((file) => file.endsWith(".html"));
    for (const file of files) {
      const loaded = [...built(file).matchAll(/<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"/g)].map(
        ([, at = ""]) => at,
      );
      expect(loaded.length).toBeGreaterThan(4);
      expect([file, loaded.filter((at) => !existsSync(`public${at}`))]).toEqual([file, []]);
    }
  });

  it("llms.txt lists every page as Markdown, which is its source", () => {
    const listed = [...built("llms.txt").matchAll(/\]\(\/docs\/([a-z-]+\.md)\)/g)].map(([, file = ""]) => file);

    expect(listed).toEqual(PAGES.map(({ name }) => `${name}.md`));
    expect(listed.map(built)).toEqual(PAGES.map(markdownOf));
  });

  it("the page of events has a section with a sample for each event, which has its type", () => {
    const samples = [...built("events.md").matchAll(/^### (\S+)\n\n[^\n]+\n\n```json\n(.*?)\n```/gms)].map(
      ([, type, sample = ""]) => [type, JSON.parse(sample).type],
    );
    expect(samples).toEqual(WEBHOOK_EVENT_TYPES.map((type) => [type, type]));
  });

  it("the pages name one address to write to", () => {
    const named = html.flatMap(({ text }) => [...text.matchAll(/mailto:([^"]+)/g)].map(([, address]) => address));
    expect([...new Set(named)]).toEqual([PARTNERS_ADDRESS]);
  });
});
