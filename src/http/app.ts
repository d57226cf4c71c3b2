import { Hono } from "hono";
import { answerError, answerNotFound } from "./answer-error.ts";
import type { AppEnv } from "./app-env.ts";
import { providerCallbacks } from "./callbacks/provider-callback.ts";
import { payloadTooLarge } from "./errors.ts";
import { boardPages } from "./guest-pages/routes.tsx";
import { health } from "./health.ts";
import { localRoutes } from "./local-routes.ts";
import { accessLog } from "./middleware/access-log.ts";
import { limitBody } from "./middleware/limit-body.ts";
import { requestContext, type ServicesFor } from "./middleware/request-context.ts";
import { operatorRoutes } from "./operator/routes.ts";
import type { Jobs } from "./operator/run-named-job.ts";
import { partnerApi } from "./partner-api/routes.ts";

export type AppDeps = Readonly<{ servicesFor: ServicesFor; jobs: Jobs }>;

/** Every route there is. `/assets`, `/fonts`, `/images` and `/causes` are answered before the Worker, by its assets. */
export function createApp({ servicesFor, jobs }: AppDeps): Hono<AppEnv> {
  const refuseLargeBodies = limitBody({
    tooLarge: () => {
      throw payloadTooLarge();
    },
    brokenOff: (c) => c.body(null, 400),
  });
  const app = new Hono<AppEnv>();
  app.onError((error, c) => answerError(c, error));
  app.notFound(answerNotFound);
  app.use(requestContext(servicesFor));
  // Before the access log: callbacks write a line of their own that says what became of the payment.
  app.route("/api/webhooks", providerCallbacks);
  app.use(accessLog);
  app.use(refuseLargeBodies);
  app.route("/health", health);
  app.route("/__local", localRoutes(jobs));
  app.route("/internal", operatorRoutes(jobs));
  app.route("/v1", partnerApi);
  // Past this, any one word is a slug: machines asking for what is not there must not get a page.
  for (const prefix of ["/v1", "/api", "/health", "/internal", "/__local"]) app.all(`${prefix}/*`, answerNotFound);
  app.route("/", boardPages);
  return app;
}
