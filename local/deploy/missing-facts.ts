import { missingFacts } from "../../src/http/plain-pages/texts.ts";

/** The facts that the plain pages still lack, a line each; empty when production may be built. */
export function missingFactsInWords(): string {
  const missing = missingFacts();
  if (missing.length === 0) return "";
  const lines = missing.map(({ name, what }) => `  ${name}: ${what}`);
  return [`${missing.length} facts are missing in FACTS of src/http/plain-pages/texts.ts:`, ...lines].join("\n");
}
