import { messageOf } from "#platform/log";
import type { BoardServices, EdgeCache } from "#platform/services";
import { forgetCopy } from "./board-copies.ts";

/** An account may purge five times a minute, and has 25 saved up. */
const MAX_TAGS = 100;
const GAP_MS = 1_000;
const AFTER_FAILURE_MS = 12_000;
const MAX_FAILURES = 2;
/** By then no isolate shows a copy from before, by which the cache would be filled again. */
const COPIES_GONE_MS = 2_500;

/** What an isolate has yet to purge. Plain values: a timer belongs to the request that waits for it. */
type Pending = { tags: Set<string>; notBefore: number };
const pendingOf = new WeakMap<BoardServices["settings"], Pending>();

/** What tells the copies of one board from those of others. It names no child. */
export function tagOfBoard(code: string): string {
  return `board-${code}`;
}

/**
 * What these tags tell from other copies is not shown any more as soon as it can be done. Waits for nothing, and fails
 * nothing: an alert says when it was not done.
 */
export function outdateTags(services: BoardServices, tags: readonly string[]): void {
  const edgeCache = services.edgeCache();
  if (edgeCache && tags.length > 0) services.waitUntil(purgeTwice(services, edgeCache, tags));
}

/**
 * Copies of this board from before now are not shown any more: neither this isolate's nor, as soon as it can be done, those
 * of the cache before the Worker. Waits for nothing, and fails nothing: copies end by themselves soon.
 */
export function outdateCopies(services: BoardServices, code: string): void {
  forgetCopy(services, code);
  outdateTags(services, [tagOfBoard(code)]);
}

async function purgeTwice(services: BoardServices, edgeCache: EdgeCache, tags: readonly string[]): Promise<void> {
  await purge(services, edgeCache, tags);
  await pause(COPIES_GONE_MS);
  await purge(services, edgeCache, tags);
}

/** What is outdated at about the same time is purged by one call. */
async function purge(services: BoardServices, edgeCache: EdgeCache, wanted: readonly string[]): Promise<void> {
  const pending = pendingOf.get(services.settings) ?? { tags: new Set(), notBefore: 0 };
  pendingOf.set(services.settings, pending);
  for (const tag of wanted) pending.tags.add(tag);
  for (let failures = 0; wanted.some((tag) => pending.tags.has(tag)); ) {
    const now = services.now().getTime();
    if (now < pending.notBefore) {
      // Meanwhile another's call may take these along.
      await pause(pending.notBefore - now);
      continue;
    }
    const tags = [...pending.tags].slice(0, MAX_TAGS);
    for (const one of tags) pending.tags.delete(one);
    pending.notBefore = services.now().getTime() + GAP_MS;
    const error = await tryToPurge(edgeCache, tags);
    if (error === null) continue;
    failures += 1;
    if (failures === MAX_FAILURES) {
      services.alert({ event: "edge_purge_failed", tags: tags.length, tag: tags[0], error });
      return;
    }
    services.log({ event: "edge_purge_postponed", tags: tags.length, error });
    for (const one of tags) pending.tags.add(one);
    pending.notBefore = services.now().getTime() + AFTER_FAILURE_MS;
  }
}

/** What went wrong; null when nothing did. */
async function tryToPurge(edgeCache: EdgeCache, tags: readonly string[]): Promise<string | null> {
  try {
    const { success, errors } = await edgeCache.purge(tags);
    return success ? null : errors.map(({ message }) => message).join("; ") || "refused";
  } catch (error) {
    return messageOf(error);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
