import type { CopyProblem } from "#domain/pictures";
import { untilTimeout } from "#platform/in-time";
import { readCapped } from "#platform/read-capped";
import type { Settings } from "#platform/settings";
import { checkEndpointUrl } from "#webhooks/endpoint-url";
import { hostToResolve, resolverOf } from "#webhooks/judge-endpoint-url";
import { type Fetch, resolveHost } from "#webhooks/public-host";

const MAX_BYTES = 5_000_000;
const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;
const HEADERS = { Accept: "image/webp, image/jpeg, image/png", "User-Agent": "ChipIn-Pictures/1.0" };

/**
 * The file at an address that somebody gave us. Each address on the way must lead to the public internet, by its text and by
 * what its name resolves to. What the host says of the file's type does not count.
 */
export async function fetchPicture(
  settings: Settings,
  address: string,
  { fetch, timeoutMs = TIMEOUT_MS }: { fetch: Fetch; timeoutMs?: number },
): Promise<Uint8Array | CopyProblem> {
  const follow = async (signal: AbortSignal): Promise<Uint8Array | CopyProblem> => {
    let asked = address;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const judged = await judge(asked, settings, fetch);
      if ("problem" in judged) return judged.problem;
      const answer = await fetch(judged.url, { headers: HEADERS, redirect: "manual", signal });
      const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get("Location") : null;
      if (location === null) return await readPicture(answer);
      await answer.body?.cancel();
      asked = URL.parse(location, judged.url)?.href ?? "";
    }
    return "too_many_redirects";
  };
  // The host hung up, or took too long.
  return await untilTimeout(timeoutMs, follow).catch(() => "unreachable" as const);
}

/** The address as it may be asked. */
async function judge(
  address: string,
  settings: Settings,
  fetch: Fetch,
): Promise<{ url: string } | { problem: CopyProblem }> {
  const checked = checkEndpointUrl(address, settings);
  if (!checked.ok) return { problem: "not_public" };
  const resolver = resolverOf(settings);
  const host = resolver === null ? null : hostToResolve(checked.url);
  const addresses = host === null || resolver === null ? "public" : await resolveHost(host, fetch, resolver);
  if (addresses === "not_public") return { problem: "not_public" };
  return addresses === "public" ? { url: checked.url } : { problem: "unreachable" };
}

async function readPicture({ ok, body, headers }: Response): Promise<Uint8Array | CopyProblem> {
  const isAnnouncedTooLarge = Number(headers.get("Content-Length") ?? 0) > MAX_BYTES;
  if (!ok || !body || isAnnouncedTooLarge) {
    await body?.cancel();
    return ok && isAnnouncedTooLarge ? "too_large" : "not_found";
  }
  return (await readCapped(body, MAX_BYTES)) ?? "too_large";
}
