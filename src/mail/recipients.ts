import { ANONYMISED_EMAIL, ERASED_HOSTS } from "#domain/board/anonymise";
import type { Settings } from "#platform/settings";
import type { Addresses } from "./facts.ts";
import type { ClaimedMail } from "./outbox.ts";

/**
 * `addresses` are those of the mail's board, null for a mail about no board; `contact` is the partner's. Without a contact admins
 * get the partner's mail. Empty when the person was anonymised, is not configured, or is not the board's second parent any more.
 */
export function recipientsOf(
  { recipient, dedupeKey }: Pick<ClaimedMail, "recipient" | "dedupeKey">,
  addresses: Addresses | null,
  settings: Pick<Settings, "ADMIN_EMAIL_ALLOWLIST">,
  contact: string | null = null,
): string[] {
  switch (recipient) {
    case "host":
      return usable(addresses ? [addresses.host] : []);
    case "second_parent": {
      const parent = addresses?.secondParent;
      return usable(parent && dedupeKey.endsWith(secondParentSuffix(parent.hostId)) ? [parent.email] : []);
    }
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

/** Ends the dedupe key of a mail to a second parent, so that the one who follows them does not get it. */
export function secondParentSuffix(hostId: string): string {
  return `/second_parent/${hostId}`;
}

function usable(addresses: readonly string[]): string[] {
  return addresses
    .map((address) => address.trim())
    .filter((address) => /^\S+@\S+$/.test(address) && address !== ANONYMISED_EMAIL && !address.endsWith(ERASED_HOSTS));
}
