import { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiKey } from "#accounts/verify-api-key";
import type { AppEnv } from "../app-env.ts";
import { refuseInvalid } from "./validation.ts";

/** As `AppEnv`, behind `scoped`: who calls is known. */
export type PartnerEnv = {
  Bindings: AppEnv["Bindings"];
  Variables: AppEnv["Variables"] & { apiKey: ApiKey };
};

export function createRouter(): OpenAPIHono<PartnerEnv> {
  return new OpenAPIHono<PartnerEnv>({ defaultHook: refuseInvalid });
}
