import { html, raw } from "hono/html";

export type Html = ReturnType<typeof html>;

const STYLE = `
  :root { --teal: #0f766e; --deep: #115e59; --ink: #1c1917; --soft: #57534e; --line: #e7e5e4; --page: #fefdfb; --card: #fdf8f3; --orange: #f97316; --red: #b91c1c }
  * { box-sizing: border-box } html { -webkit-text-size-adjust: 100% }
  body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 Outfit, system-ui, sans-serif }
  @font-face { font-family: Fraunces; font-weight: 600; src: url(/fonts/fraunces-600.woff2) format("woff2"); font-display: swap }
  @font-face { font-family: Outfit; font-weight: 400; src: url(/fonts/outfit-400.woff2) format("woff2"); font-display: swap }
  @font-face { font-family: Outfit; font-weight: 600; src: url(/fonts/outfit-600.woff2) format("woff2"); font-display: swap }
  h1, h2 { font-family: Fraunces, Georgia, serif; font-weight: 600; line-height: 1.2; margin: 0 } h1 { font-size: 30px } h2 { font-size: 20px; margin-bottom: 12px }
  a { color: var(--teal) } a:focus-visible, button:focus-visible, summary:focus-visible, select:focus-visible { outline: 3px solid var(--orange); outline-offset: 2px }
  header.top { padding: 28px 20px 20px; max-width: 1180px; margin: 0 auto; display: flex; flex-wrap: wrap; gap: 6px 24px; align-items: baseline }
  header.top p { margin: 0; color: var(--soft) } nav { display: flex; gap: 18px; margin-left: auto } nav a { font-weight: 600; padding: 6px 0 }
  main { max-width: 1180px; margin: 0 auto; padding: 0 20px 60px; display: grid; gap: 18px } @media (min-width: 900px) { main.home { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); align-items: start } }
  .column { display: grid; gap: 18px; min-width: 0 } section { background: var(--card); border: 1px solid var(--line); border-radius: 16px; padding: 20px; min-width: 0 }
  ul.rows { list-style: none; margin: 0; padding: 0 } ul.rows > li { padding: 12px 0; border-top: 1px solid var(--line); display: grid; gap: 4px } ul.rows > li:first-child { border-top: 0; padding-top: 0 } ul.rows > li:last-child { padding-bottom: 0 }
  .row { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; justify-content: space-between } .row > * { min-width: 0; overflow-wrap: anywhere }
  .muted { color: var(--soft); font-size: 14px } .tag { font-size: 13px; font-weight: 600; border-radius: 99px; padding: 2px 10px; background: #e6f4f1; color: var(--deep); white-space: nowrap }
  .tag.bad { background: #fde8e8; color: var(--red) } .tag.wait { background: #fdf0e1; color: #8a4206 }
  .bar { height: 8px; border-radius: 99px; background: #eee7df; overflow: hidden } .bar i { display: block; height: 100%; background: linear-gradient(90deg, #0d9488, #5eead4); border-radius: 99px }
  button { font: inherit; font-weight: 600; min-height: 38px; padding: 5px 14px; border-radius: 10px; border: 1px solid #d6d3d1; background: var(--page); color: var(--ink); cursor: pointer } button:hover { border-color: var(--teal) }
  button.main { background: var(--teal); border-color: var(--teal); color: #fff } button.on { background: var(--deep); border-color: var(--deep); color: #fff }
  form { margin: 0; display: flex; flex-wrap: wrap; gap: 8px; align-items: center } form.line { padding: 10px 0; border-top: 1px solid var(--line) } form.line:first-of-type { border-top: 0 } form.line > b { flex: 1 1 130px } form.line.modes > b { flex-basis: 100% }
  pre { margin: 0; padding: 14px; border-radius: 10px; background: #1c2b2a; color: #e6f4f1; font: 13px/1.5 ui-monospace, monospace; overflow: auto; max-height: 60vh; white-space: pre-wrap; overflow-wrap: anywhere } code { font: 14px ui-monospace, monospace; overflow-wrap: anywhere }
  iframe { width: 100%; height: 70vh; border: 1px solid var(--line); border-radius: 10px; background: #fefefe } summary { cursor: pointer; font-weight: 600; padding: 6px 0 } .outcomes { margin-top: 4px } .outcomes button { font-size: 14px; min-height: 34px; padding: 3px 10px } .empty { color: var(--soft); margin: 0 }
  dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 4px 16px; margin: 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
`;

/** Reads the state every two seconds and reloads the page when it changed. */
const FOLLOW = `
  let seen = null;
  setInterval(async () => {
    if (document.hidden || document.activeElement?.matches("select, details[open] *")) return;
    const state = await fetch("/api/state").then((r) => r.json(), () => null);
    if (seen !== null && state && state.version !== seen) location.reload();
    if (state) seen = state.version;
  }, 2000);
`;

/** The frame of every console page. Its fonts are the Worker's, forwarded by the console. */
export function page(title: string, body: Html, kind: "home" | "reading" = "reading"): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ChipIn console</title><link rel="icon" href="/favicon.svg"><style>${raw(STYLE)}</style></head>
<body><header class="top"><h1>${title}</h1><nav><a href="/">Console</a><a href="/mail">Mail</a><a href="/webhooks">Webhooks</a><a href="/log">Log</a></nav></header>
<main class="${kind}">${body}</main>${kind === "home" ? html`<script>${raw(FOLLOW)}</script>` : ""}</body></html>`;
}

export function rand(cents: number): string {
  const amount = (cents / 100).toLocaleString("en-ZA", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `R${amount.replaceAll(/\s/g, " ").replace(",", ".")}`;
}

/** The time of day in South Africa, to the second. */
export function clock(instant: string): string {
  return new Date(instant).toLocaleTimeString("en-ZA", { timeZone: "Africa/Johannesburg", hour12: false });
}
