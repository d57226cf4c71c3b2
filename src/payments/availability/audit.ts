import { auditLogs } from "#database/schema";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** Writes down that an operator switched a provider. The switch works without Postgres, so its absence stops nothing. */
export async function auditSwitch(
  { database, log, alert, now, requestId }: Services,
  action: "provider.paused" | "provider.resumed",
  provider: PaymentProviderName,
  metadata: Record<string, string> = {},
): Promise<void> {
  log({ event: action, provider, request_id: requestId });
  try {
    const target = { targetType: "payment_provider", targetId: provider };
    await database.insert(auditLogs).values({ actorType: "admin", action, ...target, metadata, createdAt: now() });
  } catch (error) {
    alert({ event: "audit_not_written", action, provider, request_id: requestId, error: messageOf(error) });
  }
}
