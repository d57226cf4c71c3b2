import { createMiddleware } from "hono/factory";
import { type Charged, chargeRequest, wasRefused } from "#accounts/api-quota";
import { type ApiKey, forgetVerification, verifyApiKey } from "#accounts/verify-api-key";
import { auditHit } from "#fraud/audit-hit";
import { ChipInError } from "#platform/errors";
import { limitKeyOf } from "#platform/network";
import type { Services } from "#platform/services";
import type { PartnerEnv } from "./create-router.ts";
import { showQuota } from "./quota-headers.ts";

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * Finds out who calls, before anything else below `/v1`, and charges it: the partner of a usable key, else the network. What
 * needs a key (`scoped`) then throws the refusal that is kept here. A read is done while the quota is charged: the two objects are
 * far apart, and a read that is refused afterwards has changed nothing. A partner that was refused just now waits for the quota first.
 */
export const admitCaller = createMiddleware<PartnerEnv>(async (c, next) => {
  const services = c.get("services");
  const token = BEARER.exec(c.req.header("Authorization") ?? "")?.[1] ?? "";
  const network = limitKeyOf(c.req.raw);
  const apiKey = await keyOrRefusal(services, token, network);
  if (apiKey instanceof ChipInError) {
    c.set("keyRefusal", apiKey);
    return await next();
  }
  const actor = { kind: "partner", partnerId: apiKey.partnerId, apiKeyId: apiKey.id } as const;
  const acting = { ...services, actor };
  c.set("apiKey", apiKey);
  c.set("services", acting);
  const isRead = c.req.method === "GET";
  const charging = chargeCaller(acting, apiKey, { token, network, isRead });
  // What it throws is thrown below, after a read that may take longer.
  charging.catch(() => undefined);
  const isAside = isRead && !wasRefused(acting, apiKey);
  if (isAside) await next();
  const charged = await charging;
  if (charged) showQuota(c, charged);
  if (charged?.refusal) throw charged.refusal;
  if (!isAside) await next();
});

type Presented = Readonly<{ token: string; network: string | null; isRead: boolean }>;

/** A key that was changed after it was verified is verified once more. @throws ChipInError when it is not usable any more. */
async function chargeCaller(
  services: Services,
  apiKey: ApiKey,
  { token, network, isRead }: Presented,
): Promise<Charged | null> {
  const charged = await chargeRequest(services, apiKey, { isRead });
  if (charged !== "stale_key") return charged;
  forgetVerification(services, token, apiKey);
  const verified = await keyOrRefusal(services, token, network);
  if (verified instanceof ChipInError) throw verified;
  const again = await chargeRequest(services, { ...verified, verifiedAt: Number.POSITIVE_INFINITY }, { isRead });
  return again === "stale_key" ? null : again;
}

/** @throws ChipInError `rate_limited`: a network that sent too much is told so, whatever it asks for. */
async function keyOrRefusal(services: Services, token: string, network: string | null): Promise<ApiKey | ChipInError> {
  try {
    return await verifyApiKey(services, token, network);
  } catch (error) {
    if (!(error instanceof ChipInError)) throw error;
    if (error.code !== "rate_limited") return error;
    auditHit(services, "api_key.check_refused", services.origin.ipAddress);
    throw error;
  }
}
