import type { EndpointFacts } from "../endpoint-facts.ts";
import { ADMIN_REASON } from "./admin-words.ts";

/** Why the reader gets a mail about an endpoint. */
export function partnerReason({ partnerName, hasContact }: EndpointFacts): string {
  return hasContact ? `You get this e-mail because you are ChipIn's contact at ${partnerName}.` : ADMIN_REASON;
}

/** For admins, who get the mail when the partner has no contact. */
export function forAdmins({ partnerName, hasContact }: EndpointFacts): { kind: "text"; text: string }[] {
  if (hasContact) return [];
  return [{ kind: "text", text: `${partnerName} has no contact for such e-mail. Please tell them, and set one.` }];
}

/** `The last one was answered with 500.` */
export function lastAnswer({ lastFailureCode }: EndpointFacts): string {
  return lastFailureCode === null
    ? "The last one got no answer."
    : `The last one was answered with ${lastFailureCode}.`;
}
