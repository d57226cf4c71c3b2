import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";

type Route<T> = Readonly<{ method: string; path: string; handler: T }>;

/** Of all paths whose first word no route names. No path has it as its first word. */
const OTHERS = "/";

/**
 * A router for each first word of a path, made when the first request asks for it. A word that a route names is never a parameter
 * of another. Hono's fast router refuses routes of which one path may match two, as `/:slug/live` and `/assets/:file` do,
 * and then its slow one takes all of them. Within one word ours are not like that.
 */
export class FirstWordRouter<T> implements Router<T> {
  readonly name = "FirstWordRouter";
  readonly #routes: Route<T>[] = [];
  readonly #words = new Set<string>();
  readonly #routers = new Map<string, Router<T>>();

  add(method: string, path: string, handler: T): void {
    this.#routes.push({ method, path, handler });
    const word = firstWordOf(path);
    if (!isPattern(word)) this.#words.add(word);
  }

  match(method: string, path: string): Result<T> {
    const word = firstWordOf(path);
    const part = this.#words.has(word) ? word : OTHERS;
    let router = this.#routers.get(part);
    if (!router) {
      router = this.#routerOf(part);
      this.#routers.set(part, router);
    }
    return router.match(method, path);
  }

  #routerOf(part: string): Router<T> {
    const router = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] });
    for (const { method, path, handler } of this.#routes) {
      const word = firstWordOf(path);
      const isOfPart = word === part || word === "*" || (part === OTHERS && isPattern(word));
      if (isOfPart) router.add(method, path, handler);
    }
    return router;
  }
}

/** `v1` of `/v1/dream-boards`; empty for `/`. */
export function firstWordOf(path: string): string {
  const end = path.indexOf("/", 1);
  return end < 0 ? path.slice(1) : path.slice(1, end);
}

function isPattern(word: string): boolean {
  return word === "*" || word.startsWith(":");
}
