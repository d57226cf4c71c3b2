import { parseIpAddress } from "./ip-address.ts";
import type { BoardServices, FloodLimits } from "./services.ts";

/**
 * The network that an address is counted under: IPv4 as it is, IPv6 by its /64, which one customer gets
 * (`2001:db8:1:2::/64`), IPv4-mapped IPv6 as IPv4. Null for text that is no address.
 */
export function networkOf(ipAddress: string | null): string | null {
  const address = parseIpAddress(ipAddress);
  if (!address?.includes(":")) return address;
  const groups = groupsOf(address);
  if (!groups) return null;
  if (groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff") return ipv4Of(groups.slice(6));
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** The network of a request's sender, under which whatever it sends is limited. Null when its address is not known. */
export function limitKeyOf({ headers }: Pick<Request, "headers">): string | null {
  return networkOf(headers.get("CF-Connecting-IP"));
}

/**
 * The networks around an IPv6 /64: the /56 that many providers give a household, and the /48 that anybody can rent. Null for
 * IPv4, where nobody has addresses to spare.
 */
export function widerNetworksOf(network: string): { of56: string; of48: string } | null {
  if (!network.includes(":")) return null;
  const [first, second, third, fourth = "0"] = network.split(":");
  const of48 = `${first}:${second}:${third}`;
  return { of48: `${of48}::/48`, of56: `${of48}:${(Number.parseInt(fourth, 16) & 0xff00).toString(16)}::/56` };
}

/**
 * Counts one request of a network under a coarse limit, and under the common one of its IPv6 /48. True when either is
 * exceeded. A sender whose address is not known is not counted: at Cloudflare every one is.
 */
export async function isFlooding(
  { floodLimits }: Pick<BoardServices, "floodLimits">,
  limit: Exclude<keyof FloodLimits, "wideNetworks" | "allAttempts">,
  network: string | null,
): Promise<boolean> {
  if (network === null) return false;
  const wider = widerNetworksOf(network);
  const answers = await Promise.all([
    floodLimits[limit].limit({ key: network }),
    ...(wider ? [floodLimits.wideNetworks.limit({ key: `${limit} ${wider.of48}` })] : []),
  ]);
  return answers.some(({ success }) => !success);
}

/** The part of a network that a log may hold: it names a region, not a person. */
export function coarseNetwork(network: string): string {
  if (!network.includes(":")) return `${network.split(".").slice(0, 3).join(".")}.0/24`;
  return `${network.split(":").slice(0, 3).join(":")}::/48`;
}

/** All eight groups of an IPv6 address, in lower-case hex without leading zeros. */
function groupsOf(address: string): string[] | null {
  // The URL parser reads every notation of IPv6 and writes one.
  const host = URL.parse(`http://[${address}]/`)?.hostname;
  if (!host) return null;
  const [head = "", tail = ""] = host.slice(1, -1).split("::");
  const before = head.split(":").filter(Boolean);
  const after = tail.split(":").filter(Boolean);
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}

function ipv4Of(groups: readonly string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((pair) => [pair >> 8, pair & 0xff])
    .join(".");
}
