import { parseIpAddress } from "#platform/ip-address";

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
