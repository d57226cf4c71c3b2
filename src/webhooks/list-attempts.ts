import { asc, eq } from "drizzle-orm";
import { webhookAttempts } from "#database/own-tables";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openText } from "#privacy/sealed";

/** Every attempt of one delivery, oldest first, with the receiver's answers opened. @throws Error as `openText`. */
export async function listAttempts({ database, settings }: Services, deliveryId: string) {
  const keyring = keyringOf(settings);
  const rows = await database
    .select()
    .from(webhookAttempts)
    .where(eq(webhookAttempts.deliveryId, deliveryId))
    .orderBy(asc(webhookAttempts.attempt));
  const attempts = rows.map(async ({ deliveryId: _, responseBody, ...attempt }) => ({
    ...attempt,
    responseBody: responseBody === null ? null : await openText(keyring, responseBody, { orClear: true }),
  }));
  return await Promise.all(attempts);
}
