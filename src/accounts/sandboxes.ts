import { eq } from "drizzle-orm";
import type { Database } from "#database/client";
import { partnerSandboxes } from "#database/own-tables";
import { partners } from "#database/schema";
import { DEFAULT_PARTNER } from "#domain/default-partner";
import { derivedId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { KeyEnvironment } from "./api-key-token.ts";

type KeyHolder = Readonly<{ id: string; name: string }>;

/**
 * The partner that a key of this environment is issued to: `cpk_test_` keys belong to the sandbox beside a live partner, which is
 * made where it is missing. `partnerId` names either of the two.
 * @throws ChipInError `not_found`; `conflict` for a live key of a sandbox, and for any key of the default partner.
 */
export async function keyHolderOf(
  database: Database,
  partnerId: string,
  environment: KeyEnvironment,
): Promise<KeyHolder> {
  const [partner] = await database
    .select({ id: partners.id, name: partners.name, createdAt: partners.createdAt, live: partnerSandboxes.partnerId })
    .from(partners)
    .leftJoin(partnerSandboxes, eq(partnerSandboxes.sandboxPartnerId, partners.id))
    .where(eq(partners.id, partnerId));
  if (!partner) throw new ChipInError("not_found", "There is no such partner");
  const { id, name, createdAt, live } = partner;
  if (id === DEFAULT_PARTNER.id) {
    const remedy =
      "Hosts make the boards of this partner on ChipIn's own pages, so it has no keys. Create a partner for the key.";
    throw new ChipInError("conflict", remedy, [{ field: "id", reason: "must be another partner" }]);
  }
  if (environment === "live" && live !== null) {
    const remedy = `This partner is a sandbox, which has test keys only. Create the live key for the partner ${live}.`;
    throw new ChipInError("conflict", remedy, [{ field: "environment", reason: "must be test" }]);
  }
  return environment === "live" || live !== null ? { id, name } : await sandboxOf(database, { id, name, createdAt });
}

/** The sandbox of a live partner. Its id and name follow from the partner, so that two concurrent callers make one sandbox. */
async function sandboxOf(database: Database, live: KeyHolder & { createdAt: Date }): Promise<KeyHolder> {
  const known = database
    .select({ id: partners.id, name: partners.name })
    .from(partnerSandboxes)
    .innerJoin(partners, eq(partners.id, partnerSandboxes.sandboxPartnerId))
    .where(eq(partnerSandboxes.partnerId, live.id));
  const [sandbox] = await known;
  if (sandbox) return sandbox;
  const id = derivedId(live.createdAt, live.id, "sandbox");
  // Names of partners are unique, and the column takes 100 characters.
  const name = `${live.name.slice(0, 75)} (sandbox ${live.id.slice(-12)})`;
  const [, , [made]] = await database.batch([
    database.insert(partners).values({ id, name }).onConflictDoNothing(),
    database.insert(partnerSandboxes).values({ sandboxPartnerId: id, partnerId: live.id }).onConflictDoNothing(),
    known,
  ]);
  if (!made) throw new Error(`the sandbox of partner ${live.id} was not made`);
  return made;
}
