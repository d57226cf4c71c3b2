import type { Settings } from "#platform/settings";
import { checkEndpointUrl, type EndpointUrlCheck } from "./endpoint-url.ts";
import { type Fetch, resolveHost } from "./public-host.ts";

const RESOLVER = "https://cloudflare-dns.com/dns-query";
const LOOPBACK = new Set(["127.0.0.1", "localhost"]);

/** Where the addresses of a host are looked up; null where nothing is, which only development knows. */
export function resolverOf({ ENVIRONMENT, DNS_RESOLVER_URL }: Pick<Settings, "ENVIRONMENT" | "DNS_RESOLVER_URL">) {
  return ENVIRONMENT === "development" ? (DNS_RESOLVER_URL ?? null) : RESOLVER;
}

/** The host of a checked URL whose addresses are to be looked up; null for the machine itself, which the local platform may call. */
export function hostToResolve(url: string): string | null {
  const { hostname } = new URL(url);
  return LOOPBACK.has(hostname) ? null : hostname;
}

/**
 * As `checkEndpointUrl`, and by the addresses behind the host's name. A resolver that does not answer refuses nothing: the host is
 * judged again before each delivery.
 */
export async function judgeEndpointUrl(
  url: string,
  settings: Settings,
  fetch: Fetch = (address, init) => globalThis.fetch(address, init),
): Promise<EndpointUrlCheck> {
  const checked = checkEndpointUrl(url, settings);
  const resolver = resolverOf(settings);
  const host = checked.ok && resolver !== null ? hostToResolve(checked.url) : null;
  if (host === null || resolver === null) return checked;
  switch (await resolveHost(host, fetch, resolver)) {
    case "not_public":
      return { ok: false, reason: "must name a host whose addresses are all on the public internet" };
    case "unresolvable":
      return { ok: false, reason: "must name a host that has an address; its name cannot be resolved" };
    default:
      return checked;
  }
}
