import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { LANGUAGES, type Language } from "#domain/languages";
import { FONTS, HOST_STYLE, SCRIPTS, STYLE } from "./asset-manifest.ts";
import { FOOTER_PAGES } from "./footer-pages.ts";
import { FRAME, type FrameWords } from "./frame-words.ts";

/** `origin`: the public origin, for the absolute addresses that link previews need. */
export type PageHead = Readonly<{
  origin: string;
  title: string;
  /** For previews of the link, where the title is for one reader only. */
  shareTitle?: string;
  description: string;
  /** Path of the page itself; none for pages that should not be visited again. */
  path?: string;
  /** Path of the picture that messengers show of the link, 1200 x 630 pixels; the drawing of all other links without it. */
  preview?: string | null;
  scripts?: readonly Script[];
  /** With the style of the hosts' pages; the page's policy must allow it. */
  hostStyle?: boolean;
  /** A script from another host; the page's policy must allow it. */
  foreignScript?: string;
  /** Only the landing page may be found by search engines: a board's link is its only protection. */
  findable?: boolean;
  /** Asks a browser without scripts to look again. */
  refresh?: { seconds: number; path: string } | null;
  /** The slug of the board that the page is about: a report of it needs no link typed. */
  board?: string | undefined;
  /** Says that no money is real here. */
  sandbox?: boolean | undefined;
  /** The language of the page. */
  words?: FrameWords;
  /** What the guest may choose from, if there is a choice. */
  languages?: readonly Language[];
  /** Where a GET shows this page, for the choice of languages; the address itself unless given. */
  here?: string | undefined;
}>;

/** A script that writes sentences has one file for each language. */
type Script = Exclude<keyof typeof SCRIPTS, `${string}-${Language}`>;

type PageProps = PageHead & { children?: Child };

/** The whole document around one `<main>`. */
export function Page({
  origin,
  title,
  shareTitle = title,
  description,
  path,
  preview,
  scripts = [],
  hostStyle = false,
  foreignScript,
  findable,
  refresh,
  sandbox,
  board,
  words = FRAME,
  languages = [],
  here = "",
  children,
}: PageProps) {
  return (
    <html lang={words.locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · ChipIn`}</title>
        <meta name="description" content={description} />
        {!findable && <meta name="robots" content="noindex, nofollow" />}
        <meta name="theme-color" content="#FDF8F3" />
        <meta property="og:site_name" content="ChipIn" />
        <meta property="og:type" content="website" />
        <meta property="og:locale" content={words.locale.replace("-", "_")} />
        <meta property="og:title" content={shareTitle} />
        <meta property="og:description" content={description} />
        {path && <meta property="og:url" content={`${origin}${path}`} />}
        <meta property="og:image" content={`${origin}${preview ?? "/images/share.png"}`} />
        <meta property="og:image:width" content="1200" />
        <meta property="og:image:height" content="630" />
        <meta name="twitter:card" content="summary_large_image" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="apple-touch-icon" href="/images/icon-180.png" />
        {/* What is not there in time is shown on the next page: no text moves when a font arrives. */}
        {FONTS.map((font) => (
          <link rel="preload" href={font} as="font" type="font/woff2" crossorigin="anonymous" />
        ))}
        <style>{raw(STYLE)}</style>
        {hostStyle && <style>{raw(HOST_STYLE)}</style>}
        {refresh && (
          <noscript>
            <meta http-equiv="refresh" content={`${refresh.seconds};url=${refresh.path}`} />
          </noscript>
        )}
        {scripts.map((script) => (
          <script src={scriptIn(words.language, script)} defer />
        ))}
        {foreignScript && <script src={foreignScript} async defer />}
      </head>
      <body>
        <div class="bunting" />
        {sandbox && (
          <aside class="sandbox">
            <strong>{words.sandbox.title}</strong> {words.sandbox.sentence}
          </aside>
        )}
        {children}
        <p id="news" class="unseen" role="status" aria-live="polite" />
        <footer>
          <a class="wordmark" href="/">
            ChipIn
          </a>
          <p class="motto">{words.motto}</p>
          {languages.length > 1 && <Choice words={words} languages={languages} here={here} />}
          <nav aria-label={words.about}>
            {FOOTER_PAGES.map((href) => (
              <a href={href === "/report" && board ? `${href}?board=${board}` : href}>{words.pages[href]}</a>
            ))}
          </nav>
        </footer>
      </body>
    </html>
  );
}

/** Links, so that the choice works without scripts. A chosen language is remembered. (guest-pages/language.ts) */
function Choice({ words, languages, here }: { words: FrameWords; languages: readonly Language[]; here: string }) {
  const before = here.includes("?") ? `${here}&` : `${here}?`;
  return (
    <nav class="languages" aria-label={words.languages}>
      {languages.map((language) => (
        <a
          href={`${before}lang=${language}`}
          lang={language}
          rel="nofollow"
          aria-current={language === words.language ? "true" : undefined}
        >
          {LANGUAGES[language].name}
        </a>
      ))}
    </nav>
  );
}

function scriptIn(language: Language, script: Script): string {
  const translated: Readonly<Record<string, string>> = SCRIPTS;
  return translated[`${script}-${language}`] ?? SCRIPTS[script];
}

/** The document as text. Our components never wait for anything, so this never returns a promise. */
export function renderPage(page: unknown): string {
  return `<!DOCTYPE html>${String(page)}`;
}

/** Nothing on a page comes from another host: a picture that is not ours gives way to a drawing. */
export function ownImage(url: string, origin: string): string | null {
  return /^\/(?![/\\])/.test(url) || url.startsWith(`${origin}/`) ? url : null;
}
