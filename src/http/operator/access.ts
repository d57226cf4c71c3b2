import { decode, verifyWithJwks } from "hono/jwt";
import { ChipInError } from "#platform/errors";
import { untilTimeout } from "#platform/in-time";
import type { Settings } from "#platform/settings";

const TIMEOUT_MS = 5_000;
/** Access changes its keys every six weeks and offers the next one before. */
const FRESH_MS = 3_600_000;
/** Tokens with invented key ids must not become a request each. */
const REFETCH_MS = 60_000;

type Keys = NonNullable<Parameters<typeof verifyWithJwks>[1]["keys"]>;
type Fetched = Readonly<{ keys: Keys; at: number }>;

/** By team, once an isolate. */
const cache = new Map<string, Fetched>();

export type AccessSettings = Pick<Settings, "ACCESS_TEAM_DOMAIN" | "ACCESS_AUDIENCE">;

/**
 * The e-mail, in lower case, that Cloudflare Access vouches for; null when the token is not one of this application, has
 * expired, or names no person (a service token). Null without Access too.
 * @throws ChipInError `unavailable` when the team's keys cannot be fetched.
 */
export async function accessEmail(
  { ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: audience }: AccessSettings,
  token: string,
  now: Date,
): Promise<string | null> {
  if (!team || !audience) return null;
  const keyId = keyIdOf(token);
  if (keyId === null) return null;
  const keys = await keysOf(team, keyId, now);
  try {
    const { email, exp } = await verifyWithJwks(token, {
      keys,
      allowedAlgorithms: ["RS256"],
      verification: { iss: `https://${team}`, aud: audience },
    });
    return typeof email === "string" && exp !== undefined ? email.trim().toLowerCase() : null;
  } catch {
    return null;
  }
}

function keyIdOf(token: string): string | null {
  try {
    return decode(token).header.kid ?? null;
  } catch {
    return null;
  }
}

async function keysOf(team: string, keyId: string, now: Date): Promise<Keys> {
  const known = cache.get(team);
  const ageMs = known ? now.getTime() - known.at : Number.POSITIVE_INFINITY;
  const isKnown = known?.keys.some(({ kid }) => kid === keyId) ?? false;
  if (known && ageMs < (isKnown ? FRESH_MS : REFETCH_MS)) return known.keys;
  try {
    const { keys } = await untilTimeout(TIMEOUT_MS, async (signal) => {
      const response = await fetch(`https://${team}/cdn-cgi/access/certs`, { signal });
      // Access's key set; what is not one has no key that fits.
      const set = (await response.json()) as { keys: Keys };
      if (!response.ok || !Array.isArray(set.keys)) throw new Error(`answered ${response.status}`);
      return set;
    });
    cache.set(team, { keys, at: now.getTime() });
    return keys;
  } catch (cause) {
    throw new ChipInError("unavailable", "Cloudflare Access's keys cannot be fetched; try again", [], { cause });
  }
}
