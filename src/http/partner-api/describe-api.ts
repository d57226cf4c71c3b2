import type { Context } from "hono";
import { API_VERSION, API_VERSIONS } from "#domain/api-version";
import type { PartnerEnv } from "./create-router.ts";
import { envelope } from "./envelope.ts";

/** `GET /v1`, without a key: where a newcomer goes on. */
export function describeApi(c: Context<PartnerEnv>): Response {
  const { API_ORIGIN, PUBLIC_ORIGIN } = c.get("services").settings;
  const origin = API_ORIGIN ?? PUBLIC_ORIGIN;
  const links = { documentation: `${origin}/docs`, openapi: `${origin}/v1/openapi.json` };
  return c.json(
    envelope(c, { name: "ChipIn partner API", version: API_VERSION, versions: API_VERSIONS, ...links }),
    200,
  );
}
