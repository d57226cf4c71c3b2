import { Hono } from "hono";
import { LINK_PREVIEW, tagOfPicture } from "#domain/pictures";
import { findRendition } from "#media/find-rendition";
import type { AppEnv } from "./app-env.ts";
import { pictureCaching } from "./caching.ts";
import { FOR_OTHER_SITES, RESOURCE_POLICY } from "./middleware/answer-headers.ts";

/** `/pictures/{id}/{side}.webp`, and `preview.jpg` beside them. What a path shows never changes; it may only go. */
export const pictureRoutes = new Hono<AppEnv>();

pictureRoutes.get("/:id/:file", async (c) => {
  const found = await findRendition(c.var.services, c.req.path);
  // A photo without one, whose preview could not be made.
  if (!found && c.req.path.endsWith(`/${LINK_PREVIEW}`)) return c.redirect("/images/share.png", 302);
  if (!found) return c.text("There is no such picture.", 404);
  return c.body(found.body, 200, {
    "Content-Type": found.type,
    "Content-Length": String(found.size),
    // Partners show a board's pictures in pages of their own.
    [RESOURCE_POLICY]: FOR_OTHER_SITES,
    ...pictureCaching(c.req.raw, tagOfPicture(found.id)),
  });
});
pictureRoutes.all("*", (c) => c.text("There is no such picture.", 404));
