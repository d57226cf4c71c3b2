/** Ours and everything below it: a webhook to ourselves would be a way around our own front door. */
const OWN_DOMAINS = ["chipin.co.za"];

const PORTS = new Set(["", "443", "8443"]); // "" is the scheme's own

/** Names that mean something only inside somebody's network. */
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
const LOOPBACK = new Set(["127.0.0.1", "localhost"]);

export type EndpointUrlOptions = Readonly<{
  /** Only the local platform and tests: `http` to 127.0.0.1 or localhost, on any port. */
  allowLoopback: boolean;
  /** Origins we answer on in this environment, refused beside our own domain. */
  ownOrigins?: readonly string[];
}>;

export type EndpointUrlCheck = { ok: true; url: string } | { ok: false; reason: string };

/**
 * Whether we may ever send to `url`, by its looks alone; what its name resolves to is asked when we send. The URL that
 * comes back is the parsed one: what was checked is what is called. (platform-facts 8.3)
 */
export function checkEndpointUrl(url: string, options: EndpointUrlOptions): EndpointUrlCheck {
  if (url.length > MAX_URL_LENGTH) return refuse(`must be at most ${MAX_URL_LENGTH} characters`);
  // The parser would silently drop these, and what a person reads would not be what we call.
  if (/[\s\p{Cc}]/u.test(url)) return refuse("must not contain spaces or control characters");
  const parsed = URL.parse(url);
  if (!parsed) return refuse("is not a URL");
  if (parsed.username || parsed.password) return refuse("must not contain credentials");
  parsed.hash = "";
  // What is not ASCII grows when it is encoded.
  if (parsed.href.length > MAX_URL_LENGTH) return refuse(`must be at most ${MAX_URL_LENGTH} characters`);

  const host = parsed.hostname.replace(/\.+$/, "").toLowerCase();
  const web = parsed.protocol === "https:" || parsed.protocol === "http:";
  if (options.allowLoopback && web && LOOPBACK.has(host)) return { ok: true, url: parsed.href };

  if (parsed.protocol !== "https:") return refuse("must begin with https://");
  if (!PORTS.has(parsed.port)) return refuse("must use port 443 or 8443");
  // The parser has already turned decimal, octal, hex and short forms of IPv4 into four numbers.
  if (host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host)) return refuse("must name a host, not an IP address");
  if (
    host.length > MAX_HOST_LENGTH ||
    host.split(".").some((label) => label.length === 0 || label.length > MAX_LABEL_LENGTH)
  ) {
    return refuse("must name a host that can exist");
  }
  if (!host.includes(".")) return refuse("must name a host on the public internet");
  if (PRIVATE_SUFFIXES.some((suffix) => isWithin(host, suffix))) {
    return refuse("must name a host on the public internet");
  }
  const own = [...OWN_DOMAINS, ...(options.ownOrigins ?? []).map((origin) => new URL(origin).hostname)];
  if (own.some((domain) => isWithin(host, domain))) return refuse("must not be one of our own addresses");
  return { ok: true, url: parsed.href };
}

const MAX_HOST_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

const isWithin = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`);
const refuse = (reason: string): EndpointUrlCheck => ({ ok: false, reason });
