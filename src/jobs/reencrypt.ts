import { sql } from "drizzle-orm";
import { callBoard, PATIENCE_MS } from "#boards/call-board";
import { boardCode } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { type Keyring, keyringOf } from "#privacy/encryption";
import { reseal } from "#privacy/reseal";
import { BOARDS_WITH_SEALED_PROFILE, placeName, SEALED_PLACES, type SealedPlace } from "#privacy/sealed-places";
import { countValues, isStale, nextValues, type RowKey, replaceValues, type StaleValue } from "#privacy/stale-values";
import { isClean, joinWalk, noteProgress, readWalks, type Walk } from "#privacy/walks";

const BOARDS_AT_ONCE = 10;
/** One statement looks at no more rows than this to say what is left. */
const COUNTED_ROWS = 10_000;
/** Well within what one scheduled invocation may take: time, and its 10,000 requests. */
const LIMITS: Limits = { runMs: 10 * 60_000, pages: 1_500, pageRows: 1_000, pageBoards: 100 };

export type Limits = Readonly<{ runMs: number; pages: number; pageRows: number; pageBoards: number }>;

export type ReencryptedPlace = {
  /** Values rewritten in this run. */
  rewritten: number;
  /**
   * Values that the walk has found and not rewritten, or not reached yet: of those it counts the next 10,000 rows. The
   * next run continues with them.
   */
  left: number;
  /** Values that no listed key reads. They stay as they are. */
  unreadable: number;
  /** The walk has reached the end of the place. */
  complete: boolean;
  error?: string;
};

export type Reencryption = {
  /** The current key. */
  key: string;
  /** What this run walked, or should have walked. */
  places: Record<string, ReencryptedPlace>;
  /** Older keys that nothing is encrypted with any more: they may be taken out of the settings. */
  removable: string[];
};

/** What the job walks: pages of values, and what rewriting some of them came to. */
type Walkable = Readonly<{
  name: string;
  page(after: RowKey | null): Promise<{ values: StaleValue[]; last: RowKey | null }>;
  rewrite(values: StaleValue[]): Promise<Rewriting>;
  countFrom(after: RowKey | null): Promise<number>;
}>;

/** Values under another key or in clear that could be read, those of them that were rewritten, and the others. */
type Rewriting = Readonly<{ found: number; rewritten: number; unreadable: number }>;

/**
 * Brings every sealed value under the current key, place by place, in Postgres and in the boards' objects. While older
 * keys are listed each run goes on where the last one stopped, or walks again. With one key it walks until all is found
 * in order, and then does nothing; so what was lost with a key that is not listed any more is reported. Two runs at once do the same work twice at worst: a value is replaced only while it
 * is the one that was read.
 */
export async function reencrypt(services: Services, now: Date, limits: Limits = LIMITS): Promise<Reencryption> {
  const { database, settings } = services;
  const keyring = keyringOf(settings);
  const places = [
    ...SEALED_PLACES.map((place) => columnOf(services, keyring, place, limits)),
    boardObjects(services, keyring, limits),
  ];
  const known = await readWalks(database);
  const budget = { endsAt: services.now().getTime() + limits.runMs, pages: limits.pages };
  const result: Reencryption = { key: keyring.currentId, places: {}, removable: [] };
  // What is not clean first, and of that unfinished walks, so that a large place does not keep the others from their end.
  const rank = ({ name }: Walkable) => {
    const walk = known.get(name);
    return (isClean(walk, keyring) ? 2 : 0) + (walk?.finishedAt ? 1 : 0);
  };
  for (const place of places.toSorted((one, other) => rank(one) - rank(other))) {
    if (rank(place) > 0 && isSpent(services, budget)) continue;
    if (rank(place) >= 2 && keyring.keys.size === 1) continue;
    result.places[place.name] = await walk(services, place, { keyring, budget, now });
  }
  const walks = await readWalks(database);
  const areClean = places.every(({ name }) => isClean(walks.get(name), keyring));
  if (areClean) result.removable = [...keyring.keys.keys()].filter((id) => id !== keyring.currentId);
  return result;
}

type Budget = { endsAt: number; pages: number };
type Run = Readonly<{ keyring: Keyring; budget: Budget; now: Date }>;

