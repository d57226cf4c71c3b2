import { describe, expect, it } from "vitest";
import { addressList, isAddressRange } from "#platform/address-list";

describe("addressList", () => {
  const list = addressList(["203.0.113.7", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8:2::5"]);

  it("an address is in the list when a network of its version holds it, however it is spelt", () => {
    const rows: [string | null, boolean][] = [
      ["203.0.113.7", true],
      ["203.0.113.8", false],
      ["198.51.100.0", true],
      ["198.51.100.255", true],
      ["198.51.101.0", false],
      ["::ffff:198.51.100.9", true],
      ["2001:db8:1:ffff::1", true],
      ["2001:0DB8:0001::1", true],
      ["2001:db8:3::1", false],
      ["2001:db8:2::5", true],
      ["2001:db8:2:0:0:0:0:5", true],
      ["2001:db8:2::6", false],
      ["no address", false],
      ["", false],
      [null, false],
    ];

    expect(rows.map(([address]) => [address, list.includes(address)])).toEqual(rows);
  });

  it("a network of length 0 holds every address of its version and none of the other", () => {
    const everyIpv4 = addressList(["0.0.0.0/0"]);

    expect([everyIpv4.includes("203.0.113.7"), everyIpv4.includes("2001:db8::1")]).toEqual([true, false]);
  });

  it("what is no address and no network is refused by name", () => {
    for (const entry of [
      "",
      "203.0.113",
      "203.0.113.0/33",
      "203.0.113.0/",
      "203.0.113.0/24/1",
      "2001:db8::/129",
      "2001:db8::1%eth0",
      "example.com",
    ]) {
      expect(isAddressRange(entry)).toBe(false);
      expect(() => addressList([entry])).toThrow(`"${entry}"`);
    }
  });
});
