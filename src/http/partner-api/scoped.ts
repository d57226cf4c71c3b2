import { createMiddleware } from "hono/factory";
import type { Scope } from "#accounts/scopes";
import { verifyApiKey } from "#accounts/verify-api-key";
import { auditHit } from "#fraud/audit-hit";
import { ChipInError } from "#platform/errors";
import { limitKeyOf } from "#platform/network";
import type { PartnerEnv } from "./create-router.ts";

export const SECURITY_SCHEME = "apiKey";

const BEARER = /^Bearer +(\S+) *$/i;

/** To spread into a route: documents and enforces `scope`. It runs before validation, so 401 and 403 come before 400. */
export function scoped(scope: Scope) {
  const middleware = createMiddleware<PartnerEnv>(async (c, next) => {
    const token = BEARER.exec(c.req.header("Authorization") ?? "")?.[1] ?? "";
    const services = c.get("services");
    const apiKey = await verifyApiKey(services, token, limitKeyOf(c.req.raw)).catch((error: unknown) => {
      const isLimited = error instanceof ChipInError && error.code === "rate_limited";
      if (isLimited) auditHit(services, "api_key.check_refused", services.origin.ipAddress);
      throw error;
    });
    if (!apiKey.scopes.includes(scope)) {
      throw new ChipInError("forbidden", `This API key lacks the scope ${scope}`);
    }
    c.set("apiKey", apiKey);
    const actor = { kind: "partner", partnerId: apiKey.partnerId, apiKeyId: apiKey.id } as const;
    c.set("services", { ...services, actor });
    await next();
  });
  return { security: [{ [SECURITY_SCHEME]: [scope] }], middleware };
}
