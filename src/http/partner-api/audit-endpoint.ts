import { writeAudit } from "#audit/write-audit";
import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";

type EndpointAct = "registered" | "changed" | "deleted" | "secret_replaced";

/** The holder of a key decides where events go, so the row of each change names the key. A repeated change leaves a row again. */
export async function auditEndpoint(
  services: Services,
  endpointId: string,
  act: EndpointAct,
  metadata: Record<string, unknown> = {},
): Promise<void> {
  const target = { type: "webhook_endpoint", id: publicId("webhookEndpoint", endpointId) };
  await writeAudit(services, { action: `webhook_endpoint.${act}`, target, metadata });
}
