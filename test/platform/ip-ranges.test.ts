import { expect, it } from "vitest";
import { PUBLISHED_SOURCE_CIDRS } from "#payments/payfast/settings";
import { isListedSource, parseIpv4Range } from "#platform/ip-ranges";

it("isListedSource accepts an IPv4 address inside a range and nothing else", () => {
  const rows: [address: string | null, range: string, listed: boolean][] = [
    ["197.97.145.144", "197.97.145.144/28", true],
    ["197.97.145.159", "197.97.145.144/28", true],
    ["197.97.145.143", "197.97.145.144/28", false],
    ["197.97.145.160", "197.97.145.144/28", false],
    ["41.74.179.223", "41.74.179.192/27", true],
    ["144.126.193.139", "144.126.193.139", true],
    ["144.126.193.138", "144.126.193.139/32", false],
    ["197.97.145.150", "197.97.145.155/28", true],
    ["255.255.255.255", "128.0.0.0/1", true],
    ["127.255.255.255", "128.0.0.0/1", false],
    ["8.8.8.8", "0.0.0.0/0", true],
    ["256.97.145.150", "0.0.0.0/0", false],
    ["197.97.145", "0.0.0.0/0", false],
    ["", "0.0.0.0/0", false],
    ["::ffff:8.8.8.8", "0.0.0.0/0", false],
    [null, "0.0.0.0/0", false],
  ];
  const found = rows.map(([address, range]) => [address, range, isListedSource(address, [parseIpv4Range(range)])]);
  expect(found).toEqual(rows);
});

it("isListedSource checks every range, and no address is listed without ranges", () => {
  const ranges = PUBLISHED_SOURCE_CIDRS.map(parseIpv4Range);

  expect(isListedSource("102.216.36.129", ranges)).toBe(true);
  expect(isListedSource("102.216.36.1", ranges)).toBe(true);
  expect(isListedSource("102.216.36.64", ranges)).toBe(false);
  expect(isListedSource("102.216.36.129", [])).toBe(false);
});

it("parseIpv4Range refuses malformed ranges by name", () => {
  for (const text of [
    "",
    "x",
    "1.2.3",
    "1.2.3.4/33",
    "1.2.3.4/",
    "1.2.3.4/-1",
    "1.2.3.4/8/8",
    "1.2.3.400",
    "::1/128",
  ]) {
    expect(() => parseIpv4Range(text)).toThrow(new RangeError(`not an IPv4 range: "${text}"`));
  }
});
