import { eq, sql } from "drizzle-orm";
import { endpointStates, partnerContacts } from "#database/endpoint-tables";
import { partnerSandboxes } from "#database/own-tables";
import { apiKeys, partners, webhookEndpoints } from "#database/schema";
import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openText } from "#privacy/sealed";
import type { PartnerMailKind } from "./kinds.ts";

/** The content of a mail to a partner about one of its webhook endpoints. */
export type EndpointFacts = FailingEndpoint | DisabledEndpoint;

type Endpoint = Readonly<{
  /** `wh_…` */
  endpointId: string;
  url: string;
  partnerName: string;
  /** False where the mail goes to admins, who write to the partner. */
  hasContact: boolean;
  /** Where the API is, without a trailing slash. */
  api: string;
  /** What the last failed attempt was answered; null without an answer. */
  lastFailureCode: number | null;
}>;

export type FailingEndpoint = Endpoint & Readonly<{ about: "failing_endpoint"; failingSince: Date }>;

export type DisabledEndpoint = Endpoint &
  Readonly<{
    about: "disabled_endpoint";
    disabledAt: Date;
    reason: "failing" | "gone" | "key_ended";
    /** Null unless it was disabled because it failed. */
    failingSince: Date | null;
  }>;

/** Read when the mail is sent. Null when the endpoint stands otherwise by now. */
export async function readEndpointFacts(
  { database, settings }: Services,
  kind: PartnerMailKind,
  endpointId: string,
): Promise<{ facts: EndpointFacts; contact: string | null } | null> {
  const [row] = await database
    .select({
      url: webhookEndpoints.url,
      partnerName: partners.name,
      email: partnerContacts.email,
      state: endpointStates.state,
      reason: endpointStates.reason,
      since: endpointStates.since,
      failingSince: endpointStates.failingSince,
      lastFailureCode: endpointStates.lastFailureCode,
    })
    .from(webhookEndpoints)
    .innerJoin(apiKeys, eq(apiKeys.id, webhookEndpoints.apiKeyId))
    .innerJoin(partners, eq(partners.id, apiKeys.partnerId))
    .innerJoin(endpointStates, eq(endpointStates.webhookEndpointId, webhookEndpoints.id))
    .leftJoin(partnerSandboxes, eq(partnerSandboxes.sandboxPartnerId, partners.id))
    // A sandbox has the contact of its live partner.
    .leftJoin(
      partnerContacts,
      eq(partnerContacts.partnerId, sql`coalesce(${partnerSandboxes.partnerId}, ${partners.id})`),
    )
    .where(eq(webhookEndpoints.id, endpointId));
  if (!row) return null;
  const { url, partnerName, lastFailureCode, failingSince } = row;
  const contact = row.email === null ? null : await openText(keyringOf(settings), row.email);
  const endpoint: Endpoint = {
    endpointId: publicId("webhookEndpoint", endpointId),
    url,
    partnerName,
    hasContact: contact !== null,
    api: settings.API_ORIGIN ?? settings.PUBLIC_ORIGIN,
    lastFailureCode,
  };
  switch (kind) {
    case "webhook_endpoint_failing":
      if (row.state !== "active" || failingSince === null) return null;
      return { facts: { ...endpoint, about: "failing_endpoint", failingSince }, contact };
    case "webhook_endpoint_disabled": {
      const { state, reason, since: disabledAt } = row;
      if (state !== "disabled" || (reason !== "failing" && reason !== "gone" && reason !== "key_ended")) return null;
      const since = reason === "failing" ? failingSince : null;
      return { facts: { ...endpoint, about: "disabled_endpoint", reason, disabledAt, failingSince: since }, contact };
    }
    default:
      return kind satisfies never;
  }
}
