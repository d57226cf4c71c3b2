import { type Context, Hono } from "hono";
import type { AppEnv } from "./app-env.ts";
import { providerCallbacks } from "./callbacks/provider-callback.ts";
import { answerNoRoute } from "./error-envelope.ts";
import { refuse, STATUS_OF } from "./errors.ts";
import { boardPages } from "./guest-pages/routes.tsx";
import { health } from "./health.ts";
import { localRoutes } from "./local-routes.ts";
import { accessLog } from "./middleware/access-log.ts";
import { caching } from "./middleware/caching.ts";
import { frontDoor } from "./middleware/front-door.ts";
import { requestContext, type ServicesFor } from "./middleware/request-context.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { operatorRoutes } from "./operator/routes.ts";
import type { Jobs } from "./operator/run-named-job.ts";
import { partnerApi } from "./partner-api/routes.ts";
import { toCurrentAsset } from "./ui/current-asset.ts";

export type AppDeps = Readonly<{ servicesFor: ServicesFor; jobs: Jobs }>;

/**
 * Every route there is. Which host serves which is in `door.ts`. `/assets`, `/fonts`, `/images` and `/causes` are answered before the Worker, by its assets. Each
 * router answers its own errors, and what below its path has no route.
 */
export function createApp({ servicesFor, jobs }: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(answerWithoutRouter);
  app.use(securityHeaders);
  app.use(caching);
  app.use(requestContext(servicesFor));
  app.use(frontDoor);
  // Before the access log: callbacks write a line of their own that says what became of the payment.
  app.route("/api/webhooks", providerCallbacks);
  app.use(accessLog);
  app.all("/api/webhooks/:rest{.*}", (c) => c.body(null, 404));
  app.all("/api/*", answerNoRoute);
  app.route("/health", health);
  app.route("/__local", localRoutes(jobs));
  app.route("/internal", operatorRoutes(jobs));
  app.route("/v1", partnerApi);
  app.get("/assets/:file", toCurrentAsset);
  // Last: any one word is a slug.
  app.route("/", boardPages);
  return app;
}

/** The request reached no router: the settings cannot be used, and without them there is nothing to build a page from. */
function answerWithoutRouter(error: Error, c: Context<AppEnv>): Response {
  const { code, message } = refuse(c, error);
  return c.text(`${message}. Please try again in a moment.`, STATUS_OF[code]);
}
