import { DISABLED_AFTER_DAYS } from "#domain/endpoint-age";
import type { MailContent } from "../content.ts";
import type { DisabledEndpoint } from "../endpoint-facts.ts";
import { forAdmins, lastAnswer, partnerReason } from "./partner-words.ts";
import { dayAndTime } from "./words.ts";

export function endpointDisabled(facts: DisabledEndpoint): MailContent {
  const { endpointId, url, disabledAt, failingSince, api } = facts;
  const missed = (failingSince ?? disabledAt).toISOString();
  return {
    subject: "ChipIn: your webhook endpoint is disabled",
    heading: "A webhook endpoint is disabled",
    blocks: [
      ...forAdmins(facts),
      { kind: "text", text: `The endpoint ${endpointId} is at ${url}` },
      { kind: "text", text: `We disabled it on ${dayAndTime(disabledAt)} (South African time). ${whyOf(facts)}` },
      { kind: "text", text: "Until you switch it on again it gets no events. Once it works, send these two requests:" },
      { kind: "exact", text: `To switch it on: PATCH ${api}/v1/webhooks/${endpointId} with {"status": "active"}` },
      {
        kind: "exact",
        text: `To get what it missed: POST ${api}/v1/webhooks/${endpointId}/recover with {"since": "${missed}"}`,
      },
    ],
    reason: partnerReason(facts),
  };
}

function whyOf(facts: DisabledEndpoint): string {
  const { reason, failingSince } = facts;
  if (reason === "key_ended") {
    return "The API key that it belongs to was revoked or has expired. Switched on again, it belongs to the key that you use for it.";
  }
  return failingSince
    ? `Every delivery to it had failed for ${DISABLED_AFTER_DAYS} days, since ${dayAndTime(failingSince)}. ${lastAnswer(facts)}`
    : "It answered a delivery with 410, which says that it is gone for good.";
}
