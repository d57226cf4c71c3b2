import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type Charged, chargeRequest } from "#accounts/api-quota";
import type { Scope } from "#accounts/scopes";
import { verifyApiKey } from "#accounts/verify-api-key";
import { auditHit } from "#fraud/audit-hit";
import { ChipInError } from "#platform/errors";
import { limitKeyOf } from "#platform/network";
import type { PartnerEnv } from "./create-router.ts";

export const SECURITY_SCHEME = "apiKey";

const BEARER = /^Bearer +(\S+) *$/i;

/** To spread into a route: documents and enforces `scope`, and charges the partner's quota. It runs before validation, so 401 and 403 come before 400. */
export function scoped(scope: Scope) {
  const middleware = createMiddleware<PartnerEnv>(async (c, next) => {
    const token = BEARER.exec(c.req.header("Authorization") ?? "")?.[1] ?? "";
    const services = c.get("services");
    const apiKey = await verifyApiKey(services, token, limitKeyOf(c.req.raw)).catch((error: unknown) => {
      const isLimited = error instanceof ChipInError && error.code === "rate_limited";
      if (isLimited) auditHit(services, "api_key.check_refused", services.origin.ipAddress);
      throw error;
    });
    const actor = { kind: "partner", partnerId: apiKey.partnerId, apiKeyId: apiKey.id } as const;
    const acting = { ...services, actor };
    const charged = await chargeRequest(acting, apiKey);
    if (charged) showQuota(c, charged);
    if (charged?.refusal) throw charged.refusal;
    if (!apiKey.scopes.includes(scope)) {
      throw new ChipInError("forbidden", `This API key lacks the scope ${scope}`);
    }
    c.set("apiKey", apiKey);
    c.set("services", acting);
    await next();
  });
  return { security: [{ [SECURITY_SCHEME]: [scope] }], middleware };
}

function showQuota(c: Context, { shown: { limit, remaining, resetAt } }: Charged): void {
  c.header("X-RateLimit-Limit", String(limit));
  c.header("X-RateLimit-Remaining", String(remaining));
  c.header("X-RateLimit-Reset", String(Math.ceil(resetAt / 1_000)));
}
