import { sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { hosts } from "#database/schema";

/** `isNew`: the row was created by this call. */
export type Host = { id: string; email: string; name: string | null; createdAt: Date; isNew: boolean };

/** Addresses are stored trimmed and in lower case, so one person is one host. */
function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** The host with this address, created if missing. One statement, so two concurrent requests create one host. */
export async function findOrCreateHost(database: Database, email: string): Promise<Host> {
  const [host] = await database
    .insert(hosts)
    .values({ email: normalizeEmail(email) })
    // The update writes the same value, so that RETURNING gives an existing row too.
    .onConflictDoUpdate({ target: hosts.email, set: { email: sql`excluded.email` } })
    .returning({
      id: hosts.id,
      email: hosts.email,
      name: hosts.name,
      createdAt: hosts.createdAt,
      // A row that was updated carries the transaction that did it.
      isNew: sql<boolean>`(xmax = 0)`,
    });
  if (!host) throw new Error("the host was neither found nor created");
  return host;
}
