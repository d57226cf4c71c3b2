import type { OpenAPIHono } from "@hono/zod-openapi";
import { PARTNERS_ADDRESS } from "#domain/addresses";
import { API_VERSION, API_VERSIONS } from "#domain/api-version";
import { ERROR_CODES } from "#platform/errors";
import type { Settings } from "#platform/settings";
import type { PartnerEnv } from "./create-router.ts";
import { ERROR_KINDS, ErrorEnvelope, errorResponse, RESPONSE_HEADERS } from "./openapi-parts.ts";
import { DELIVERY_HEADERS, EVENT_CONTRACTS, EVENT_SCHEMAS } from "./schemas/event.ts";
import { SECURITY_SCHEME } from "./scoped.ts";

type Api = OpenAPIHono<PartnerEnv>;
type Origins = Pick<Settings, "API_ORIGIN" | "PUBLIC_ORIGIN">;
type OpenApiDocument = ReturnType<Api["getOpenAPI31Document"]>;

const documents = new WeakMap<Origins, OpenApiDocument>();
const described = new WeakSet<Api>();

/** The OpenAPI 3.1 document of every route and event, built on the first request and cached in the isolate. */
export function openApiDocument(api: Api, settings: Origins): OpenApiDocument {
  const known = documents.get(settings);
  if (known) return known;
  if (!described.has(api)) describeParts(api);
  described.add(api);
  const origin = settings.API_ORIGIN ?? settings.PUBLIC_ORIGIN;
  const document = api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "ChipIn partner API",
      version: API_VERSION,
      description:
        "Friends chip in for one birthday gift. Amounts are whole South African cents, instants ISO 8601 in UTC. " +
        "Requests and answers are JSON; bodies may hold at most 64 KB. Ids are opaque.",
      contact: { name: "ChipIn for partners", email: PARTNERS_ADDRESS, url: `${origin}/docs` },
      license: { name: "Proprietary; for partners of ChipIn", url: `${origin}/docs` },
    },
    servers: [{ url: `${origin}/v1` }],
    externalDocs: { description: "Guides, webhook verification, limits and versions", url: `${origin}/docs` },
    tags: TAGS,
  });
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of ["get", "post", "put", "patch", "delete"] as const) {
      path[method]?.parameters?.push(VERSION_PARAMETER);
      if (path[method] && !path[method].parameters) path[method].parameters = [VERSION_PARAMETER];
    }
  }
  documents.set(settings, document);
  return document;
}

const TAGS = [
  { name: "Dream boards", description: "A child's birthday, its gift, and the page where guests chip in." },
  { name: "Contributions", description: "What guests have paid, or begun to pay." },
  { name: "Payouts", description: "Where a board's money goes once it has closed." },
  { name: "Events", description: "What happened, for 90 days, and how it was delivered." },
  { name: "Webhooks", description: "Endpoints that hear what happens, and the events that they are sent." },
  { name: "Sandbox", description: "What only boards of a `cpk_test_` key have." },
];

const VERSION_PARAMETER = { $ref: "#/components/parameters/ChipinVersion" };

/** What the document says beside the routes: headers, errors, the key and the events. */
function describeParts({ openAPIRegistry: registry }: Api): void {
  registry.registerComponent("securitySchemes", SECURITY_SCHEME, {
    type: "http",
    scheme: "bearer",
    description: "`Authorization: Bearer cpk_live_…` or `cpk_test_…`",
  });
  registry.registerComponent("parameters", "ChipinVersion", {
    name: "Chipin-Version",
    in: "header",
    description: "The API version that the request was written for",
    schema: { type: "string", enum: [...API_VERSIONS], default: API_VERSION },
  });
  // An operation has the method of its path, so none is answered 405.
  const { Allow: _, ...headers } = RESPONSE_HEADERS;
  for (const [name, header] of Object.entries(headers)) registry.registerComponent("headers", name, header);
  registry.register("Error", ErrorEnvelope);
  const codes = ERROR_CODES.filter((code) => code !== "method_not_allowed");
  for (const code of codes) registry.registerComponent("responses", ERROR_KINDS[code].name, errorResponse(code));
  for (const { type, schema } of EVENT_SCHEMAS) {
    registry.registerWebhook({
      method: "post",
      path: type,
      operationId: type,
      tags: ["Webhooks"],
      summary: type,
      description: EVENT_CONTRACTS[type].when,
      security: [],
      request: { headers: DELIVERY_HEADERS, body: { required: true, content: { "application/json": { schema } } } },
      responses: {
        "2XX": { description: "Success, within 10 seconds; the body is not read for meaning" },
        "410": { description: "The endpoint is gone: it is disabled, for all events" },
      },
    });
  }
}
