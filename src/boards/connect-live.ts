import { codeOfSlug } from "#domain/slug";
import { BoundedMap } from "#platform/bounded-map";
import { ChipInError } from "#platform/errors";
import { hmacOf } from "#platform/hmac";
import { isFlooding } from "#platform/network";
import { NETWORK_HEADER } from "#platform/objects";
import type { Services } from "#platform/services";
import { isKnownMiss, rememberMiss } from "./board-copies.ts";
import { callBoard } from "./call-board.ts";
import { countMiss, refuseGuesser } from "./guesses.ts";

/** A board that took no more sockets is not asked by this isolate for so long. */
const FULL_FOR_MS = 30_000;
const MAX_REMEMBERED = 10_000;

/** Until when a board, or a network on a board, is known to have all its sockets; in ms since 1970. */
const fullUntil = new BoundedMap<string, number>(MAX_REMEMBERED);

const SENTENCES = {
  403: "Live connections are for our own pages.",
  429: "There are many live connections from your network already.",
  503: "This board has as many live connections as it takes.",
} as const;

/**
 * Hands a page's WebSocket upgrade to its board. Refused are pages of other sites (403), a network that has its share of
 * the board's sockets or asks too often (429), and everybody once the board has all it takes (503). Pages that are refused
 * poll. `network` is null when unknown; nothing is counted for it then.
 */
export async function connectLive(
  services: Services,
  slug: string,
  { request, network }: { request: Request; network: string | null },
): Promise<Response> {
  if (!isOwnPage(services, request)) return refuse(403);
  const now = services.now();
  const code = codeOfSlug(slug);
  if (!code || isKnownMiss(services, code)) return new Response(null, { status: 404 });
  const digest = network === null ? null : digestOf(services, `${code}\n${network}`);
  const share = `${code}\n${digest}`;
  if (isFull(code, now)) return refuse(503);
  if (isFull(share, now)) return refuse(429);
  if (await isFlooding(services, "liveConnections", network)) return refuse(429);
  refuseGuesser(services, code);

  const answer = await askBoard(services, code, digest);
  if (answer?.status === 404) {
    rememberMiss(services, code);
    await countMiss(services);
  }
  if (answer && answer.status !== 429 && answer.status !== 503) return answer;
  const ofNetwork = answer?.status === 429;
  fullUntil.set(ofNetwork ? share : code, now.getTime() + FULL_FOR_MS);
  return refuse(ofNetwork ? 429 : 503);
}

/** Programs send no `Origin`, and browsers always do. The door has refused every host but ours. */
function isOwnPage({ settings }: Services, request: Request): boolean {
  const origin = request.headers.get("Origin");
  return origin === null || origin === settings.PUBLIC_ORIGIN || origin === new URL(request.url).origin;
}

/** Null when the object cannot be reached. A page can do without a socket, so there is no alert. */
async function askBoard(services: Services, code: string, digest: string | null): Promise<Response | null> {
  const headers = { Upgrade: "websocket", ...(digest !== null && { [NETWORK_HEADER]: digest }) };
  try {
    return await callBoard(services, code, (board) => board.fetch(new Request("https://board/live", { headers })));
  } catch (error) {
    if (error instanceof ChipInError && error.code === "unavailable") return null;
    throw error;
  }
}

function refuse(status: keyof typeof SENTENCES): Response {
  const retry = status === 403 ? null : { "Retry-After": String(FULL_FOR_MS / 1_000) };
  return new Response(SENTENCES[status], {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", ...retry },
  });
}

function isFull(key: string, now: Date): boolean {
  return now.getTime() < (fullUntil.get(key) ?? 0);
}

/** Another pepper gives other digests, and each network another one on each board. */
function digestOf({ settings }: Services, subject: string): string {
  return hmacOf(settings.API_KEY_PEPPER).update(`live\n${subject}`).digest("hex").slice(0, 32);
}
