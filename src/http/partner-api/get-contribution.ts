import { createRoute } from "@hono/zod-openapi";
import { getContribution } from "#boards/read-contributions";
import { presentContribution } from "#wire/contribution";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { data, refusals } from "./openapi-parts.ts";
import { ContributionResource } from "./schemas/contribution.ts";
import { idParam } from "./schemas/ids.ts";
import { scoped } from "./scoped.ts";

const route = createRoute({
  method: "get",
  path: "/contributions/{id}",
  operationId: "getContribution",
  tags: ["Contributions"],
  summary: "Get a contribution",
  ...scoped("contributions:read"),
  request: { params: idParam("contribution") },
  responses: { 200: data(ContributionResource, "The contribution"), ...refusals("not_found") },
});

export const getContributionRoute = createRouter().openapi(route, async (c) => {
  const row = await getContribution(c.get("services"), c.get("apiKey").partnerId, c.req.valid("param").id);
  return c.json(envelope(c, presentContribution(row)), 200);
});
