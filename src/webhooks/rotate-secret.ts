import { and, eq, sql } from "drizzle-orm";
import { endpointStates, retiredSecrets } from "#database/endpoint-tables";
import { apiKeys, webhookEndpoints } from "#database/schema";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openText, sealText } from "#privacy/sealed";
import {
  type Endpoint,
  type EndpointOf,
  endpointOf,
  isDeleted,
  isOf,
  noSuchEndpoint,
  selectEndpoints,
} from "./read-endpoints.ts";
import { drawSecret } from "./secret.ts";

export const DEFAULT_OVERLAP_HOURS = 24;
export const MAX_OVERLAP_HOURS = 168;
/** Each is one more signature in the headers of every delivery. */
const MAX_RETIRED = 4;

export type Rotation = Readonly<{
  /** One is drawn without it. */
  secret?: string | undefined;
  /** How long the secret before goes on signing. 0 ends it, and every older one, at once. */
  overlapHours: number;
}>;

/**
 * Replaces the secret of an endpoint. Deliveries carry a signature by each secret that is valid when they are sent, so a receiver may
 * change over at any time within the overlap. The secret that is set already changes nothing.
 * @throws ChipInError `not_found`; `conflict` when it is deleted, or has as many older secrets as may sign.
 */
export async function rotateSecret(
  { database, settings, now }: Services,
  which: EndpointOf,
  { secret = drawSecret(), overlapHours }: Rotation,
): Promise<{ endpoint: Endpoint; secret: string }> {
  const keyring = keyringOf(settings);
  const [known] = await database
    .select({ secret: webhookEndpoints.secret, state: endpointStates.state })
    .from(webhookEndpoints)
    .innerJoin(apiKeys, eq(apiKeys.id, webhookEndpoints.apiKeyId))
    .leftJoin(endpointStates, eq(endpointStates.webhookEndpointId, webhookEndpoints.id))
    .where(isOf(which));
  if (!known) throw noSuchEndpoint();
  if (known.state === "deleted") throw isDeleted();
  const isSame = (await openText(keyring, known.secret)) === secret;
  const sealed = await sealText(keyring, secret);

  const { id } = which;
  const at = now();
  const instant = sql`${at.toISOString()}::timestamptz`;
  const until = sql`${new Date(at.getTime() + overlapHours * 3_600_000).toISOString()}::timestamptz`;
  const isOwn = eq(retiredSecrets.webhookEndpointId, id);
  const [, , rotated, [row], [oldest]] = await database.batch([
    // First: of two rotations at once the second sees what the first has retired.
    database
      .select({ id: webhookEndpoints.id })
      .from(webhookEndpoints)
      .where(eq(webhookEndpoints.id, id))
      .for("no key update"),
    database
      .delete(retiredSecrets)
      .where(overlapHours === 0 ? isOwn : and(isOwn, sql`${retiredSecrets.validUntil} <= ${instant}`)),
    database.execute(sql`
      WITH old AS MATERIALIZED (
        SELECT id, secret FROM webhook_endpoints WHERE id = ${id}::uuid AND NOT ${isSame}
          AND (SELECT count(*) FROM retired_webhook_secrets WHERE webhook_endpoint_id = ${id}::uuid) < ${MAX_RETIRED}
      ),
      retired AS (
        INSERT INTO retired_webhook_secrets (webhook_endpoint_id, secret, retired_at, valid_until)
        SELECT id, secret, ${instant}, ${until} FROM old WHERE ${overlapHours > 0}
      )
      UPDATE webhook_endpoints AS e SET secret = ${sealed}, updated_at = ${instant} FROM old WHERE e.id = old.id RETURNING e.id`),
    selectEndpoints(database, at).where(isOf(which)),
    database
      .select({ until: sql<string>`to_json(min(${retiredSecrets.validUntil}))` })
      .from(retiredSecrets)
      .where(isOwn),
  ]);
  if (!row) throw noSuchEndpoint();
  if (rotated.rows.length === 0 && !isSame) throw tooManySecrets(oldest?.until ?? at.toISOString());
  return { endpoint: endpointOf(row), secret };
}

function tooManySecrets(until: string): ChipInError {
  const reason = `would leave more than ${MAX_RETIRED} older secrets that still sign, the first of them until ${new Date(until).toISOString()}; wait until then, or send 0, which ends all of them now`;
  const details = [{ field: "overlap_hours", reason }];
  return new ChipInError("conflict", "This endpoint's secret was replaced too often within a short time", details);
}
