import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type Charged, chargeRequest, wasRefused } from "#accounts/api-quota";
import type { Scope } from "#accounts/scopes";
import { verifyApiKey } from "#accounts/verify-api-key";
import { auditHit } from "#fraud/audit-hit";
import { ChipInError } from "#platform/errors";
import { limitKeyOf } from "#platform/network";
import type { PartnerEnv } from "./create-router.ts";

export const SECURITY_SCHEME = "apiKey";

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * To spread into a route: documents and enforces `scope`, and charges the partner's quota. It runs before validation, so 401 and
 * 403 come before 400. A read is done while the quota is charged: the two objects are far apart, and a read that is refused
 * afterwards has changed nothing. A partner that was refused just now waits for the quota first.
 */
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
    const charging = chargeRequest(acting, apiKey);
    const isAside = c.req.method === "GET" && apiKey.scopes.includes(scope) && !wasRefused(acting, apiKey);
    if (!isAside) showQuota(c, await charging);
    if (!apiKey.scopes.includes(scope)) {
      throw new ChipInError("forbidden", `This API key lacks the scope ${scope}`);
    }
    c.set("apiKey", apiKey);
    c.set("services", acting);
    await next();
    if (isAside) showQuota(c, await charging);
  });
  return { security: [{ [SECURITY_SCHEME]: [scope] }], middleware };
}

/** Puts the quota into the answer's headers. @throws ChipInError `rate_limited` when the request was refused */
function showQuota(c: Context, charged: Charged | null): void {
  if (!charged) return;
  const { limit, remaining, resetAt } = charged.shown;
  // `c.header` copies an answer that is there already.
  const show = (name: string, value: number) =>
    c.finalized ? c.res.headers.set(name, String(value)) : c.header(name, String(value));
  show("X-RateLimit-Limit", limit);
  show("X-RateLimit-Remaining", remaining);
  show("X-RateLimit-Reset", Math.ceil(resetAt / 1_000));
  if (charged.refusal) throw charged.refusal;
}
