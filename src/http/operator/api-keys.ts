import { type Context, Hono } from "hono";
import { z } from "zod";
import { getApiKey } from "#accounts/known-keys";
import { revokeApiKey } from "#accounts/revoke-api-key";
import { rotateApiKey } from "#accounts/rotate-api-key";
import { updateApiKey } from "#accounts/update-api-key";
import type { AppEnv } from "../app-env.ts";
import { Confirmed, Note, requireConfirmation } from "./acts.ts";
import { ChangedKey, Expiry, presentKey, wishOf } from "./api-key-terms.ts";
import { idOf, readBody } from "./read-body.ts";

/** A week. A partner that needs longer gets a second key. */
const MAX_OVERLAP_HOURS = 168;
const DEFAULT_OVERLAP_HOURS = 24;

const Rotating = z.object({
  overlap_hours: z
    .number("must be a number of hours")
    .min(0, "must be 0 or more")
    .max(MAX_OVERLAP_HOURS, `must be at most ${MAX_OVERLAP_HOURS}`)
    .default(DEFAULT_OVERLAP_HOURS),
  expires_at: Expiry.default(null),
  note: Note,
});

const Changing = ChangedKey.and(z.object({ note: Note }));

/** What operators do with one key. A new key is made under its partner. (docs/operate.md) */
export const operatorApiKeys = new Hono<AppEnv>()
  .get("/:id", (c) => answer(c))
  .post("/:id/rotate", async (c) => {
    const services = c.get("services");
    const { overlap_hours: overlapHours, expires_at: expiresAt, note } = await readBody(Rotating, c.req.raw);
    const { id, token } = await rotateApiKey(services, keyIdOf(c), { overlapHours, expiresAt, note });
    return c.json({ ...presentKey(await getApiKey(services, id), services.now()), token }, 201);
  })
  .post("/:id/revoke", async (c) => {
    const services = c.get("services");
    const { note, confirm } = await readBody(Confirmed, c.req.raw);
    const key = await getApiKey(services, keyIdOf(c));
    requireConfirmation(confirm, key.prefix, "the key's prefix");
    await revokeApiKey(services, key, note);
    return await answer(c);
  })
  .post("/:id/update", async (c) => {
    const { note, ...terms } = await readBody(Changing, c.req.raw);
    await updateApiKey(c.get("services"), keyIdOf(c), wishOf(terms), note);
    return await answer(c);
  });

function keyIdOf(c: Context<AppEnv>): string {
  return idOf("apiKey", c.req.param("id") ?? "");
}

async function answer(c: Context<AppEnv>) {
  const services = c.get("services");
  return c.json(presentKey(await getApiKey(services, keyIdOf(c)), services.now()), 200);
}
