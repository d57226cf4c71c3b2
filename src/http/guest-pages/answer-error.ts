import type { Context } from "hono";
import { withoutTrailingMarks } from "#domain/slug";
import type { AppEnv, Asked } from "../app-env.ts";
import { refuse } from "../errors.ts";
import { errorPage } from "../ui/error-page.tsx";
import { respond } from "../ui/respond.ts";
import { renderNotFound } from "./message-page.tsx";
import { frameOf, siteFor } from "./site.ts";

/** Guests get a page, whatever was thrown. */
export async function answerError(error: Error, c: Context<AppEnv>): Promise<Response> {
  const { code } = refuse(c, error);
  return code === "not_found" ? answerNotFound(c) : errorPage(c, code, frameOf(await siteFor(c)));
}

/** For a path without a page: to the board's page when a messenger left marks at the end of its link, else "not found". */
export async function answerNoPage(c: Context<AppEnv>): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const path = withoutTrailingMarks(decoded(pathname));
  return path === null ? answerNotFound(c) : c.redirect(encodeURI(path) + search, 308);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** For a board or a page that is not there. */
export async function answerNotFound(c: Asked): Promise<Response> {
  const site = await siteFor(c);
  return respond(site, renderNotFound(site), 404);
}
