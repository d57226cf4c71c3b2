import { createHmac } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { claimKey, KEPT_HOURS, letGoOfKey, settleKey } from "#accounts/idempotency-keys";
import { isUnavailable } from "#database/errors";
import { newId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { PartnerEnv } from "./router.ts";

const IN_FLIGHT_RETRY_SECONDS = 1;

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

export type Answer<Status extends ContentfulStatusCode, Data> = { status: Status; data: Data };

export type Write = Readonly<{
  /** The endpoint's operationId: a key is good for one endpoint. */
  route: string;
  /** The write does no harm twice, so it need not wait for Postgres to remember the key. */
  repeatable?: boolean;
}>;

/**
 * Does `write` once per `Idempotency-Key`. The id of what it creates is minted with the claim, so when we crash between
 * creating and answering, the retry finds the same resource instead of making another. Without a key it simply writes.
 * @throws ChipInError `conflict` when the key was used for another request, or that request is still running.
 */
export async function idempotent<Status extends ContentfulStatusCode, Data>(
  c: Context<PartnerEnv>,
  { route, repeatable = false }: Write,
  write: (resourceId: string) => Promise<Answer<Status, Data>>,
): Promise<Answer<Status, Data>> {
  const key = c.req.header("Idempotency-Key");
  const resourceId = newId(c.get("services").now());
  if (key === undefined) return await write(resourceId);

  const services = c.get("services");
  const use = { partnerId: c.get("apiKey").partnerId, route, key };
  const fingerprint = fingerprintOf(services.settings.API_KEY_PEPPER, c.req.path, await c.req.text());
  const claim = await claimKey(services, use, { fingerprint, resourceId }).catch((error: unknown) => {
    if (repeatable && isUnavailable(error)) return null;
    throw error;
  });
  if (claim === null) return await write(resourceId);
  switch (claim.kind) {
    case "ours":
      break;
    case "done":
      c.header("Idempotent-Replayed", "true");
      // Written by `settleKey` below from an answer of this very route.
      return { status: claim.status as Status, data: claim.data as Data };
    case "other_request":
      throw new ChipInError("conflict", "This idempotency key was already used for another request");
    case "in_flight":
      c.header("Retry-After", String(IN_FLIGHT_RETRY_SECONDS));
      throw new ChipInError("conflict", "A request with this idempotency key is still running; try again in a second");
    default:
      claim satisfies never;
  }
  try {
    const answer = await write(claim.resourceId);
    await settleKey(services, use, answer);
    return answer;
  } catch (error) {
    await letGoOfKey(services, use);
    throw error;
  }
}

/** Keyed, because a body may hold what must not lie about in the clear. */
function fingerprintOf(pepper: string, path: string, body: string): string {
  return createHmac("sha256", pepper).update(`idempotency\n${path}\n`).update(body).digest("base64url");
}
