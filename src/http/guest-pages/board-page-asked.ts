import { codeOfSlug } from "#domain/slug";
import { isAnonymous } from "../caching.ts";

/** A request for a board's page as every visitor gets it. */
export type BoardPageAsked = Readonly<{
  url: string;
  slug: string;
  code: string;
  headers: Headers;
  cookies: string | null;
}>;

/** What the request asks for; null for every other request. */
export function boardPageAsked({ method, url, headers }: Request): BoardPageAsked | null {
  if (method !== "GET") return null;
  const slug = url.slice(url.indexOf("/", "https://".length) + 1);
  const code = codeOfSlug(slug);
  if (code === null) return null;
  const cookies = headers.get("Cookie");
  return isAnonymous({ method, url, headers, cookies }) ? { url, slug, code, headers, cookies } : null;
}
