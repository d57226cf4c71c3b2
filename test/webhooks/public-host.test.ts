import { describe, expect, it } from "vitest";
import { isPublicAddress } from "#webhooks/address-ranges";
import { type Fetch, judgeHost } from "#webhooks/public-host";

describe("isPublicAddress", () => {
  it.each([
    ...["1.1.1.1", "8.8.8.8", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1"],
    ...["192.169.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::200e"],
    "2001:200::1",
  ])("takes %s for public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9"],
    ...["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1"],
    ...["198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1"],
    ...["255.255.255.255", "::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "100::1"],
    ...["2001::1", "2001:db8::1", "2002:a00:1::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1"],
    ...["0:0:0:0:0:0:0:1", "fe80::1%eth0", "256.1.1.1", "1.2.3", "example.com", "", "::g", "1:2:3"],
  ])("does not take %s for public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

type Zone = Partial<Record<"1" | "28", { Status?: number; Answer?: { type: number; data: string }[] } | "broken">>;

/** A resolver that knows one name. */
const resolver =
  (zone: Zone): Fetch =>
  async (url, init) => {
    const query = new URL(url).searchParams;
    expect(new URL(url).origin).toBe("https://cloudflare-dns.com");
    expect(new Headers(init.headers as Record<string, string>).get("accept")).toBe("application/dns-json");
    expect(query.get("name")).toBe("partner.com");
    const answer = zone[query.get("type") as keyof Zone];
    if (answer === "broken") throw new TypeError("the network is down");
    return Response.json({ Status: 0, ...answer });
  };

const a = (...addresses: string[]) => ({ Answer: addresses.map((data) => ({ type: 1, data })) });
const aaaa = (...addresses: string[]) => ({ Answer: addresses.map((data) => ({ type: 28, data })) });

describe("judgeHost", () => {
  it.each([
    { why: "public over both", zone: { "1": a("8.8.8.8"), "28": aaaa("2606:4700::1") }, verdict: "public" },
    { why: "public over IPv4 only", zone: { "1": a("8.8.8.8") }, verdict: "public" },
    {
      why: "public behind an alias",
      zone: { "1": { Answer: [{ type: 5, data: "edge.partner.com." }, ...a("8.8.8.8").Answer] } },
      verdict: "public",
    },
    { why: "one private among public ones", zone: { "1": a("8.8.8.8", "10.0.0.5") }, verdict: "private" },
    { why: "private over IPv6 only", zone: { "1": a("8.8.8.8"), "28": aaaa("fd00::1") }, verdict: "private" },
    { why: "a metadata service", zone: { "1": a("169.254.169.254") }, verdict: "private" },
    { why: "private, half the answer missing", zone: { "1": a("10.0.0.1"), "28": "broken" }, verdict: "private" },
    { why: "no such name", zone: { "1": { Status: 3 }, "28": { Status: 3 } }, verdict: "unresolvable" },
    { why: "no address at all", zone: {}, verdict: "unresolvable" },
    { why: "its own servers failing", zone: { "1": { Status: 2 }, "28": { Status: 2 } }, verdict: "unresolvable" },
    { why: "half the answer missing", zone: { "1": a("8.8.8.8"), "28": "broken" }, verdict: "unknown" },
    { why: "the resolver away", zone: { "1": "broken", "28": "broken" }, verdict: "unknown" },
  ] satisfies { why: string; zone: Zone; verdict: string }[])("finds $verdict: $why", async ({ zone, verdict }) => {
    expect(await judgeHost("partner.com", resolver(zone))).toBe(verdict);
  });

  it.each([
    { why: "an error", response: () => new Response("bad", { status: 500 }) },
    { why: "not JSON", response: () => new Response("<html>") },
    { why: "JSON of another shape", response: () => Response.json({ hello: "there" }) },
  ])("finds unknown when the resolver answers $why", async ({ response }) => {
    expect(await judgeHost("partner.com", async () => response())).toBe("unknown");
  });
});
