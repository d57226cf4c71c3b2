import { describe, expect, it } from "vitest";
import { PUBLISHED_SOURCE_CIDRS } from "#payments/payfast/settings";
import { isListedSource, parseIpv4Range } from "#platform/ip-ranges";

describe("isListedSource", () => {
  it.each<[address: string | null, range: string, listed: boolean, why: string]>([
    ["197.97.145.144", "197.97.145.144/28", true, "the first address"],
    ["197.97.145.159", "197.97.145.144/28", true, "the last address"],
    ["197.97.145.143", "197.97.145.144/28", false, "one below"],
    ["197.97.145.160", "197.97.145.144/28", false, "one above"],
    ["41.74.179.223", "41.74.179.192/27", true, "a wider range"],
    ["144.126.193.139", "144.126.193.139", true, "a single address"],
    ["144.126.193.138", "144.126.193.139/32", false, "not that single address"],
    ["197.97.145.150", "197.97.145.155/28", true, "a range written from its middle"],
    ["255.255.255.255", "128.0.0.0/1", true, "the upper half of all addresses"],
    ["127.255.255.255", "128.0.0.0/1", false, "the lower half"],
    ["8.8.8.8", "0.0.0.0/0", true, "everything"],
    ["256.97.145.150", "0.0.0.0/0", false, "no address"],
    ["197.97.145", "0.0.0.0/0", false, "part of an address"],
    ["", "0.0.0.0/0", false, "an empty address"],
    ["::ffff:8.8.8.8", "0.0.0.0/0", false, "an IPv6 address"],
    [null, "0.0.0.0/0", false, "an unknown address"],
  ])("%s in %s: %s (%s)", (address, range, listed) => {
    expect(isListedSource(address, [parseIpv4Range(range)])).toBe(listed);
  });

  it("looks at every range, and lists nobody when there is none", () => {
    const ranges = PUBLISHED_SOURCE_CIDRS.map(parseIpv4Range);

    expect(isListedSource("102.216.36.129", ranges)).toBe(true);
    expect(isListedSource("102.216.36.1", ranges)).toBe(true);
    expect(isListedSource("102.216.36.64", ranges)).toBe(false);
    expect(isListedSource("102.216.36.129", [])).toBe(false);
  });
});

describe("parseIpv4Range", () => {
  it.each(["", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8/8", "1.2.3.400", "::1/128"])(
    "refuses %j by name",
    (text) => {
      expect(() => parseIpv4Range(text)).toThrow(new RangeError(`not an IPv4 range: "${text}"`));
    },
  );
});
