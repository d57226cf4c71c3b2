import { BoundedMap } from "#platform/bounded-map";
import { ChipInError } from "#platform/errors";
import { isFlooding, networkOf } from "#platform/network";
import type { BoardServices, FloodLimit } from "#platform/services";

/** A network that guessed too often wakes no object for so long, in this isolate. */
const REFUSED_MS = 60_000;
const MAX_NETWORKS = 5_000;
const MAX_BOARDS = 10_000;

type Memory = { refusedUntil: BoundedMap<string, number>; known: BoundedMap<string, true> };

/** One for each binding, which lives as long as its isolate. */
const memories = new WeakMap<FloodLimit, Memory>();

function memoryOf({ floodLimits }: BoardServices): Memory {
  const known = memories.get(floodLimits.missedBoards);
  if (known) return known;
  const memory: Memory = { refusedUntil: new BoundedMap(MAX_NETWORKS), known: new BoundedMap(MAX_BOARDS) };
  memories.set(floodLimits.missedBoards, memory);
  return memory;
}

/**
 * Every link that leads nowhere wakes an object, so guessing them is limited by network. A board that this isolate has seen
 * is never refused: guests who share a guesser's address go on.
 * @throws ChipInError `rate_limited`.
 */
export function refuseGuesser(services: BoardServices, code: string): void {
  const memory = memoryOf(services);
  const network = networkOf(services.origin.ipAddress);
  if (network === null || memory.known.get(code)) return;
  if (services.now().getTime() < (memory.refusedUntil.get(network) ?? 0)) {
    throw new ChipInError("rate_limited", "Too many links from your network lead nowhere; wait a minute");
  }
}

/** There is a board with this code. */
export function rememberBoard(services: BoardServices, code: string): void {
  memoryOf(services).known.set(code, true);
}

/** The sender of this request asked for what is not there. */
export async function countMiss(services: BoardServices): Promise<void> {
  const network = networkOf(services.origin.ipAddress);
  if (network === null || !(await isFlooding(services, "missedBoards", network))) return;
  memoryOf(services).refusedUntil.set(network, services.now().getTime() + REFUSED_MS);
  services.log({ event: "guesses_refused", request_id: services.requestId });
}
