import type { Services } from "#platform/services";
import { type MailDeps, sendNow } from "./send-now.ts";
import { magicLink } from "./templates/magic-link.ts";

/** Sends the mail with a link that signs in. False when the provider did not take it. */
export async function sendMagicLink(
  services: Pick<Services, "settings" | "log" | "alert" | "requestId">,
  { to, url, idempotencyKey }: Readonly<{ to: string; url: string; idempotencyKey: string }>,
  deps?: MailDeps,
): Promise<boolean> {
  return await sendNow(services, { kind: "magic_link", to, content: magicLink({ url }), idempotencyKey }, deps);
}
