/** One IPv4 range: `network` is the address with the bits outside `mask` cleared. */
export type Ipv4Range = Readonly<{ network: number; mask: number }>;

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/**
 * Parses `197.97.145.144/28` or one address.
 * @throws RangeError naming the entry: a misread range would trust strangers.
 */
export function parseIpv4Range(text: string): Ipv4Range {
  const [address = "", prefix = "32", ...rest] = text.trim().split("/");
  const bits = parseIpv4(address);
  const length = /^\d{1,2}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (bits === null || !(length <= 32) || rest.length > 0) throw new RangeError(`not an IPv4 range: "${text}"`);
  // A shift by 32 is a shift by 0 in JavaScript.
  const mask = length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
  return { network: (bits & mask) >>> 0, mask };
}

/** Whether the address is in one of the ranges. An IPv6 address and null never are. */
export function isListedSource(address: string | null, ranges: readonly Ipv4Range[]): boolean {
  const bits = address === null ? null : parseIpv4(address);
  return bits !== null && ranges.some(({ network, mask }) => (bits & mask) >>> 0 === network);
}

function parseIpv4(text: string): number | null {
  const octets = IPV4.exec(text)?.slice(1).map(Number);
  if (!octets || octets.some((octet) => octet > 255)) return null;
  return octets.reduce((bits, octet) => bits * 256 + octet, 0);
}