function isSpent({ now }: Services, { endsAt, pages }: Budget): boolean {
  return pages <= 0 || now().getTime() >= endsAt;
}

async function walk(services: Services, place: Walkable, { keyring, budget, now }: Run): Promise<ReencryptedPlace> {
  const { database, alert } = services;
  const result: ReencryptedPlace = { rewritten: 0, left: 0, unreadable: 0, complete: false };
  try {
    let current: Walk = await joinWalk(database, place.name, keyring, now);
    while (!isSpent(services, budget)) {
      budget.pages -= 1;
      const { values, last } = await place.page(current.after);
      const { found, rewritten, unreadable } = await place.rewrite(values);
      result.rewritten += rewritten;
      result.left += found - rewritten;
      result.unreadable += unreadable;
      const noted = await noteProgress(database, current, { after: last, found, unreadable, now });
      // Another run has gone further.
      if (!noted) break;
      current = noted;
      if (last === null) {
        result.complete = true;
        break;
      }
    }
    if (!result.complete) result.left += await place.countFrom(current.after);
  } catch (error) {
    // The other places do not depend on this one.
    result.error = messageOf(error);
    alert({ event: "reencryption_failed", place: place.name, error: result.error });
  }
  const { unreadable } = result;
  if (unreadable > 0) alert({ event: "sealed_values_unreadable", place: place.name, unreadable });
  return result;
}

function columnOf({ database }: Services, keyring: Keyring, place: SealedPlace, { pageRows }: Limits): Walkable {
  const { column } = place;
  const stale = { column, condition: isStale(place, keyring.currentId) };
  return {
    name: placeName(place),
    page: (after) => nextValues(database, stale, { after, limit: pageRows }),
    countFrom: (after) => countValues(database, stale, { after, limit: COUNTED_ROWS }),
    async rewrite(values) {
      const changes: { key: RowKey; old: unknown; new: unknown }[] = [];
      let unreadable = 0;
      for (const { key, stored } of values) {
        try {
          const sealed = await reseal(keyring, place, stored);
          // A placeholder stays.
          if (JSON.stringify(sealed) !== JSON.stringify(stored)) changes.push({ key, old: stored, new: sealed });
        } catch {
          unreadable += 1;
        }
      }
      return { found: changes.length, rewritten: await replaceValues(database, column, changes), unreadable };
    },
  };
}

/** The profiles in the boards' objects. An object that cannot be reached, or has other settings yet, counts as left. */
function boardObjects(services: Services, keyring: Keyring, { pageBoards }: Limits): Walkable {
  const { database } = services;
  const column = BOARDS_WITH_SEALED_PROFILE;
  const boards = { column, condition: sql`${column} IS NOT NULL` };
  const NOTHING: Rewriting = { found: 0, rewritten: 0, unreadable: 0 };
  const rewriteOne = async (boardId: string): Promise<Rewriting> => {
    const code = boardCode(boardId);
    try {
      const { keyId, changed, unreadable } = await callBoard(
        services,
        code,
        (board) => board.reencrypt(),
        PATIENCE_MS.upkeep,
      );
      if (keyId !== keyring.currentId) return { ...NOTHING, found: 1 };
      return { found: changed, rewritten: changed, unreadable };
    } catch (error) {
      services.log({ event: "board_not_reencrypted", board: code, error: messageOf(error) });
      return { ...NOTHING, found: 1 };
    }
  };
  return {
    name: "board_objects.profile",
    page: (after) => nextValues(database, boards, { after, limit: pageBoards }),
    countFrom: (after) => countValues(database, boards, { after, limit: COUNTED_ROWS }),
    async rewrite(values) {
      const total = { ...NOTHING };
      for (let from = 0; from < values.length; from += BOARDS_AT_ONCE) {
        const ids = values.slice(from, from + BOARDS_AT_ONCE).flatMap(({ key }) => key);
        for (const { found, rewritten, unreadable } of await Promise.all(ids.map(rewriteOne))) {
          total.found += found;
          total.rewritten += rewritten;
          total.unreadable += unreadable;
        }
      }
      return total;
    },
  };
}
