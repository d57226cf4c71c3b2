import { codeOfSlug } from "#domain/slug";
import { isAnonymous } from "../caching.ts";

const PAGE = /^https?:\/\/[^/]+\/([a-z0-9-]+)$/;

/** The slug of a request for a board's page as every visitor gets it; null for every other request. */
export function slugAskedFor(request: Request): string | null {
  if (request.method !== "GET" || !isAnonymous(request)) return null;
  const slug = PAGE.exec(request.url)?.[1];
  return slug !== undefined && codeOfSlug(slug) !== null ? slug : null;
}
