import { codeOfSlug } from "#domain/slug";
import { isAnonymous } from "../caching.ts";

const PAGE = /^https?:\/\/[^/]+\/([a-z0-9-]+)$/;

/** A request for a board's page as every visitor gets it. */
export type BoardPageAsked = Readonly<{ url: string; slug: string; code: string; headers: Headers }>;

/** What the request asks for; null for every other request. */
export function boardPageAsked({ method, url, headers }: Request): BoardPageAsked | null {
  if (method !== "GET") return null;
  const slug = PAGE.exec(url)?.[1];
  const code = slug === undefined ? null : codeOfSlug(slug);
  if (slug === undefined || code === null || !isAnonymous({ method, url, headers })) return null;
  return { url, slug, code, headers };
}
