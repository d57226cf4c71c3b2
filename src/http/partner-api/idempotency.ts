import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { claimKey, KEPT_HOURS, releaseKey, storeResponse } from "#accounts/idempotency-keys";
import { isUnavailable } from "#database/errors";
import { newId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import { hmacOf } from "#platform/hmac";
import type { PartnerEnv } from "./create-router.ts";

const RUNNING_RETRY_SECONDS = 1;

export const IdempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, "must be 1 to 255 plain characters")
    .optional()
    .openapi({
      description: `Sending the same request again with the same key within ${KEPT_HOURS} hours gives the first answer`,
      example: "4f0c1c52-7f0e-4c55-9d62-b3f6f5f6b6a1",
    }),
});

type RouteResponse<Status extends ContentfulStatusCode, Data> = { status: Status; data: Data };

export type WriteOptions = Readonly<{
  /** The endpoint's operationId: a key is valid for one endpoint. */
  route: string;
  /** The write may be repeated, so it goes on when Postgres cannot store the key. */
  repeatable?: boolean;
}>;

/**
 * Calls `write` once per `Idempotency-Key`, or always without a key. The id of the resource is made with the claim, so a
 * retry after a crash between writing and answering writes the same resource.
 * @throws ChipInError `conflict` when the key was used for another request, or while that request runs.
 */
export async function idempotent<Status extends ContentfulStatusCode, Data>(
  c: Context<PartnerEnv>,
  { route, repeatable = false }: WriteOptions,
  write: (resourceId: string) => Promise<RouteResponse<Status, Data>>,
): Promise<RouteResponse<Status, Data>> {
  const key = c.req.header("Idempotency-Key");
  const resourceId = newId(c.get("services").now());
  if (key === undefined) return await write(resourceId);

  const services = c.get("services");
  const use = { apiKeyId: c.get("apiKey").id, route, key };
  const fingerprint = fingerprintOf(services.settings.API_KEY_PEPPER, c.req.path, await c.req.text());
  const claim = await claimKey(services, use, { fingerprint, resourceId }).catch((error: unknown) => {
    if (repeatable && isUnavailable(error)) return null;
    throw error;
  });
  if (claim === null) return await write(resourceId);
  switch (claim.kind) {
    case "claimed":
      break;
    case "answered":
      c.header("Idempotent-Replayed", "true");
      // `storeResponse` below stored it for this route.
      return { status: claim.status as Status, data: claim.data as Data };
    case "other_request":
      throw new ChipInError("conflict", "This idempotency key was already used for another request");
    case "running":
      c.header("Retry-After", String(RUNNING_RETRY_SECONDS));
      throw new ChipInError("conflict", "A request with this idempotency key is still running; try again in a second");
    default:
      claim satisfies never;
  }
  try {
    const answer = await write(claim.resourceId);
    await storeResponse(services, use, answer);
    return answer;
  } catch (error) {
    await releaseKey(services, use);
    throw error;
  }
}

/** Keyed, because a body may hold personal data. */
function fingerprintOf(pepper: string, path: string, body: string): string {
  return hmacOf(pepper).update(`idempotency\n${path}\n`).update(body).digest("base64url");
}
