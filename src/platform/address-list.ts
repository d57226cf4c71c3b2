import { BlockList, isIP } from "node:net";

/** Addresses and networks, of both versions. An IPv4-mapped IPv6 address counts as IPv4. */
export type AddressList = Readonly<{ includes(address: string | null): boolean }>;

/** Whether a text is an address or a network in CIDR form: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. */
export function isAddressRange(text: string): boolean {
  return parse(text) !== null;
}

/** @throws RangeError naming the entry: a misread range would trust strangers. */
export function addressList(entries: readonly string[]): AddressList {
  const ranges = new BlockList();
  for (const entry of entries) {
    const range = parse(entry);
    if (!range) throw new RangeError(`not an address or a network: "${entry}"`);
    ranges.addSubnet(range.address, range.prefix, range.family);
  }
  return {
    includes(address) {
      const version = address === null ? 0 : isIP(address);
      return address !== null && version !== 0 && ranges.check(address, version === 4 ? "ipv4" : "ipv6");
    },
  };
}

function parse(text: string): { address: string; prefix: number; family: "ipv4" | "ipv6" } | null {
  const [address = "", length, ...rest] = text.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  const longest = version === 4 ? 32 : 128;
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest);
  if (version === 0 || !isLength || rest.length > 0) return null;
  return { address, prefix: Number(length ?? longest), family: version === 4 ? "ipv4" : "ipv6" };
}
