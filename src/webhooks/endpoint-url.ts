import type { Settings } from "#platform/settings";

/** The labels before our domain: staging's hosts are below production's, and the API's below the pages'. */
const BEFORE_DOMAIN = /^((api|staging|www)\.)+/;

const PORTS = new Set(["", "443", "8443"]); // "" is the default port of the scheme

/** Top-level names that exist only inside private networks, or nowhere. */
const PRIVATE_SUFFIXES = [
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "home.arpa",
  "test",
  "invalid",
  "onion",
];

const MAX_URL_LENGTH = 2_048;
const MAX_HOST_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;
const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost"]);

export type EndpointUrlCheck = { ok: true; url: string } | { ok: false; reason: string };

/**
 * Whether webhooks may be sent to `url`, by its text alone; `resolveHost` checks the addresses behind its name before each
 * delivery. The result holds the parsed URL, and only that one may be called. The local platform also accepts `http` and
 * any port on loopback. (platform-facts 8.3)
 */
export function checkEndpointUrl(
  url: string,
  settings: Pick<Settings, "LOCAL_PLATFORM" | "PUBLIC_ORIGIN" | "API_ORIGIN">,
): EndpointUrlCheck {
  if (url.length > MAX_URL_LENGTH) return refuse(`must be at most ${MAX_URL_LENGTH} characters`);
  // The URL parser drops these silently, so the URL that is called would differ from the one that was read.
  if (/[\s\p{Cc}]/u.test(url)) return refuse("must not contain spaces or control characters");
  const parsed = URL.parse(url);
  if (!parsed) return refuse("is not a URL");
  if (parsed.username || parsed.password) return refuse("must not contain credentials");
  parsed.hash = "";
  // Characters outside ASCII grow when they are percent-encoded.
  if (parsed.href.length > MAX_URL_LENGTH) return refuse(`must be at most ${MAX_URL_LENGTH} characters`);

  const host = parsed.hostname.replace(/\.+$/, "").toLowerCase();
  const isHttp = parsed.protocol === "https:" || parsed.protocol === "http:";
  if (settings.LOCAL_PLATFORM && isHttp && LOOPBACK_HOSTS.has(host)) return { ok: true, url: parsed.href };

  if (parsed.protocol !== "https:") return refuse("must begin with https://");
  if (!PORTS.has(parsed.port)) return refuse("must use port 443 or 8443");
  // The URL parser has already written decimal, octal, hex and short forms of IPv4 as four numbers.
  if (host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host)) return refuse("must name a host, not an IP address");
  const labels = host.split(".");
  if (host.length > MAX_HOST_LENGTH || labels.some(({ length }) => length === 0 || length > MAX_LABEL_LENGTH)) {
    return refuse("must name a host that can exist");
  }
  if (labels.length === 1 || PRIVATE_SUFFIXES.some((suffix) => isWithin(host, suffix))) {
    return refuse("must name a host on the public internet");
  }
  if (ownDomains(settings).some((domain) => isWithin(host, domain))) {
    return refuse("must not be one of our own addresses");
  }
  return { ok: true, url: parsed.href };
}

/** Our own domains, with all below them: a webhook to them would reach our API from inside. */
function ownDomains({ PUBLIC_ORIGIN, API_ORIGIN }: Pick<Settings, "PUBLIC_ORIGIN" | "API_ORIGIN">): string[] {
  const origins = API_ORIGIN ? [PUBLIC_ORIGIN, API_ORIGIN] : [PUBLIC_ORIGIN];
  return origins.map((origin) => new URL(origin).hostname.replace(BEFORE_DOMAIN, ""));
}

const isWithin = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`);
const refuse = (reason: string): EndpointUrlCheck => ({ ok: false, reason });
