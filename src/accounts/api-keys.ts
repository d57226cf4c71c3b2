import type { Database } from "#database/client";
import { apiKeys } from "#database/schema";
import { type KeyEnvironment, mintToken, tokenPrefix } from "./api-key-token.ts";
import type { Scope } from "./scopes.ts";

/** OWASP's minimum, about 110 ms of CPU. It is spent once for each key, then the verified key is remembered. */
const BCRYPT_COST = 10;

export type NewApiKey = Readonly<{
  id?: string;
  environment: KeyEnvironment;
  partnerId: string;
  partnerName: string;
  scopes: readonly Scope[];
  /** Requests per hour. */
  rateLimit?: number;
}>;

export type CreatedApiKey = { token: string; row: typeof apiKeys.$inferSelect };

/** Stores a new key of an existing partner. `token` is shown once: only its hash is kept. */
export async function createApiKey(database: Database, key: NewApiKey): Promise<CreatedApiKey> {
  const { token, values } = await mintApiKey(key);
  const [row] = await database.insert(apiKeys).values(values).returning();
  if (!row) throw new Error("the new API key was not stored");
  return { token, row };
}

/** A token and the row that stands for it, not stored yet. */
export async function mintApiKey(key: NewApiKey): Promise<{ token: string; values: typeof apiKeys.$inferInsert }> {
  const { id, environment, partnerId, partnerName, scopes, rateLimit } = key;
  const token = mintToken(environment);
  const { hash } = await import("bcryptjs");
  const values = {
    ...(id !== undefined && { id }),
    partnerId,
    partnerName,
    keyHash: await hash(token, BCRYPT_COST),
    keyPrefix: tokenPrefix(token),
    scopes: [...scopes],
    ...(rateLimit !== undefined && { rateLimit }),
  };
  return { token, values };
}
