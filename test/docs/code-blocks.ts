import { readFileSync } from "node:fs";

/** The code blocks of one language in a page, in order. */
export function codeBlocks(source: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return [...readFileSync(source, "utf8").matchAll(fence)].map(([, code = ""]) => code);
}
