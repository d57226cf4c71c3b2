import { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiKey } from "#accounts/verify-api-key";
import type { AppEnv } from "../app-env.ts";
import { refuseInvalid } from "./validation.ts";

/** `AppEnv` after `scoped`, which sets the API key. */
export type PartnerEnv = {
  Bindings: AppEnv["Bindings"];
  Variables: AppEnv["Variables"] & { apiKey: ApiKey };
};

export function createRouter(): OpenAPIHono<PartnerEnv> {
  return new OpenAPIHono<PartnerEnv>({ defaultHook: refuseInvalid });
}
