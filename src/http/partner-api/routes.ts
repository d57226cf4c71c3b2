import type { Context } from "hono";
import { answerWithEnvelope } from "../error-envelope.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { admitCaller } from "./admit-caller.ts";
import { advanceSandboxBoardRoute } from "./advance-sandbox-board.ts";
import { answerNoMethod } from "./allowed-methods.ts";
import { showVersion } from "./api-version.ts";
import { closeDreamBoardRoute } from "./close-dream-board.ts";
import { createDreamBoardRoute } from "./create-dream-board.ts";
import { createRouter } from "./create-router.ts";
import { createWebhookRoute } from "./create-webhook.ts";
import { describeApi } from "./describe-api.ts";
import { eventRoutes } from "./events.ts";
import { getContributionRoute } from "./get-contribution.ts";
import { getDreamBoardRoute } from "./get-dream-board.ts";
import { listContributionsRoute } from "./list-contributions.ts";
import { listDreamBoardsRoute } from "./list-dream-boards.ts";
import { payoutRoutes } from "./payouts.ts";
import { updateDreamBoardRoute } from "./update-dream-board.ts";
import { webhookEndpointRoutes } from "./webhook-endpoints.ts";

/** The envelope of whatever was thrown below `/v1`. */
export function answerApiError(error: Error, c: Context): Response {
  const response = answerWithEnvelope(error, c);
  if (response.status === 401) response.headers.set("WWW-Authenticate", 'Bearer realm="ChipIn"');
  return response;
}

/** Everything under `/v1`. A new endpoint is one file and one line here. */
export const partnerApi = createRouter();
partnerApi.use(showVersion);
partnerApi.use(admitCaller);
partnerApi.use(refuseLargeBodies);
partnerApi.route("/", createDreamBoardRoute);
partnerApi.route("/", listDreamBoardsRoute);
partnerApi.route("/", getDreamBoardRoute);
partnerApi.route("/", updateDreamBoardRoute);
partnerApi.route("/", listContributionsRoute);
partnerApi.route("/", getContributionRoute);
partnerApi.route("/", closeDreamBoardRoute);
partnerApi.route("/", payoutRoutes);
partnerApi.route("/", createWebhookRoute);
partnerApi.route("/", webhookEndpointRoutes);
partnerApi.route("/", eventRoutes);
partnerApi.route("/", advanceSandboxBoardRoute);
partnerApi.get("/", describeApi);
partnerApi.get("/openapi.json", async (c) => {
  const { openApiDocument } = await import("./openapi-document.ts");
  c.header("Cache-Control", "public, max-age=300");
  return c.json(openApiDocument(partnerApi, c.get("services").settings), 200);
});
const noMethod = answerNoMethod(partnerApi);
// `/v1/` fits no route, and is `/v1` with a slash.
partnerApi.all("*", (c) => (c.req.method === "GET" && c.req.path === "/v1/" ? describeApi(c) : noMethod(c)));
