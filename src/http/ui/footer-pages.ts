/** What the footer of every page leads to. Its texts are in `plain-pages/texts.ts`. */
export const FOOTER_PAGES = [
  ["/about", "About us"],
  ["/contact", "Contact"],
  ["/privacy", "Privacy"],
  ["/terms", "Terms"],
  ["/fees", "Refunds and fees"],
  ["/report", "Report a board"],
] as const satisfies readonly (readonly [path: string, label: string])[];
