import type { Settings } from "#platform/settings";

/** What each host answers with, and what it says of everything else. (design 6, "Hosts") */
type Host = "pages" | "api";

export type Admission =
  | Readonly<{ answer: "serve" }>
  /** Asked by http for a page: the same address with https. */
  | Readonly<{ answer: "redirect"; to: string }>
  /** Asked by http at the API's host, or by http to write. */
  | Readonly<{ answer: "refuse_http"; host: Host }>
  | Readonly<{ answer: "not_here"; host: Host }>
  /** A name or an address that is not ours: `workers.dev`, an IP address. */
  | Readonly<{ answer: "unknown_host" }>;

/** First words of the paths of the API's host. `internal` is among them: what is sent there is a secret, as a key is. */
const OF_API: ReadonlySet<string> = new Set(["v1", "docs", "llms.txt", "api", "internal"]);
const OF_BOTH: ReadonlySet<string> = new Set(["health"]);

const SERVE: Admission = { answer: "serve" };

type Origins = Pick<Settings, "ENVIRONMENT" | "PUBLIC_ORIGIN" | "API_ORIGIN">;
type Asked = Readonly<{
  method: string;
  url: string;
  /** As routes match it, which is not always as the URL spells it. */
  path: string;
}>;

/**
 * Whether a request may come in. `PUBLIC_ORIGIN` serves guests and hosts, `API_ORIGIN` everything in `OF_API`; without it
 * one origin serves both. In development every name and http are served.
 */
export function admit({ ENVIRONMENT, PUBLIC_ORIGIN, API_ORIGIN }: Origins, { method, url, path }: Asked): Admission {
  if (ENVIRONMENT === "development") return SERVE;
  const asked = new URL(url);
  const host = hostOf(asked.host, PUBLIC_ORIGIN, API_ORIGIN);
  if (host === null) return { answer: "unknown_host" };
  if (asked.protocol !== "https:") {
    if (host === "api" || (method !== "GET" && method !== "HEAD")) return { answer: "refuse_http", host };
    asked.protocol = "https:";
    return { answer: "redirect", to: asked.href };
  }
  if (API_ORIGIN === undefined || API_ORIGIN === PUBLIC_ORIGIN) return SERVE;
  const [, word = ""] = path.split("/");
  return OF_BOTH.has(word) || OF_API.has(word) === (host === "api") ? SERVE : { answer: "not_here", host };
}

function hostOf(asked: string, pages: string, api: string | undefined): Host | null {
  if (asked === new URL(pages).host) return "pages";
  return api !== undefined && asked === new URL(api).host ? "api" : null;
}
