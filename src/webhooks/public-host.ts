import { z } from "zod";
import { isPublicAddress } from "./address-ranges.ts";

const RESOLVER = "https://cloudflare-dns.com/dns-query";
const RESOLVER_TIMEOUT_MS = 5_000;
const A = 1;
const AAAA = 28;

const DnsAnswer = z.object({
  Status: z.number(),
  Answer: z.array(z.object({ type: z.number(), data: z.string() })).default([]),
});

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** `unknown` says something about the resolver, the others about the name. */
export type HostVerdict = "public" | "private" | "unresolvable" | "unknown";

/**
 * What `hostname` resolves to right now, asked over HTTPS. One private address among many public ones is enough to
 * refuse: we cannot choose which of them the request then goes to. (platform-facts 8.3)
 */
export async function judgeHost(hostname: string, fetch: Fetch): Promise<HostVerdict> {
  const answers = await Promise.all([resolve(hostname, A, fetch), resolve(hostname, AAAA, fetch)]);
  const addresses = answers.flatMap((answer) => answer?.addresses ?? []);
  if (addresses.some((address) => !isPublicAddress(address))) return "private";
  // Half an answer may be the harmless half.
  if (answers.includes(null)) return "unknown";
  return addresses.length > 0 ? "public" : "unresolvable";
}

async function resolve(name: string, type: number, fetch: Fetch): Promise<{ addresses: string[] } | null> {
  try {
    const query = new URLSearchParams({ name, type: String(type) });
    const response = await fetch(`${RESOLVER}?${query}`, {
      headers: { accept: "application/dns-json" },
      signal: AbortSignal.timeout(RESOLVER_TIMEOUT_MS),
    });
    if (!response.ok) return null;
    const { Answer } = DnsAnswer.parse(await response.json());
    return { addresses: Answer.filter((answer) => answer.type === type).map(({ data }) => data) };
  } catch {
    return null;
  }
}
