import { expect, it } from "vitest";
import { coarseNetwork, limitKeyOf, networkOf, widerNetworksOf } from "#platform/network";

it("networkOf counts IPv4 by address, IPv6 by its /64, IPv4-mapped IPv6 as IPv4, and other text not at all", () => {
  const rows: [address: string | null, network: string | null][] = [
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:1::", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["2001:db8::203.0.113.7", "2001:db8:0:0::/64"],
    [null, null],
    ["", null],
    ["unknown", null],
    ["203.0.113.7, 198.51.100.1", null],
    ["203.0.113", null],
    ["fe80::1%eth0", null],
    ["::1]/", null],
  ];
  expect(rows.map(([address]) => [address, networkOf(address)])).toEqual(rows);
});

it("coarseNetwork keeps the /24 of IPv4 and the /48 of IPv6", () => {
  expect(coarseNetwork("203.0.113.7")).toBe("203.0.113.0/24");
  expect(coarseNetwork("2001:db8:1:2::/64")).toBe("2001:db8:1::/48");
});

it("widerNetworksOf gives the /56 and the /48 around an IPv6 /64, and nothing around an IPv4 address", () => {
  const rows: [network: string, of56: string, of48: string][] = [
    ["2001:db8:1:2::/64", "2001:db8:1:0::/56", "2001:db8:1::/48"],
    ["2001:db8:1:ff::/64", "2001:db8:1:0::/56", "2001:db8:1::/48"],
    ["2001:db8:1:12ff::/64", "2001:db8:1:1200::/56", "2001:db8:1::/48"],
    ["0:0:0:0::/64", "0:0:0:0::/56", "0:0:0::/48"],
  ];
  expect(rows.map(([network]) => [network, widerNetworksOf(network)])).toEqual(
    rows.map(([network, of56, of48]) => [network, { of56, of48 }]),
  );
  expect(widerNetworksOf("203.0.113.7")).toBeNull();
});

it("limitKeyOf is the network of the address that the edge vouches for, and no other header is believed", () => {
  const of = (headers: Record<string, string>) => limitKeyOf({ headers: new Headers(headers) });

  expect(of({ "CF-Connecting-IP": "2001:db8:1:2:3::4", "X-Forwarded-For": "203.0.113.7" })).toBe("2001:db8:1:2::/64");
  expect(of({ "X-Forwarded-For": "203.0.113.7", "True-Client-IP": "203.0.113.8" })).toBeNull();
});
