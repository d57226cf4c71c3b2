import CachePolicy from "http-cache-semantics";

/** A request or an answer as the cache sees it; names in lower case. */
export type CacheHeaders = Record<string, string | string[] | undefined>;
export type Asked = { method: string; path: string; headers: CacheHeaders };
export type Answer = { status: number; headers: CacheHeaders; body: Buffer };

/** What became of a request, in the words of Cloudflare's `Cf-Cache-Status`. */
export type CacheStatus = "HIT" | "MISS" | "EXPIRED" | "UPDATING" | "STALE" | "BYPASS";
export type Served = Answer & { cacheStatus: CacheStatus };

type Entry = {
  policy: CachePolicy;
  answer: Answer;
  /** What the request had in the headers that `Vary` names. */
  variant: string;
  tags: readonly string[];
  storedAt: number;
  renewing: boolean;
};
/** Kept under path and query alone, as Cloudflare does, and for each combination of what `Vary` names. */
type Kept = Map<string, Entry[]>;

const MAX_PATHS = 1_000;

/**
 * The rules of Workers Cache for one place, judged by `http-cache-semantics`: what may be kept, for how long, stale while it
 * is renewed, stale while the Worker fails; requests for the same that come together are one. `run` runs the Worker.
 */
export class SharedCache {
  readonly #kept: Kept = new Map();
  readonly #running = new Map<string, { first: Asked; answer: Promise<Answer> }>();
  readonly #run: (asked: Asked) => Promise<Answer>;
  /** How often the Worker ran. */
  runs = 0;

  constructor(run: (asked: Asked) => Promise<Answer>) {
    this.#run = run;
  }

  async serve(asked: Asked): Promise<Served> {
    if (asked.method !== "GET" && asked.method !== "HEAD")
      return { ...(await this.#ask(asked)), cacheStatus: "BYPASS" };
    const entry = this.#find(asked);
    if (!entry) return this.#fill(asked, "MISS");
    const { revalidation } = entry.policy.evaluateRequest(plain(asked));
    if (!revalidation) return served(entry, "HIT");
    if (!revalidation.synchronous) {
      if (!entry.renewing) {
        entry.renewing = true;
        void this.#fill(asked, "EXPIRED")
          .catch(() => {})
          .finally(() => {
            entry.renewing = false;
          });
      }
      return served(entry, "UPDATING");
    }
    return this.#fill(asked, "EXPIRED", entry);
  }

  /** Forgets every answer with one of these tags. @returns how many */
  purge(tags: readonly string[]): number {
    const purged = new Set(tags.map((tag) => tag.toLowerCase()));
    let count = 0;
    for (const [path, entries] of this.#kept) {
      const left = entries.filter((entry) => !entry.tags.some((tag) => purged.has(tag)));
      count += entries.length - left.length;
      if (left.length > 0) this.#kept.set(path, left);
      else this.#kept.delete(path);
    }
    return count;
  }

  #find(asked: Asked): Entry | undefined {
    return this.#kept.get(asked.path)?.find(({ answer, variant }) => variantOf(asked, answer) === variant);
  }

  /** Runs the Worker and keeps what may be kept. `stale` is shown instead when the Worker fails and its time allows it. */
  async #fill(asked: Asked, cacheStatus: CacheStatus, stale?: Entry): Promise<Served> {
    const answer = await this.#together(asked).catch((error: unknown) => {
      if (stale && mayServeStale(stale)) return null;
      throw error;
    });
    if (answer === null || (answer.status >= 500 && stale && mayServeStale(stale))) {
      return served(stale as Entry, "STALE");
    }
    const policy = policyOf(asked, answer);
    if (answer.headers["set-cookie"] || !policy.storable() || policy.timeToLive() <= 0)
      return { ...answer, cacheStatus: "BYPASS" };
    const variant = variantOf(asked, answer);
    this.#keep(asked, { policy, answer, variant, tags: tagsOf(answer), storedAt: Date.now(), renewing: false });
    return { ...answer, cacheStatus };
  }

  /** Requests for the same, while none of them is answered, run the Worker once if the answer may be shared. */
  async #together(asked: Asked): Promise<Answer> {
    const key = asked.path;
    const running = this.#running.get(key);
    if (running) {
      const answer = await running.answer;
      const isSame = variantOf(asked, answer) === variantOf(running.first, answer);
      if (isSame && policyOf(asked, answer).storable()) return answer;
      return this.#ask(asked);
    }
    const mine = this.#ask(asked);
    this.#running.set(key, { first: asked, answer: mine });
    try {
      return await mine;
    } finally {
      this.#running.delete(key);
    }
  }

  #ask(asked: Asked): Promise<Answer> {
    this.runs += 1;
    return this.#run(asked.method === "HEAD" ? { ...asked, method: "GET" } : asked);
  }

  #keep(asked: Asked, entry: Entry): void {
    const others = (this.#kept.get(asked.path) ?? []).filter(({ variant }) => variant !== entry.variant);
    this.#kept.delete(asked.path);
    this.#kept.set(asked.path, [...others, entry]);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_PATHS && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/**
 * Cloudflare decides by the answer alone, not by a client's wish for a fresh one, and for every host alike. A HEAD takes what
 * was kept for a GET.
 */
function plain({ path, headers }: Asked): CachePolicy.HttpRequest {
  const { "cache-control": _, pragma: __, host: ___, ...rest } = headers;
  return { method: "GET", url: path, headers: rest };
}

/** The library never reuses an answer with `must-revalidate`; by RFC 9111 it may while it is fresh, and never afterwards. */
function policyOf(asked: Asked, { status, headers }: Answer): CachePolicy {
  const control = String(headers["cache-control"] ?? "").replace(/,?\s*must-revalidate/, "");
  const judged = { ...headers, ...(control && { "cache-control": control }) };
  return new CachePolicy(plain(asked), { status, headers: judged }, { shared: true });
}

/** Cloudflare's own rule: without a word a stale answer of a failing Worker is served without end. */
function mayServeStale({ answer, storedAt }: Entry): boolean {
  const control = String(answer.headers["cache-control"] ?? "");
  if (/must-revalidate|proxy-revalidate|s-maxage|no-cache/.test(control)) return false;
  const seconds = (name: string) => Number(new RegExp(`${name}=(\\d+)`).exec(control)?.[1] ?? Number.NaN);
  const allowed = seconds("stale-if-error");
  if (Number.isNaN(allowed)) return true;
  return Date.now() - storedAt < ((seconds("max-age") || 0) + allowed) * 1_000;
}

/** As Cloudflare compares them: verbatim. */
function variantOf({ headers }: Asked, { headers: { vary } }: Answer): string {
  const names = String(vary ?? "")
    .toLowerCase()
    .split(/\s*,\s*/)
    .filter(Boolean);
  return JSON.stringify(names.map((name) => [name, headers[name] ?? null]));
}

function tagsOf({ headers }: Answer): string[] {
  return String(headers["cache-tag"] ?? "")
    .split(",")
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag !== "");
}

function served({ answer, storedAt }: Entry, cacheStatus: CacheStatus): Served {
  const age = Math.floor((Date.now() - storedAt) / 1_000);
  return { ...answer, headers: { ...answer.headers, age: String(age) }, cacheStatus };
}
