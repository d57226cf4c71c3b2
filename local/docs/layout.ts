import { addressOf, type DocsPage, PAGES, PARTNERS_ADDRESS, REFERENCE } from "./pages.ts";
import { escapeHtml, type Heading, type RenderedMarkdown } from "./render-markdown.ts";

/** The built files that pages load. */
export type DocsAssets = Readonly<{
  style: string;
  script: string;
  redoc: string;
  referenceScript: string;
  fonts: readonly string[];
}>;

export function pageDocument(page: DocsPage, { title, html, sections }: RenderedMarkdown, assets: DocsAssets): string {
  return documentOf(
    { title, summary: page.summary, assets, scripts: [assets.script], kind: "page" },
    `<div class="columns">
<nav class="side" aria-label="Documentation">${navigation(page.name, sections)}</nav>
<main id="content">
${html}
<p class="source"><a href="/docs/${page.name}.md">This page as Markdown</a></p>
</main>
</div>`,
    page.name,
  );
}

/** Redoc fills `#reference`. Without scripts the links are what is there. */
export function referenceDocument(assets: DocsAssets): string {
  return documentOf(
    {
      title: "Reference",
      summary: "Every route, field and answer of the partner API.",
      assets,
      scripts: [assets.redoc, assets.referenceScript],
      kind: "reference",
    },
    `<main id="content">
<div id="reference"><h1>Reference</h1><p>The reference is rendered from <a href="/v1/openapi.json">the OpenAPI document</a>, by a script.</p></div>
</main>`,
    "reference",
  );
}

export function notFoundDocument(assets: DocsAssets): string {
  return documentOf(
    { title: "Not found", summary: "There is no such page.", assets, scripts: [], kind: "page" },
    `<div class="columns">
<nav class="side" aria-label="Documentation">${navigation("", [])}</nav>
<main id="content"><h1>There is no such page</h1><p>The pages that exist are in the navigation.</p></main>
</div>`,
    "",
  );
}

type Head = Readonly<{
  title: string;
  summary: string;
  assets: DocsAssets;
  scripts: readonly string[];
  kind: "page" | "reference";
}>;

function documentOf({ title, summary, assets, scripts, kind }: Head, body: string, current: string): string {
  return `<!doctype html>
<html lang="en-ZA">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · ChipIn for partners</title>
<meta name="description" content="${escapeHtml(summary)}">
<meta name="theme-color" content="#FDF8F3">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
${assets.fonts.map((font) => `<link rel="preload" href="${font}" as="font" type="font/woff2" crossorigin="anonymous">`).join("\n")}
<link rel="stylesheet" href="${assets.style}">
${scripts.map((script) => `<script src="${script}" defer></script>`).join("\n")}
</head>
<body class="${kind}">
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="wordmark" href="/docs">ChipIn <span>for partners</span></a>
<a class="to-reference" href="${REFERENCE}"${current === "reference" ? ' aria-current="page"' : ""}>Reference</a>
<details class="menu"><summary>Contents</summary><nav aria-label="Contents">${navigation(current, [])}</nav></details>
</header>
${body}
<footer class="bottom"><p>Write to us: <a href="mailto:${PARTNERS_ADDRESS}">${PARTNERS_ADDRESS}</a></p></footer>
</body>
</html>
`;
}

function navigation(current: string, sections: readonly Heading[]): string {
  const items = PAGES.map(({ name, title }) => {
    const isCurrent = name === current;
    const link = `<a href="${addressOf(name)}"${isCurrent ? ' aria-current="page"' : ""}>${escapeHtml(title)}</a>`;
    return `<li>${link}${isCurrent && sections.length > 1 ? sectionList(sections) : ""}</li>`;
  });
  const reference = `<li><a href="${REFERENCE}"${current === "reference" ? ' aria-current="page"' : ""}>Reference</a></li>`;
  return `<ul>${items.join("")}${reference}</ul>`;
}

function sectionList(sections: readonly Heading[]): string {
  return `<ul>${sections.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`).join("")}</ul>`;
}
