import { HELP_ADDRESS, PRIVACY_ADDRESS } from "#domain/addresses";
import type { Block, MailContent, RenderedMail } from "./content.ts";
import { inert } from "./inert.ts";

const MAX_SUBJECT_LENGTH = 150;
const HOST_REASON = "You get this e-mail because you host a dream board on ChipIn.";
const HELP = `Need help? Write to ${HELP_ADDRESS}. Questions about your data: ${PRIVACY_ADDRESS}`;

/** The site's bunting, of table cells: mail programs show no picture that is not attached or asked for. */
const BUNTING = `<table role="presentation" aria-hidden="true" cellpadding="0" cellspacing="0" style="margin:0 0 12px"><tr>${[
  "#0D9488",
  "#F97316",
  "#FDBA74",
  "#5EEAD4",
  "#EA580C",
  "#0F766E",
]
  .map(
    (colour) =>
      `<td style="width:0;height:0;border-left:10px solid transparent;border-right:10px solid transparent;border-top:16px solid ${colour};font-size:0;line-height:0">&nbsp;</td><td width="6"></td>`,
  )
  .join("")}</tr></table>`;

/** For programs that follow the reader's dark mode; each class is beside the light colours of its element. */
const DARK = `:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.ground{background:#1C1917!important}
.paper{background:#292524!important;border-color:#57534E!important}
.ink{color:#FAFAF9!important}
.soft{color:#D6D3D1!important}
.link{color:#5EEAD4!important}
.quiet{background:#44403C!important}
.quiet a{color:#5EEAD4!important}
}`;

const FONT = "font-family:Outfit,'Segoe UI',Helvetica,Arial,sans-serif";
const TEXT = `margin:0 0 16px;${FONT};font-size:16px;line-height:1.5;color:#1C1917`;

/**
 * HTML for mail programs (tables, inline styles, no external resources) and the same text as plain text. Whatever is not `exact`
 * is made inert, whichever template it comes from.
 */
export function renderMail({ subject, heading, blocks, reason = HOST_REASON }: MailContent): RenderedMail {
  const first = blocks.find(({ kind }) => kind === "quote" || kind === "text");
  const preheader = first ? blockText(first).replace(/^> /gm, "").replace(/\s+/g, " ") : "";
  const footer = `${safeLine(reason)} ${HELP}`;
  return {
    subject: safeLine(subject).slice(0, MAX_SUBJECT_LENGTH).toWellFormed(),
    html: page(safeLine(subject), safeLine(heading), { body: blocks.map(blockHtml).join("\n"), preheader, footer }),
    text: `${[safeLine(heading), ...blocks.map(blockText), `--\n${footer}`].join("\n\n")}\n`,
  };
}

// A line break would start a new header. Marks of text direction can make one name read as another; the isolates of `isolated`
// keep names apart.
const BREAKS_AND_DIRECTION_MARKS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066\u2067]+/gu;

/** On one line, and no link in it. */
function safeLine(text: string): string {
  return inert(oneLine(text));
}

/** The text on one line. */
function oneLine(text: string): string {
  return text.replace(BREAKS_AND_DIRECTION_MARKS, " ").replace(/\s+/g, " ").trim();
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function lines(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map(safeLine);
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "text":
    case "small":
      return safeLine(block.text);
    case "exact":
      return oneLine(block.text);
    case "list":
      return block.items.map((item) => `- ${safeLine(item)}`).join("\n");
    case "quote":
      return lines(block.text)
        .map((line) => `> ${line}`.trimEnd())
        .join("\n");
    case "button":
      return buttonText(block);
    case "buttons":
      return block.buttons.map(buttonText).join("\n\n");
    default:
      return block satisfies never;
  }
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "text":
      return `<p class="ink" style="${TEXT}">${escapeHtml(safeLine(block.text))}</p>`;
    case "small":
      return `<p class="soft" style="${TEXT};font-size:14px;color:#57534E">${escapeHtml(safeLine(block.text))}</p>`;
    case "exact":
      return `<p class="ink" style="${TEXT}">${exactHtml(oneLine(block.text))}</p>`;
    case "list": {
      const items = block.items.map((item) => `<li style="margin:0 0 8px">${escapeHtml(safeLine(item))}</li>`);
      return `<ul class="ink" style="${TEXT};padding-left:20px">${items.join("")}</ul>`;
    }
    case "quote": {
      const quoted = lines(block.text).map(escapeHtml).join("<br>");
      return `<p class="ink" dir="auto" style="${TEXT};font-size:20px;padding:4px 16px;border-left:4px solid #FDBA74">${quoted}</p>`;
    }
    case "button":
      return buttonHtml(block, true);
    case "buttons":
      return block.buttons.map((button, index) => buttonHtml(button, index === 0)).join("\n");
    default:
      return block satisfies never;
  }
}

type MailButton = Readonly<{ label: string; url: string }>;

function buttonText({ label, url }: MailButton): string {
  return `${label}:\n${oneLine(url)}`;
}

function buttonHtml({ label, url }: MailButton, isFirst: boolean): string {
  const [look, ground, ink] = isFirst ? ["first", "#0F766E", "#FFFFFF"] : ["quiet", "#F5F0E8", "#0F766E"];
  const style = `display:inline-block;padding:14px 28px;${FONT};font-size:16px;font-weight:600;color:${ink};text-decoration:none`;
  return `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:8px 0"><tr>
<td class="${look}" style="border-radius:999px;background:${ground}"><a href="${escapeHtml(oneLine(url))}" style="${style}">${escapeHtml(label)}</a></td>
</tr></table>`;
}

/** An address of ours becomes a link, so that it can be passed on with one tap. */
function exactHtml(text: string): string {
  const html = escapeHtml(text);
  return /^https?:\/\/\S+$/.test(text)
    ? `<a href="${html}" class="link" style="color:#0F766E;overflow-wrap:anywhere">${html}</a>`
    : html;
}

type Parts = {
  body: string;
  /** What the list of mails shows after the subject. */
  preheader: string;
  footer: string;
};

function page(subject: string, heading: string, { body, preheader, footer }: Parts): string {
  const footerStyle = `margin:24px 0 0;${FONT};font-size:13px;line-height:1.5;color:#57534E`;
  return `<!doctype html>
<html lang="en-ZA">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>${DARK}</style>
</head>
<body class="ground" style="margin:0;padding:0;background:#FDF8F3">
<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preheader)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="ground" style="background:#FDF8F3"><tr>
<td align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;text-align:left;overflow-wrap:anywhere"><tr>
<td class="link" style="padding:0 8px 16px;${FONT};font-size:20px;font-weight:700;color:#0F766E">${BUNTING}ChipIn</td>
</tr><tr>
<td class="paper" style="padding:32px 28px;background:#FEFDFB;border:1px solid #E7E5E4;border-radius:16px">
<h1 class="ink" style="margin:0 0 16px;font-family:Fraunces,Georgia,serif;font-size:26px;line-height:1.25;color:#1C1917">${escapeHtml(heading)}</h1>
${body}
</td>
</tr><tr>
<td style="padding:0 8px"><p class="soft" style="${footerStyle}">${escapeHtml(footer)}</p></td>
</tr></table>
</td>
</tr></table>
</body>
</html>
`;
}
