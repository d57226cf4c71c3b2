import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { answerNoRoute, answerWithEnvelope } from "../error-envelope.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { closeDreamBoard } from "./close-dream-board.ts";
import { createDreamBoard } from "./create-dream-board.ts";
import { createWebhook } from "./create-webhook.ts";
import { openApiDocument, registerSecurityScheme } from "./document.ts";
import { getDreamBoard } from "./get-dream-board.ts";
import { listContributionsRoute } from "./list-contributions.ts";
import { createRouter, type PartnerEnv } from "./router.ts";
import { updateDreamBoard } from "./update-dream-board.ts";

const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  c.header("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  c.header("X-Content-Type-Options", "nosniff");
  await next();
});

function answerError(error: Error, c: Context<PartnerEnv>): Response {
  const response = answerWithEnvelope(error, c);
  if (response.status === 401) response.headers.set("WWW-Authenticate", 'Bearer realm="ChipIn"');
  return response;
}

/** Everything under `/v1`. A new endpoint is a file of its own and a line here. */
export const partnerApi = createRouter();
registerSecurityScheme(partnerApi);
partnerApi.onError(answerError);
partnerApi.use(securityHeaders);
partnerApi.use(refuseLargeBodies);
partnerApi.route("/", createDreamBoard);
partnerApi.route("/", getDreamBoard);
partnerApi.route("/", updateDreamBoard);
partnerApi.route("/", listContributionsRoute);
partnerApi.route("/", closeDreamBoard);
partnerApi.route("/", createWebhook);
partnerApi.get("/openapi.json", (c) => {
  c.header("Cache-Control", "public, max-age=300");
  return c.json(openApiDocument(partnerApi, c.get("services").settings), 200);
});
partnerApi.all("*", answerNoRoute);
