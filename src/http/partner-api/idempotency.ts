import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { claimKey, forgetKey, KEPT_HOURS, type KeyUse, releaseKey, storeResponse } from "#accounts/idempotency-keys";
import { isUnavailable } from "#database/errors";
import { newId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import { hmacOf } from "#platform/hmac";
import type { PartnerEnv } from "./create-router.ts";
import { type FurtherRules, invalid } from "./validation.ts";

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

/** A key is valid for one endpoint, named by its operationId. */
export type CreateOptions<Response> = Readonly<{
  route: string;
  /** What the schema cannot judge, because it needs the clock or the settings. An answer that is replayed is not judged again. */
  rules?: FurtherRules;
  /** The answer for what an earlier run of the same request made before it broke off; null when it made nothing. */
  find?: (resourceId: string) => Promise<Response | null>;
}>;

/**
 * Calls `write` once per `Idempotency-Key`, or always without a key. The id of the resource is made with the claim, so a
 * retry after a crash between writing and answering writes the same resource. `write` refuses input, by `validation_error`, only
 * before it has written anything: the key is free again then.
 * @throws ChipInError `conflict` when the key was used for another request, or while that request runs.
 */
export async function idempotent<Status extends ContentfulStatusCode, Data>(
  c: Context<PartnerEnv>,
  { route, rules, find }: CreateOptions<RouteResponse<Status, Data>>,
  write: (resourceId: string) => Promise<RouteResponse<Status, Data>>,
): Promise<RouteResponse<Status, Data>> {
  const services = c.get("services");
  const newResourceId = newId(services.now());
  const use = await keyUseOf(c, route);
  if (use === null) {
    await judge(c, rules);
    return await write(newResourceId);
  }
  const claim = await claimKey(services, use, { fingerprint: use.fingerprint, resourceId: newResourceId });
  switch (claim.kind) {
    case "claimed":
      break;
    case "answered":
      c.header("Idempotent-Replayed", "true");
      // `storeResponse` below stored it for this route.
      return { status: claim.status as Status, data: claim.data as Data };
    case "other_request":
      throw otherRequest();
    case "running":
      c.header("Retry-After", String(RUNNING_RETRY_SECONDS));
      throw new ChipInError("conflict", "A request with this idempotency key is still running; try again in a second.");
    default:
      claim satisfies never;
  }
  const isFirstRun = claim.resourceId === newResourceId;
  try {
    const made = isFirstRun ? null : await find?.(claim.resourceId);
    if (!made) await judge(c, rules);
    const answer = made ?? (await write(claim.resourceId));
    await storeResponse(services, use, answer);
    return answer;
  } catch (error) {
    if (isFirstRun && isInvalid(error)) await forgetKey(services, use);
    else await releaseKey(services, use);
    throw error;
  }
}

/**
 * A write that may be repeated: it is done each time, also with a known `Idempotency-Key`, so that the answer is true now. It goes on
 * when Postgres cannot store the key.
 * @throws ChipInError `conflict` when the key was used for another request.
 */
export async function repeatable<Response>(
  c: Context<PartnerEnv>,
  { route, rules }: Pick<CreateOptions<Response>, "route" | "rules">,
  write: () => Promise<Response>,
): Promise<Response> {
  const services = c.get("services");
  const use = await keyUseOf(c, route);
  const resourceId = newId(services.now());
  const claim =
    use &&
    (await claimKey(services, use, { fingerprint: use.fingerprint, resourceId }).catch((error: unknown) => {
      if (isUnavailable(error)) return null;
      throw error;
    }));
  if (claim?.kind === "other_request") throw otherRequest();
  try {
    await judge(c, rules);
    return await write();
  } catch (error) {
    const isFirstRun = claim?.kind === "claimed" && claim.resourceId === resourceId;
    if (use && isFirstRun && isInvalid(error)) await forgetKey(services, use);
    throw error;
  }
}

async function judge(c: Context<PartnerEnv>, rules: FurtherRules | undefined): Promise<void> {
  const details = rules ? await rules(await c.req.json(), c) : [];
  if (details.length > 0) throw invalid(details);
}

/** How this request uses its key; null without one. */
async function keyUseOf(c: Context<PartnerEnv>, route: string): Promise<(KeyUse & { fingerprint: string }) | null> {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined) return null;
  const { API_KEY_PEPPER: pepper } = c.get("services").settings;
  const fingerprint = fingerprintOf(pepper, c.req.path, await c.req.text());
  // By the key's line: a request that is sent again with the key that replaced it is the same request.
  return { apiKeyId: c.get("apiKey").lineId, route, key, fingerprint };
}

const otherRequest = () => new ChipInError("conflict", "This idempotency key was already used for another request.");

const isInvalid = (error: unknown) => error instanceof ChipInError && error.code === "validation_error";

/** Keyed, because a body may hold personal data. */
function fingerprintOf(pepper: string, path: string, body: string): string {
  return hmacOf(pepper).update(`idempotency\n${path}\n`).update(body).digest("base64url");
}
