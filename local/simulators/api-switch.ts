import type { Context, MiddlewareHandler } from "hono";

/**
 * How a provider's API behaves. `busy` answers 429, `down` 503, `refuses` 401. `slow` does what it is asked and answers
 * when nobody waits any more, which is the hardest case: the caller cannot know that it was done.
 */
export const API_MODES = ["works", "busy", "down", "refuses", "slow"] as const;
export type ApiMode = (typeof API_MODES)[number];
export type ApiRefusal = 401 | 429 | 503;

const REFUSALS = { busy: 429, down: 503, refuses: 401 } as const;
/** Longer than any caller waits, but no socket is held for ever. */
const SLOW_MS = 30_000;

export class ApiSwitch {
  mode: ApiMode = "works";
  readonly #held = new Set<() => void>();
  #stopped = false;

  /** In front of every call; `refuse` says no in the provider's own words. */
  guard(refuse: (c: Context, status: ApiRefusal) => Response): MiddlewareHandler {
    return async (c, next) => {
      const { mode } = this;
      if (mode === "works") return next();
      if (mode !== "slow") return refuse(c, REFUSALS[mode]);
      await next();
      await this.#hold(c.req.raw.signal);
    };
  }

  /** Lets go of whoever is waiting. */
  stop(): void {
    this.#stopped = true;
    for (const release of this.#held) release();
  }

  async #hold(caller: AbortSignal): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const release = () => {
        clearTimeout(timer);
        this.#held.delete(release);
        resolve();
      };
      const timer = setTimeout(release, SLOW_MS);
      this.#held.add(release);
      caller.addEventListener("abort", release, { once: true });
    });
  }
}
