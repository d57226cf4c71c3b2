/** What the footer of every page leads to, by path. Its texts are in `plain-pages/texts.ts`, how each is called in `FrameWords`. */
export const FOOTER_PAGES = ["/about", "/contact", "/privacy", "/terms", "/fees", "/report"] as const;

export type FooterPage = (typeof FOOTER_PAGES)[number];
