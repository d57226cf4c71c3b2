import { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiKey } from "#accounts/verify-api-key";
import type { ChipInError } from "#platform/errors";
import type { AppEnv } from "../app-env.ts";
import { refuseInvalid } from "./validation.ts";

/** `AppEnv` after `admitCaller`. Behind `scoped` there is a key. `keyRefusal`: why there is none. */
export type PartnerEnv = {
  Bindings: AppEnv["Bindings"];
  Variables: AppEnv["Variables"] & { apiKey: ApiKey; keyRefusal?: ChipInError };
};

export function createRouter(): OpenAPIHono<PartnerEnv> {
  return new OpenAPIHono<PartnerEnv>({ defaultHook: refuseInvalid });
}
