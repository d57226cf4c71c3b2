const IPV6_GROUPS = 8;

/** Ranges that hold no public server: private, loopback, link-local, reserved, unassigned, and IPv4 embedded in IPv6. */
const NON_PUBLIC_RANGES = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  // Outside 2000::/3 no address is given to a server: loopback, private, link-local, multicast, and IPv4 by every embedding
  // (`::ffff:0:0/96` mapped, `::ffff:0:0:0/96` translated, `64:ff9b::/96` by NAT64).
  "::/3",
  "4000::/2",
  "8000::/1",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16", // IPv4 by 6to4
  "3fff::/20",
].map(parseRange);

type Address = { bits: 32 | 128; value: bigint };
type Range = Address & { prefixLength: number };

/** Whether `text` is an IP address on the public internet. False for text that is no IP address. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== null && !NON_PUBLIC_RANGES.some((range) => contains(range, address));
}

function parseRange(cidr: string): Range {
  const [base = "", prefixLength = ""] = cidr.split("/");
  const address = parseAddress(base);
  if (!address) throw new RangeError(`not an address range: ${cidr}`);
  return { ...address, prefixLength: Number(prefixLength) };
}

function contains(range: Range, address: Address): boolean {
  if (range.bits !== address.bits) return false;
  const hostBits = BigInt(range.bits - range.prefixLength);
  return range.value >> hostBits === address.value >> hostBits;
}

function parseAddress(text: string): Address | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  const octets = text.split(".").map(Number);
  if (octets.some((octet) => octet > 255)) return null;
  return { bits: 32, value: octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n) };
}

function parseIpv6(text: string): Address | null {
  // The URL parser reads every notation of IPv6 and writes one: hex groups with at most one `::`.
  const host = URL.parse(`http://[${text}]/`)?.hostname;
  if (!host) return null;
  const [head = "", tail = ""] = host.slice(1, -1).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(IPV6_GROUPS - before.length - after.length).fill("0");
  const groups = [...before, ...zeros, ...after];
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
}
