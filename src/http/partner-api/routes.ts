import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { closeDreamBoard } from "./close-dream-board.ts";
import { createDreamBoard } from "./create-dream-board.ts";
import { createWebhook } from "./create-webhook.ts";
import { openApiDocument, registerSecurityScheme } from "./document.ts";
import { getDreamBoard } from "./get-dream-board.ts";
import { listContributionsRoute } from "./list-contributions.ts";
import { createRouter } from "./router.ts";
import { updateDreamBoard } from "./update-dream-board.ts";

const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  c.header("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  c.header("X-Content-Type-Options", "nosniff");
  await next();
});

/** Everything under `/v1`. A new endpoint is a file of its own and a line here. */
export const partnerApi = createRouter();
registerSecurityScheme(partnerApi);
partnerApi.use(securityHeaders);
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
