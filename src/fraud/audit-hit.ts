import { createHmac } from "node:crypto";
import { writeAudit } from "#audit/write-audit";
import type { Database } from "#database/client";
import { derivedId } from "#domain/ids";
import { BoundedMap } from "#platform/bounded-map";
import { networkOf } from "#platform/network";
import type { Services } from "#platform/services";

/** What an address ran into. (product-facts 17.2) */
export type Hit =
  | "contribution.challenged"
  | "contribution.held_up"
  | "address.blocked"
  | "api_key.check_refused"
  | "operator.sign_in_failed";

const HOUR_MS = 3_600_000;
const MAX_REMEMBERED = 5_000;
const DIGEST_LENGTH = 32;

/** The rows that this isolate has written, so that a flood costs no queries. */
const written = new WeakMap<Database, BoundedMap<string, true>>();

/**
 * Writes the audit row of a hit, after the answer: one for each network and hour, so a flood cannot fill the table. The row
 * and the return value name the network by a keyed digest. Null when this isolate has written the row already.
 */
export function auditHit(services: Services, action: Hit, ipAddress: string | null): string | null {
  const { database, settings, now } = services;
  const network = networkOf(ipAddress) ?? "unknown";
  const digest = createHmac("sha256", settings.API_KEY_PEPPER).update(`audit\n${network}`).digest("hex");
  const address = digest.slice(0, DIGEST_LENGTH);
  const id = derivedId(new Date(Math.floor(now().getTime() / HOUR_MS) * HOUR_MS), action, address);
  const known = written.get(database) ?? new BoundedMap<string, true>(MAX_REMEMBERED);
  written.set(database, known);
  if (known.get(id)) return null;
  known.set(id, true);
  services.waitUntil(writeAudit(services, { id, action, target: { type: "address", id: address } }));
  return address;
}
