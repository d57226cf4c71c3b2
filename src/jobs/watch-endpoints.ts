import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { disableFailing, forgetRetiredSecrets, warnOfFailing } from "#webhooks/endpoint-life";

/**
 * Warns partners of endpoints that fail, disables those that have failed for too long, and deletes secrets that no longer sign.
 * Disabling comes first: what is disabled needs no warning.
 */
export async function watchEndpoints(services: Services, now: Date) {
  const { database, alert } = services;
  const disabled = await disableFailing(database, now);
  for (const id of disabled) {
    alert({ event: "webhook_endpoint_disabled", endpoint_id: publicId("webhookEndpoint", id), reason: "failing" });
  }
  const warned = await warnOfFailing(database, now);
  const forgotten = await forgetRetiredSecrets(database, now);
  return { disabled: disabled.length, warned, forgotten };
}
