import { writeAudit } from "#audit/write-audit";
import type { Database } from "#database/client";
import { derivedId } from "#domain/ids";
import { BoundedMap } from "#platform/bounded-map";
import { hmacOf } from "#platform/hmac";
import { networkOf, widerNetworksOf } from "#platform/network";
import type { Services } from "#platform/services";

/** What an address ran into. (product-facts 17.2) */
export type Hit =
  | "contribution.challenged"
  | "contribution.held_up"
  | "address.blocked"
  | "api_key.check_refused"
  | "operator.sign_in_failed"
  | "host.sign_in_failed"
  | "host.sign_in_limited";

const HOUR_MS = 3_600_000;
const MAX_REMEMBERED = 5_000;
const DIGEST_LENGTH = 32;

/** More rows an hour an isolate does not write: the audit log is kept for years, and changing addresses costs nothing. */
const MAX_ROWS_AN_HOUR = 500;

/** What this isolate has written, so that a flood costs no queries. */
const written = new WeakMap<Database, { rows: BoundedMap<string, true>; hour: number; count: number }>();

/**
 * Writes the audit row of a hit, after the answer: one for each network and hour, and a bounded number an hour, so a flood
 * cannot fill the table. An IPv6 /48 is one network here. The row and the return value name the network by a keyed digest.
 * Null when this isolate writes no row, because it has written this one or too many.
 */
export function auditHit(services: Services, action: Hit, ipAddress: string | null): string | null {
  const { database, settings, now } = services;
  const network = networkOf(ipAddress) ?? "unknown";
  const named = widerNetworksOf(network)?.of48 ?? network;
  const digest = hmacOf(settings.API_KEY_PEPPER).update(`audit\n${named}`).digest("hex");
  const address = digest.slice(0, DIGEST_LENGTH);
  const hour = Math.floor(now().getTime() / HOUR_MS);
  const id = derivedId(new Date(hour * HOUR_MS), action, address);
  const known = written.get(database) ?? { rows: new BoundedMap<string, true>(MAX_REMEMBERED), hour, count: 0 };
  written.set(database, known);
  if (known.hour !== hour) Object.assign(known, { hour, count: 0 });
  if (known.rows.get(id) || known.count >= MAX_ROWS_AN_HOUR) return null;
  known.rows.set(id, true);
  known.count += 1;
  services.waitUntil(writeAudit(services, { id, action, target: { type: "address", id: address } }));
  return address;
}
