import { isTakealotAddress } from "#domain/takealot";
import { untilTimeout } from "#platform/in-time";
import { readCapped } from "#platform/read-capped";
import type { Services } from "#platform/services";

const TIMEOUT_MS = 8_000;
const MAX_REDIRECTS = 3;
const USER_AGENT = "ChipIn/1.0";
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export type GiftDeps = Readonly<{ fetch: typeof fetch }>;

/**
 * The body at an address of Takealot, `maxBytes` at most, or null: another status, too large, too slow, or led elsewhere. Each
 * address on the way is judged. The local platform answers in Takealot's place, by http; production asks Takealot, which is known
 * to answer servers with 403.
 */
export async function fetchTakealot(
  { settings }: Pick<Services, "settings">,
  address: string,
  maxBytes: number,
  { fetch }: GiftDeps, // Workers refuse a `fetch` that is called as a method of another object.
): Promise<Uint8Array | null> {
  const follow = async (signal: AbortSignal) => {
    let next = address;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      if (!isTakealotAddress(next)) return null;
      const response = await fetch(whereToAsk(settings.TAKEALOT_BASE_URL, next), {
        headers: { "User-Agent": USER_AGENT, Accept: "text/html,image/*;q=0.9" },
        redirect: "manual",
        signal,
      });
      if (!REDIRECTS.has(response.status)) return response.ok ? await readCapped(response.body, maxBytes) : null;
      await response.body?.cancel();
      next = new URL(response.headers.get("Location") ?? "", next).href;
    }
    return null;
  };
  return await untilTimeout(TIMEOUT_MS, follow).catch(() => null);
}

function whereToAsk(localBase: string | undefined, address: string): string {
  if (localBase === undefined) return address;
  const { pathname, search } = new URL(address);
  return localBase + pathname + search;
}
