import { expect, it } from "vitest";
import { isPublicAddress } from "#webhooks/address-ranges";
import { type Fetch, resolveHost } from "#webhooks/public-host";

it("isPublicAddress accepts addresses just outside the reserved ranges, in every notation", () => {
  const addresses = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::200e",
    "2001:200::1",
    "2000::1",
    "3ffe::1",
    "2606:4700:4700:0:0:0:0:1111",
    "2606:4700:1:2:3:4:5:6",
    "2A00:1450:4001:0802:0000:0000:0000:200E",
  ];
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});

it("isPublicAddress refuses every reserved range to its edges, and text that is no address", () => {
  const texts = [
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.0",
    "127.255.255.255",
    "169.254.0.0",
    "169.254.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.255",
    "192.0.2.0",
    "192.0.2.255",
    "192.88.99.0",
    "192.88.99.255",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.0",
    "198.51.100.255",
    "203.0.113.0",
    "203.0.113.255",
    "224.0.0.0",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:127.0.0.1",
    "0:0:0:0:0:ffff:7f00:1",
    "::ffff:0:127.0.0.1",
    "::ffff:0:8.8.8.8",
    "::fffe:0:0:1",
    "::1:0:0:0",
    "64:ff9b::127.0.0.1",
    "64:ff9b::8.8.8.8",
    "1fff:ffff::1",
    "4000::1",
    "7fff::1",
    "8000::1",
    "ffff::1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "0:0:0:0:0:0:0:1",
    "fd12:3456:0:1:2:3:4:5",
    "fe80::1%eth0",
    "256.1.1.1",
    "1.1.1.256",
    "1.2.3",
    "1.2.3.4.5",
    "example.com",
    "",
    "::g",
    "1:2:3",
  ];
  expect(texts.filter(isPublicAddress)).toEqual([]);
});

const RESOLVER = "https://resolver.example/dns-query";

type Answer = { Status?: number; Answer?: { type: number; data: string }[] };
type Zone = Partial<Record<"1" | "28", Answer | "broken">>;

/** A resolver of one name. */
const resolver =
  (zone: Zone): Fetch =>
  async (url, init) => {
    const query = new URL(url).searchParams;
    expect(url.startsWith(`${RESOLVER}?`)).toBe(true);
    expect(new Headers(init.headers as Record<string, string>).get("accept")).toBe("application/dns-json");
    expect(query.get("name")).toBe("partner.com");
    const answer = zone[query.get("type") as keyof Zone];
    if (answer === "broken") throw new TypeError("the network is down");
    return Response.json({ Status: 0, ...answer });
  };

const a = (...addresses: string[]) => ({ Answer: addresses.map((data) => ({ type: 1, data })) });
const aaaa = (...addresses: string[]) => ({ Answer: addresses.map((data) => ({ type: 28, data })) });
const ALIAS = { type: 5, data: "edge.partner.com." };

it("resolveHost judges a name by all of its addresses", async () => {
  const rows: [why: string, zone: Zone, expected: string][] = [
    ["public over both protocols", { "1": a("8.8.8.8"), "28": aaaa("2606:4700::1") }, "public"],
    ["public over IPv4 only", { "1": a("8.8.8.8") }, "public"],
    ["public behind an alias", { "1": { Answer: [ALIAS, ...a("8.8.8.8").Answer] } }, "public"],
    ["one private address among public ones", { "1": a("8.8.8.8", "10.0.0.5") }, "not_public"],
    ["private over IPv6 only", { "1": a("8.8.8.8"), "28": aaaa("fd00::1") }, "not_public"],
    ["private over IPv4, no answer for IPv6", { "1": a("10.0.0.1"), "28": "broken" }, "not_public"],
    ["no such name", { "1": { Status: 3 }, "28": { Status: 3 } }, "unresolvable"],
    ["only an alias", { "1": { Answer: [ALIAS] } }, "unresolvable"],
    ["the name's own servers failing", { "1": { Status: 2 }, "28": { Status: 2 } }, "unresolvable"],
    ["public over IPv4, the servers fail for IPv6", { "1": a("8.8.8.8"), "28": { Status: 2 } }, "unresolvable"],
    ["refused for IPv4, public over IPv6", { "1": { Status: 5 }, "28": aaaa("2606:4700::1") }, "unresolvable"],
    ["an address beside a failure", { "1": { Status: 2, ...a("8.8.8.8") } }, "unresolvable"],
    ["private over IPv4, the servers fail for IPv6", { "1": a("10.0.0.1"), "28": { Status: 2 } }, "not_public"],
    ["no such name for IPv6", { "1": a("8.8.8.8"), "28": { Status: 3 } }, "public"],
    ["no answer for IPv4, the servers fail for IPv6", { "1": "broken", "28": { Status: 2 } }, "unknown"],
    ["public over IPv4, no answer for IPv6", { "1": a("8.8.8.8"), "28": "broken" }, "unknown"],
    ["no answer at all", { "1": "broken", "28": "broken" }, "unknown"],
  ];
  const found = await Promise.all(
    rows.map(async ([why, zone]) => [why, zone, await resolveHost("partner.com", resolver(zone), RESOLVER)]),
  );
  expect(found).toEqual(rows);
});

it("resolveHost returns unknown when the answer of the resolver is unusable", async () => {
  const answers = [
    () => new Response('{"Status":0}', { status: 500 }),
    () => new Response("<html>"),
    () => Response.json({ hello: "there" }),
  ];
  const found = await Promise.all(answers.map((answer) => resolveHost("partner.com", async () => answer(), RESOLVER)));
  expect(found).toEqual(["unknown", "unknown", "unknown"]);
});
