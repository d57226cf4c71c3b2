/** Addresses that are not somebody's public server: private, loopback, link-local, reserved, and IPv4 in disguise. */
const NOT_PUBLIC = [
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
  "::/96", // unspecified, loopback, and the old "compatible" form of IPv4
  "::ffff:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
].map(parseRange);

type Address = { bits: 32 | 128; value: bigint };

/** Whether `text` is an IP address a stranger on the internet could reach. What is not an address is not public. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== null && !NOT_PUBLIC.some((range) => contains(range, address));
}

function parseRange(cidr: string): Address & { prefix: number } {
  const [base = "", prefix = ""] = cidr.split("/");
  const address = parseAddress(base);
  if (!address) throw new RangeError(`not an address range: ${cidr}`);
  return { ...address, prefix: Number(prefix) };
}

function contains(range: Address & { prefix: number }, address: Address): boolean {
  if (range.bits !== address.bits) return false;
  const ignored = BigInt(range.bits - range.prefix);
  return range.value >> ignored === address.value >> ignored;
}

function parseAddress(text: string): Address | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const octets = text.split(".").map(Number);
    if (octets.some((octet) => octet > 255)) return null;
    return { bits: 32, value: octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n) };
  }
  // The URL parser knows every way to write IPv6 and gives back one: groups of hex, at most one `::`.
  const host = text.includes(":") ? URL.parse(`http://[${text}]/`)?.hostname : undefined;
  if (!host) return null;
  const [head = "", tail] = host.slice(1, -1).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
}
