import { disabledAt, WARNED_AFTER_DAYS } from "#domain/endpoint-age";
import type { MailContent } from "../content.ts";
import type { FailingEndpoint } from "../endpoint-facts.ts";
import { forAdmins, lastAnswer, partnerReason } from "./partner-words.ts";
import { dayAndTime } from "./words.ts";

export function endpointFailing(facts: FailingEndpoint): MailContent {
  const { endpointId, url, failingSince, api } = facts;
  return {
    subject: `ChipIn: your webhook endpoint has failed for ${WARNED_AFTER_DAYS} days`,
    heading: "A webhook endpoint is failing",
    blocks: [
      ...forAdmins(facts),
      { kind: "text", text: `The endpoint ${endpointId} is at ${url}` },
      {
        kind: "text",
        text: `Since ${dayAndTime(failingSince)} (South African time) every delivery to it has failed. ${lastAnswer(facts)}`,
      },
      {
        kind: "text",
        text: `If it stays so, we disable the endpoint on ${dayAndTime(disabledAt(failingSince))}. One delivery that is answered with 2xx is enough to keep it.`,
      },
      { kind: "exact", text: `To see how it stands: GET ${api}/v1/webhooks/${endpointId}` },
      { kind: "exact", text: `To have an event sent to it now: POST ${api}/v1/webhooks/${endpointId}/test` },
    ],
    reason: partnerReason(facts),
  };
}
