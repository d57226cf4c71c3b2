import { describe, expect, it } from "vitest";
import { coarseNetwork, networkOf } from "#fraud/network";

describe("networkOf", () => {
  it.each([
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
  ])("counts %s as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("coarseNetwork", () => {
  it.each([
    ["203.0.113.7", "203.0.113.0/24"],
    ["2001:db8:1:2::/64", "2001:db8:1::/48"],
  ])("says of %s only %s", (network, coarse) => {
    expect(coarseNetwork(network)).toBe(coarse);
  });
});
