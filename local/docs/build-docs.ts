import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../worker/build-options.ts";
import { writeIfChanged } from "../write-if-changed.ts";
import { CATALOGUE_MARK, eventCatalogue } from "./event-catalogue.ts";
import { type DocsAssets, notFoundDocument, pageDocument, referenceDocument } from "./layout.ts";
import { type DocsPage, PAGES, REFERENCE } from "./pages.ts";
import { renderMarkdown } from "./render-markdown.ts";

/** The Worker serves what is in `public/docs/` at the API's host. (src/http/partner-docs.ts) */
const OUTPUT = join(ROOT, "public/docs");

/** Builds the partners' pages and `llms.txt` into `public/docs/`, and removes what is no page any more. */
export function buildDocs(assets: DocsAssets): void {
  const files = new Map<string, string>();
  for (const page of PAGES) {
    const markdown = markdownOf(page);
    files.set(`${page.name}.html`, pageDocument(page, renderMarkdown(markdown), assets));
    files.set(`${page.name}.md`, markdown);
  }
  files.set("reference.html", referenceDocument(assets));
  files.set("404.html", notFoundDocument(assets));
  files.set("llms.txt", llmsText());
  for (const [name, text] of files) writeIfChanged(join(OUTPUT, name), Buffer.from(text));
  for (const name of readdirSync(OUTPUT)) if (!files.has(name)) rmSync(join(OUTPUT, name), { recursive: true });
}

const FILE_LINK = /\]\(([^)\s#:]+\.md)(#[^)\s]*)?\)/g;

/** As it is served: with the catalogue of events, and links to other pages by their names there. */
export function markdownOf({ source }: DocsPage): string {
  const written = readFileSync(join(ROOT, source), "utf8").replace(CATALOGUE_MARK, () => eventCatalogue());
  return written.replaceAll(FILE_LINK, (link, file: string, anchor = "") => {
    const page = PAGES.find((one) => one.source === join(dirname(source), file));
    return page ? `](${page.name}.md${anchor})` : link;
  });
}

/** In the form of https://llmstxt.org. */
function llmsText(): string {
  const lines = PAGES.map(({ name, title, summary }) => `- [${title}](/docs/${name}.md): ${summary}`);
  return `# ChipIn for partners

> The REST API by which partners open dream boards, let friends and family chip in for one birthday gift, and hear what happens by signed webhooks. Amounts are whole South African cents.

## Documentation

${lines.join("\n")}

## Reference

- [OpenAPI 3.1](/v1/openapi.json): every route, field and answer, for programs. For people it is at ${REFERENCE}.
`;
}
