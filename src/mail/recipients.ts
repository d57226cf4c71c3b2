import { ANONYMISED_EMAIL, ERASED_HOSTS } from "#domain/board/anonymise";
import type { Settings } from "#platform/settings";
import type { Addresses } from "./facts.ts";
import type { ClaimedMail } from "./outbox.ts";

/**
 * `addresses` are those of the mail's board, null for a mail about no board; `contact` is the partner's. Without a contact admins
 * get the partner's mail. Empty when the person was anonymised or is not configured.
 */
export function recipientsOf(
  { recipient }: Pick<ClaimedMail, "recipient">,
  addresses: Addresses | null,
  settings: Pick<Settings, "ADMIN_EMAIL_ALLOWLIST">,
  contact: string | null = null,
): string[] {
  switch (recipient) {
    case "host":
      return usable(addresses ? [addresses.host] : []);
    case "payout_email":
      return usable(addresses ? [addresses.payoutEmail] : []);
    case "admins":
      return usable(settings.ADMIN_EMAIL_ALLOWLIST.split(","));
    case "partner":
      return usable(contact === null ? settings.ADMIN_EMAIL_ALLOWLIST.split(",") : [contact]);
    default:
      return recipient satisfies never;
  }
}

function usable(addresses: readonly string[]): string[] {
  return addresses
    .map((address) => address.trim())
    .filter((address) => /^\S+@\S+$/.test(address) && address !== ANONYMISED_EMAIL && !address.endsWith(ERASED_HOSTS));
}
