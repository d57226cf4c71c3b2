/** The first eight hex digits of each file's SHA-256: the files are cached for a year under exactly this address. */
export const ASSETS = {
  style: "/assets/site.css?v=4b9f547c",
  board: "/assets/board.js?v=06b1ff7c",
  contribute: "/assets/contribute.js?v=aad6dcb0",
  handoff: "/assets/handoff.js?v=59de7955",
  thanks: "/assets/thanks.js?v=fe4d5fda",
} as const;
export type Script = Exclude<keyof typeof ASSETS, "style">;
