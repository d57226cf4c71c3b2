import { z } from "zod";
import { untilTimeout } from "#platform/in-time";
import { isPublicAddress } from "./address-ranges.ts";

const RESOLVER_TIMEOUT_MS = 5_000;
const RECORD_TYPES = { a: 1, aaaa: 28 };

/** NOERROR and NXDOMAIN. Any other code, such as SERVFAIL, says that the name's servers gave no answer. */
const ANSWERED = [0, 3];

const DnsAnswer = z.object({
  Status: z.number(),
  Answer: z.array(z.object({ type: z.number(), data: z.string() })).default([]),
});

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type HostAddresses =
  | "public"
  | "not_public"
  /** The name has no address, or its servers do not say which. */
  | "unresolvable"
  /** The resolver gave no usable answer, so nothing is known about the name. */
  | "unknown";

/**
 * Resolves `hostname` at `resolver`, which speaks DNS over HTTPS in JSON, one query after the other: of six connections that may wait for an answer it takes one. One
 * address that is not public is enough for `not_public`, because the runtime chooses which address a request goes to.
 * (platform-facts 8.3)
 */
export async function resolveHost(hostname: string, fetch: Fetch, resolver: string): Promise<HostAddresses> {
  const answers = [
    await resolveRecords(hostname, RECORD_TYPES.a, fetch, resolver),
    await resolveRecords(hostname, RECORD_TYPES.aaaa, fetch, resolver),
  ];
  const addresses = answers.flatMap((answer) => (Array.isArray(answer) ? answer : []));
  if (addresses.some((address) => !isPublicAddress(address))) return "not_public";
  // The missing answer may hold an address that is not public.
  if (answers.includes(null)) return "unknown";
  if (answers.includes("unanswered")) return "unresolvable";
  return addresses.length > 0 ? "public" : "unresolvable";
}

/** The addresses in the records of one type; null when the resolver gave no usable answer. */
async function resolveRecords(
  name: string,
  type: number,
  fetch: Fetch,
  resolver: string,
): Promise<string[] | "unanswered" | null> {
  try {
    const query = new URLSearchParams({ name, type: String(type) });
    const headers = { accept: "application/dns-json" };
    const answer = await untilTimeout(RESOLVER_TIMEOUT_MS, async (signal) => {
      const response = await fetch(`${resolver}?${query}`, { headers, signal });
      return response.ok ? await response.json() : null;
    });
    if (answer === null) return null;
    const { Status, Answer } = DnsAnswer.parse(answer);
    if (!ANSWERED.includes(Status)) return "unanswered";
    return Answer.filter((record) => record.type === type).map(({ data }) => data);
  } catch {
    return null;
  }
}
