import type { PublicView } from "#domain/board/public-view";
import { BoundedMap } from "#platform/bounded-map";
import type { BoardServices } from "#platform/services";

/*
 * What an isolate remembers of boards: how they looked, and which codes name none. Plain values, and each site (its settings)
 * has its own.
 */

const MAX_VIEWS = 500;
/** An isolate asks for a board that does not exist once a minute at most. */
const MISS_MS = 60_000;
const MAX_MISSES = 10_000;
const MAX_FAILURES = 500;

/** A board as it looked at `at`. Times in ms since 1970. */
export type Copy = {
  readonly view: PublicView;
  readonly at: number;
  /** Some request is asking the board right now. */
  isRefreshing: boolean;
  /** When the board last did not answer; 0 when it did. */
  failedAt: number;
};

type Copies = Readonly<{
  views: BoundedMap<string, Copy>;
  misses: BoundedMap<string, number>;
  /** When a board of which there was nothing to show did not answer. */
  failures: BoundedMap<string, number>;
}>;
const kept = new WeakMap<BoardServices["settings"], Copies>();

function copiesOf({ settings }: Pick<BoardServices, "settings">): Copies {
  let copies = kept.get(settings);
  if (!copies) {
    copies = {
      views: new BoundedMap(MAX_VIEWS),
      misses: new BoundedMap(MAX_MISSES),
      failures: new BoundedMap(MAX_FAILURES),
    };
    kept.set(settings, copies);
  }
  return copies;
}

export function copyOf(services: Pick<BoardServices, "settings">, code: string): Copy | undefined {
  return copiesOf(services).views.get(code);
}

export function keepCopy(services: BoardServices, code: string, view: PublicView): void {
  copiesOf(services).views.set(code, { view, at: services.now().getTime(), isRefreshing: false, failedAt: 0 });
}

export function rememberFailure(services: BoardServices, code: string): void {
  copiesOf(services).failures.set(code, services.now().getTime());
}

/** When the board last did not answer although there was nothing to show, in ms since 1970; 0 when it never happened. */
export function lastFailure(services: BoardServices, code: string): number {
  return copiesOf(services).failures.get(code) ?? 0;
}

export function forgetCopy(services: BoardServices, code: string): void {
  copiesOf(services).views.delete(code);
}

export function isKnownMiss(services: BoardServices, code: string): boolean {
  const { misses } = copiesOf(services);
  const until = misses.get(code);
  if (until === undefined) return false;
  if (services.now().getTime() < until) return true;
  misses.delete(code);
  return false;
}

export function rememberMiss(services: BoardServices, code: string): void {
  copiesOf(services).misses.set(code, services.now().getTime() + MISS_MS);
}

/** A board with this code was created. */
export function forgetMiss(services: BoardServices, code: string): void {
  copiesOf(services).misses.delete(code);
}
