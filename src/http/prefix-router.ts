import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";

type Route<T> = Readonly<{ method: string; path: string; handler: T }>;
/** The first two words of a path, as far as routes name them: `v1` and `payouts` of `/v1/payouts/pending`. */
type Prefix = Readonly<{ first: string | null; second: string | null }>;

/**
 * A router for each prefix of a path, made when the first request asks for it. A word that a route names is never a parameter
 * of another. Hono's fast router refuses routes of which one path may match two, as `/:slug/live` and `/assets/:file` do, and
 * then its slow one takes all of them. Within one prefix few of ours are like that.
 */
export class PrefixRouter<T> implements Router<T> {
  readonly name = "PrefixRouter";
  readonly #routes: Route<T>[] = [];
  /** The second words by the first. */
  readonly #named = new Map<string, Set<string>>();
  readonly #routers = new Map<string, Router<T>>();

  add(method: string, path: string, handler: T): void {
    this.#routes.push({ method, path, handler });
    const [first, second] = wordsOf(path);
    if (isPattern(first)) return;
    const seconds = this.#named.get(first) ?? new Set();
    this.#named.set(first, seconds);
    if (!isPattern(second)) seconds.add(second);
  }

  match(method: string, path: string): Result<T> {
    const prefix = this.#prefixOf(path);
    const key = `${prefix.first ?? "*"}/${prefix.second ?? "*"}`;
    let router = this.#routers.get(key);
    if (!router) {
      router = this.#routerOf(prefix);
      this.#routers.set(key, router);
    }
    return router.match(method, path);
  }

  #prefixOf(path: string): Prefix {
    const [first, second] = wordsOf(path);
    const seconds = this.#named.get(first);
    if (!seconds) return { first: null, second: null };
    return { first, second: seconds.has(second) ? second : null };
  }

  #routerOf(prefix: Prefix): Router<T> {
    const router = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] });
    for (const { method, path, handler } of this.#routes) if (mayMatch(path, prefix)) router.add(method, path, handler);
    return router;
  }
}

/** Whether the route of `pattern` may be for a path with this prefix. */
function mayMatch(pattern: string, prefix: Prefix): boolean {
  const [first, second] = wordsOf(pattern);
  if (first === "*" || prefix.first === null) return isPattern(first);
  return first === prefix.first && (second === "*" || fits(second, prefix.second));
}

/** `v1` of `/v1/dream-boards`; empty for `/`. */
export function firstWordOf(path: string): string {
  return wordsOf(path)[0];
}

function wordsOf(path: string): [first: string, second: string] {
  const slash = path.indexOf("/", 1);
  if (slash < 0) return [path.slice(1), ""];
  const next = path.indexOf("/", slash + 1);
  return [path.slice(1, slash), path.slice(slash + 1, next < 0 ? undefined : next)];
}

function fits(word: string, named: string | null): boolean {
  return named === null ? isPattern(word) : word === named;
}

function isPattern(word: string): boolean {
  return word === "*" || word.startsWith(":");
}
