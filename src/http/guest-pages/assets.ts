/** The first eight hex digits of each file's SHA-256: the files are cached for a year under exactly this address. */
export const ASSETS = {
  style: "/assets/site.css?v=4e7c11e5",
  board: "/assets/board.js?v=06b1ff7c",
  contribute: "/assets/contribute.js?v=efc72276",
  handoff: "/assets/handoff.js?v=59de7955",
  thanks: "/assets/thanks.js?v=b5000ed6",
} as const;
export type Script = Exclude<keyof typeof ASSETS, "style">;
