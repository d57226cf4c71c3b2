import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { SCRIPTS } from "./asset-manifest.ts";

const HASHED_NAME = /^(.+)-[A-Z0-9]{8}(\.[a-z]+)$/;
const CURRENT = new Map(Object.values(SCRIPTS).map((address) => [nameOf(address.slice("/assets/".length)), address]));

/**
 * Only files that are not there any more reach the Worker. A page that was cached or open during a deployment may ask for
 * the script of the release before, and gets that of this one.
 */
export const toCurrentAsset = createMiddleware<AppEnv>(async (c, next) => {
  const asked = c.req.path.slice("/assets/".length);
  const current = CURRENT.get(nameOf(asked));
  if (current === undefined || current.endsWith(`/${asked}`)) return next();
  return c.redirect(current, 302);
});

/** `board.js` for `board-6A7SLCKC.js`. */
function nameOf(file: string): string {
  return file.replace(HASHED_NAME, "$1$2");
}
