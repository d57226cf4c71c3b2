import { type Context, Hono } from "hono";
import type { AppEnv } from "./app-env.ts";
import { answerWithStatus, providerCallbacks } from "./callbacks/provider-callback.ts";
import { answerNoRoute, answerWithEnvelope } from "./error-envelope.ts";
import { refuse, STATUS_OF } from "./errors.ts";
import { answerError } from "./guest-pages/answer-error.ts";
import { boardPages } from "./guest-pages/routes.tsx";
import { health } from "./health.ts";
import { hostPages } from "./host-pages/routes.ts";
import { localRoutes } from "./local-routes.ts";
import { accessLog } from "./middleware/access-log.ts";
import { answerHeaders } from "./middleware/answer-headers.ts";
import { requestContext, type ServicesFor } from "./middleware/request-context.ts";
import { operatorRoutes } from "./operator/routes.ts";
import type { Jobs } from "./operator/run-named-job.ts";
import { answerApiError, partnerApi } from "./partner-api/routes.ts";
import { partnerDocs } from "./partner-docs.ts";
import { pictureRoutes } from "./pictures.ts";
import { plainPages } from "./plain-pages/routes.ts";
import { firstWordOf, PrefixRouter } from "./prefix-router.ts";
import { receipts } from "./receipts/routes.ts";
import { toCurrentAsset } from "./ui/current-asset.ts";

export type AppDeps = Readonly<{ servicesFor: ServicesFor; jobs: Jobs }>;

/** What each part of the site answers when something is thrown, by the first word of the path. Guests get a page. */
const ERROR_ANSWERS = new Map<string, (error: Error, c: Context<AppEnv>) => Response | Promise<Response>>([
  ["api", answerWithStatus],
  ["v1", answerApiError],
  ["docs", answerWithEnvelope],
  ["llms.txt", answerWithEnvelope],
  ["health", answerWithEnvelope],
  ["internal", answerWithEnvelope],
  ["__local", answerWithEnvelope],
]);

/**
 * Every route there is. Which host serves which is in `door.ts`. `/assets`, `/fonts`, `/images` and `/causes` are answered before the Worker, by its assets. What
 * has no route is answered by the router below whose path it is.
 */
export function createApp({ servicesFor, jobs }: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ router: new PrefixRouter() });
  app.onError(answerThrown);
  app.use(answerHeaders);
  app.use(requestContext(servicesFor));
  // Before the access log: callbacks write a line of their own that says what became of the payment.
  app.route("/api/webhooks", providerCallbacks);
  app.use(accessLog);
  // The next line takes this address too.
  app.all("/api/webhooks", answerNoRoute);
  app.all("/api/webhooks/*", (c) => c.body(null, 404));
  app.all("/api/*", answerNoRoute);
  app.route("/health", health);
  app.route("/__local", localRoutes(jobs));
  app.route("/internal", operatorRoutes(jobs));
  app.route("/v1", partnerApi);
  app.route("/", partnerDocs);
  app.get("/assets/:file", toCurrentAsset);
  app.route("/pictures", pictureRoutes);
  app.route("/", hostPages);
  app.route("/", plainPages);
  app.route("/", receipts);
  // Last: any one word is a slug.
  app.route("/", boardPages);
  return app;
}

function answerThrown(error: Error, c: Context<AppEnv>): Response | Promise<Response> {
  if (c.get("services") === undefined) return answerUnready(error, c);
  const answer = ERROR_ANSWERS.get(firstWordOf(c.req.path)) ?? answerError;
  return answer(error, c);
}

/** The settings cannot be used, and without them there is nothing to build a page from. */
function answerUnready(error: Error, c: Context<AppEnv>): Response {
  const { code, message } = refuse(c, error);
  return c.text(`${message}. Please try again in a moment.`, STATUS_OF[code]);
}
