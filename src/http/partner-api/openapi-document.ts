import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Settings } from "#platform/settings";
import type { PartnerEnv } from "./create-router.ts";
import { SECURITY_SCHEME } from "./scoped.ts";

type Api = OpenAPIHono<PartnerEnv>;
type Origins = Pick<Settings, "API_ORIGIN" | "PUBLIC_ORIGIN">;

const documents = new WeakMap<Origins, ReturnType<Api["getOpenAPI31Document"]>>();

/** The OpenAPI 3.1 document of every route, built on the first request and cached in the isolate. */
export function openApiDocument(api: Api, settings: Origins) {
  let document = documents.get(settings);
  if (!document) {
    document = api.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "ChipIn partner API",
        version: "1",
        description:
          "Friends chip in for one birthday gift. Amounts are whole South African cents, instants ISO 8601 in UTC. " +
          "Requests and answers are JSON; bodies may hold at most 64 KB. Ids are opaque.",
      },
      servers: [{ url: `${settings.API_ORIGIN ?? settings.PUBLIC_ORIGIN}/v1` }],
    });
    documents.set(settings, document);
  }
  return document;
}

export function registerSecurityScheme(api: Api): void {
  api.openAPIRegistry.registerComponent("securitySchemes", SECURITY_SCHEME, {
    type: "http",
    scheme: "bearer",
    description: "`Authorization: Bearer cpk_live_…` or `cpk_test_…`",
  });
}
