import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { PRIVATE_NO_STORE } from "../caching.ts";
import { payloadTooLarge } from "../errors.ts";
import { lazily } from "../lazy-router.ts";
import { limitBody, refuseLargeBodies } from "../middleware/limit-body.ts";
import { refuseForeignForms } from "../middleware/own-forms.ts";
import { redirect } from "../ui/respond.ts";

/** Of a whole form with a picture. More than the picture may have, so that a picture of 6 MB is refused at its field. */
const MAX_PICTURE_FORM_BYTES = 8 * 1024 * 1024;

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
    load: () => import("./create/routes.ts").then(({ wizardPages }) => wizardPages),
  },
  {
    paths: ["/account", "/account/*"],
    load: () => import("./account/routes.ts").then(({ accountPages }) => accountPages),
  },
] as const;

function pageOfUpload(path: string): string | null {
  if (path.startsWith("/create/")) return path;
  return path.startsWith("/dashboard/") && path.endsWith("/photo") ? path.replace(/photo$/, "settings") : null;
}

const refuseLargeUploads = limitBody(
  {
    // The rest of the form stays unread; the page that it is on says so, and shows what is saved.
    tooLarge: (c) => {
      const page = pageOfUpload(c.req.path);
      if (page === null) throw payloadTooLarge();
      const draft = c.req.query("draft");
      return redirect(`${page}?too_large=1${draft === undefined ? "" : `&draft=${encodeURIComponent(draft)}`}`);
    },
    brokenOff: (c) => c.body(null, 400),
  },
  MAX_PICTURE_FORM_BYTES,
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
