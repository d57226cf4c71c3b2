/**
 * What free text of a log line may not hold, and what stands in its place. Postgres's names of its own things stay. Applied to
 * messages of errors and to whatever a provider or a caller may have worded.
 */
const RULES: readonly [RegExp, string | ((...match: string[]) => string)][] = [
  // Postgres, JSON.parse and others quote the value they could not read.
  [
    /((?:relation|column|constraint|table|function|index|schema|role|database|trigger|sequence) )?"[^"]*"?/g,
    (all, kind) => (kind === undefined ? '"…"' : all),
  ],
  [/\b(https?:\/\/[^\s?]*)\?\S*/g, "$1"],
  [/[^\s"'<>(),:;=/]+@[^\s"'<>(),:;/]+/g, "[e-mail]"],
  // The network names a region, not a person.
  [/\b(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}\b/g, "$1.0/24"],
  [
    /(?<![\w:])(?:(?:[\da-f]{1,4}:){4,7}[\da-f]{1,4}|(?:[\da-f]{1,4}(?::[\da-f]{1,4})*)?::[\da-f:]*)(?!\w)/gi,
    "[address]",
  ],
  // A slug or a whole reference opens a page; the board's code does not say whose it is.
  [/\b[a-z0-9-]+-birthday-([0-9a-hjkmnp-tv-z]{10})\b/gi, "$1"],
  [/\b([0-9a-hjkmnp-tv-z]{10})[0-9a-hjkmnp-tv-z]{10}\b/g, "$1…"],
];

/** The text without e-mail addresses, IP addresses, slugs, payment references, query strings and quoted values. */
export function redact(text: string): string {
  return RULES.reduce((left, [pattern, instead]) => left.replace(pattern, instead as string), text);
}
