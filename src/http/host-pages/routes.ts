import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { PRIVATE_NO_STORE } from "../caching.ts";
import { payloadTooLarge } from "../errors.ts";
import { lazily } from "../lazy-router.ts";
import { limitBody, refuseLargeBodies } from "../middleware/limit-body.ts";
import { refuseForeignForms } from "../middleware/own-forms.ts";
import { redirect } from "../ui/respond.ts";

/** A form with a picture of 5 MB, which is the largest one that is taken, and its other fields. */
const MAX_UPLOAD_BYTES = 5 * 1024 * 1024 + 64 * 1024;

/** The pages of hosts, by the paths of each part. A part's module is loaded when one of its pages is first asked for. */
export const HOST_PARTS = [
  {
    paths: ["/create", "/auth/*"],
    load: () => import("./sign-in/routes.ts").then(({ signInPages }) => signInPages),
  },
  {
    // Before the pages of the same address below.
    paths: [
      "/dashboard/:board",
      "/dashboard/:board/invitation",
      "/dashboard/:board/parents",
      "/dashboard/:board/parents/:act",
      "/dashboard/:board/join",
    ],
    load: () => import("./share/routes.tsx").then(({ sharePages }) => sharePages),
  },
  {
    paths: ["/dashboard", "/dashboard/*"],
    load: () => import("./dashboard/routes.tsx").then(({ dashboardPages }) => dashboardPages),
  },
  {
    paths: ["/create/child", "/create/gift", "/create/details", "/create/review"],
    load: () => import("./create/routes.tsx").then(({ wizardPages }) => wizardPages),
  },
  {
    paths: ["/account", "/account/*"],
    load: () => import("./account/routes.ts").then(({ accountPages }) => accountPages),
  },
] as const;

const refuseLargeUploads = limitBody(
  {
    // The rest of the form stays unread; the step says so, and shows what is saved.
    tooLarge: (c) => {
      if (c.req.path.startsWith("/create/")) return redirect(`${c.req.path}?too_large=1`);
      throw payloadTooLarge();
    },
    brokenOff: (c) => c.body(null, 400),
  },
  MAX_UPLOAD_BYTES,
);

const limitForm = createMiddleware<AppEnv>((c, next) => {
  const isUpload = c.req.header("Content-Type")?.startsWith("multipart/form-data") ?? false;
  return isUpload ? refuseLargeUploads(c, next) : refuseLargeBodies(c, next);
});

/** Nothing of a page for one person is kept anywhere, whatever the page says. */
const keepNothing = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  c.header("Cache-Control", PRIVATE_NO_STORE);
});

/** Every page of hosts. Served at `PUBLIC_ORIGIN` only, as all pages. (../door.ts) */
export const hostPages = new Hono<AppEnv>();
for (const { paths, load } of HOST_PARTS) {
  const hand = lazily(load);
  for (const path of paths) hostPages.all(path, keepNothing, refuseForeignForms, limitForm, hand);
}
