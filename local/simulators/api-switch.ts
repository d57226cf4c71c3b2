import type { Context, MiddlewareHandler } from "hono";

/**
 * How a provider's API behaves. `busy` answers 429, `down` 503, `refuses` 401. `slow` carries out the call and answers
 * after the caller's time-out, so the caller cannot know that it was carried out.
 */
export const API_MODES = ["works", "busy", "down", "refuses", "slow"] as const;
export type ApiMode = (typeof API_MODES)[number];
export type ApiRefusal = 401 | 429 | 503;

const REFUSALS = { busy: 429, down: 503, refuses: 401 } as const;
/** Longer than any caller waits. */
const SLOW_MS = 30_000;

export class ApiSwitch {
  mode: ApiMode = "works";
  readonly #held = new Set<() => void>();
  #stopped = false;

  /** The middleware of every call. `refuse` makes the provider's own error. */
  guard(refuse: (c: Context, status: ApiRefusal) => Response): MiddlewareHandler {
    return async (c, next) => {
      const { mode } = this;
      if (mode === "works") return next();
      if (mode !== "slow") return refuse(c, REFUSALS[mode]);
      await next();
      await this.#hold(c.req.raw.signal);
    };
  }

  /** Releases the held answers. */
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
