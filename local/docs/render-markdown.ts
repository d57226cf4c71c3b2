import { Marked, Renderer } from "marked";
import { highlight } from "./highlight.mjs";
import { addressOf } from "./pages.ts";

export type Heading = Readonly<{ id: string; text: string }>;
export type RenderedMarkdown = Readonly<{
  /** The first heading. */
  title: string;
  html: string;
  /** The headings of the second level. */
  sections: readonly Heading[];
}>;

const PAGE_LINK = /^(?:\.\/)?([a-z0-9-]+)\.md(#.*)?$/;

/** A page's Markdown as HTML. Links to other pages' files become their addresses. @throws when a code block's language is unknown */
export function renderMarkdown(markdown: string): RenderedMarkdown {
  let title = "";
  const sections: Heading[] = [];
  const marked = new Marked({
    gfm: true,
    walkTokens(token) {
      if (token.type === "link") token.href = linkOf(token.href);
    },
    renderer: {
      heading({ tokens, depth, text }) {
        const plain = plainText(text);
        const id = anchorOf(plain);
        if (depth === 1) title ||= plain;
        if (depth === 2) sections.push({ id, text: plain });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      // A wide table or line scrolls by itself, and by the keyboard too.
      table(token) {
        const table = Renderer.prototype.table.call(this, token);
        return `<div class="table" tabindex="0" role="group" aria-label="Table">${table}</div>\n`;
      },
      code({ text, lang = "" }) {
        const code = lang === "" ? escapeHtml(text) : highlight(text, lang);
        return `<pre tabindex="0"${lang && ` data-language="${lang}"`}><code>${code}</code></pre>\n`;
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { title, html, sections };
}

/** As GitHub makes them, so that a link works in the project and on the site. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function linkOf(href: string): string {
  const [, name, anchor = ""] = PAGE_LINK.exec(href) ?? [];
  return name === undefined ? href : addressOf(name) + anchor;
}

function plainText(heading: string): string {
  return heading.replaceAll(/[`*]/g, "");
}
