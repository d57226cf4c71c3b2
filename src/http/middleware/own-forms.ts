import { createMiddleware } from "hono/factory";
import { ChipInError } from "#platform/errors";
import type { AppEnv } from "../app-env.ts";

/**
 * Refuses a form that another site's page sends in a visitor's name, before anything is counted or recorded. Browsers say
 * where a form comes from; what is no browser may say anything, and is limited by network as everybody is.
 */
export const refuseForeignForms = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.method === "POST" && isForeign(c.req.raw, c.var.services.settings.PUBLIC_ORIGIN)) {
    throw new ChipInError("forbidden", "This form was sent by a page of another site");
  }
  await next();
});

/** Whether a browser says that a page of another site sends this. Older browsers send no `Sec-Fetch-Site`. */
export function isForeign({ headers, url }: Request, publicOrigin: string): boolean {
  const site = headers.get("Sec-Fetch-Site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = headers.get("Origin");
  return origin !== null && origin !== new URL(url).origin && origin !== publicOrigin;
}
