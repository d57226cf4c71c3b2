/** A person who may act under `/internal`, by the secret that only they have. */
export type OperatorSecret = Readonly<{ email: string; secret: string }>;

/** Who stands behind a request under `/internal`. `machine`: a caller with `INTERNAL_JOB_SECRET`. */
export type Operator = Readonly<{ kind: "person"; email: string; by: "secret" | "access" } | { kind: "machine" }>;

const EMAIL = /^[^\s@:,]+@[^\s@:,]+$/;
/** At least 24 printable characters: 18 random bytes in base64. A comma would end it. */
const SECRET = /^[!-+\x2d-~]{24,}$/;

/**
 * `OPERATORS`: `e-mail:secret`, comma-separated. E-mails come out in lower case.
 * @throws RangeError saying which entry is wrong, by its position and never by its text.
 */
export function parseOperators(text: string): readonly OperatorSecret[] {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const operators = entries.map((entry, index) => {
    const colon = entry.indexOf(":");
    const email = entry.slice(0, Math.max(colon, 0)).toLowerCase();
    const secret = entry.slice(colon + 1);
    if (!EMAIL.test(email)) throw new RangeError(`entry ${index + 1} must be e-mail:secret`);
    if (!SECRET.test(secret)) throw new RangeError(`entry ${index + 1} needs a secret of at least 24 characters`);
    return { email, secret };
  });
  if (isRepeated(operators.map(({ email }) => email))) throw new RangeError("an e-mail occurs twice");
  if (isRepeated(operators.map(({ secret }) => secret))) throw new RangeError("a secret occurs twice");
  return operators;
}

function isRepeated(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}
