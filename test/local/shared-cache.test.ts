import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Answer, type Asked, SharedCache } from "../../local/edge-cache/shared-cache.ts";
import { everyRow } from "../support/every-row.ts";

const RELAXED = "public, max-age=2, stale-while-revalidate=30, stale-if-error=300";
const STRICT = "public, max-age=1, must-revalidate";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A cache before a Worker that numbers its answers. */
function cacheBefore(headers: Record<string, string>) {
  const worker = { fails: false, runs: 0 };
  const cache = new SharedCache(async (): Promise<Answer> => {
    worker.runs += 1;
    const status = worker.fails ? 503 : 200;
    return {
      status,
      headers: worker.fails ? { "cache-control": "no-store" } : headers,
      body: Buffer.from(`${worker.runs}`),
    };
  });
  const look = async (asked: Partial<Asked> = {}) => {
    const served = await cache.serve({ method: "GET", path: "/maya", headers: { host: "chipin.test" }, ...asked });
    return `${served.cacheStatus} ${served.status} ${served.body}`;
  };
  const after = async (seconds: number, asked?: Partial<Asked>) => {
    await vi.advanceTimersByTimeAsync(seconds * 1_000);
    return look(asked);
  };
  return { cache, worker, look, after };
}

describe("the local edge cache", () => {
  it("an answer is kept as long as it says, shown stale while it is renewed, and asked for anew after that", async () => {
    const relaxed = cacheBefore({ "cache-control": RELAXED });
    expect(await relaxed.look()).toBe("MISS 200 1");
    expect(await relaxed.after(1.9)).toBe("HIT 200 1");
    expect(await relaxed.after(1)).toBe("UPDATING 200 1");
    expect(await relaxed.after(1)).toBe("HIT 200 2");
    expect(await relaxed.after(40)).toBe("EXPIRED 200 3");
  });

  it("near the goal an answer lives one second and is never shown stale", async () => {
    const strict = cacheBefore({ "cache-control": STRICT });
    expect(await strict.look()).toBe("MISS 200 1");
    expect(await strict.after(0.9)).toBe("HIT 200 1");
    expect(await strict.after(0.2)).toBe("EXPIRED 200 2");
    strict.worker.fails = true;
    expect(await strict.after(2)).toBe("BYPASS 503 3");
  });

  it("while the Worker fails an answer is shown for as long as it says, and without end when it does not say", async () => {
    const rows: [caching: string, afterSeconds: number, seen: string][] = [
      [RELAXED, 250, "STALE 200 1"],
      [RELAXED, 303, "BYPASS 503 2"],
      ["public, max-age=2", 86_400, "STALE 200 1"],
    ];
    await everyRow(rows, async ([caching, seconds, seen]) => {
      const { look, after, worker } = cacheBefore({ "cache-control": caching });
      await look();
      worker.fails = true;
      expect(await after(seconds)).toBe(seen);
    });
  });

  it("what has no Cache-Control is kept, as Cloudflare keeps it, and what says no-store, private or sets a cookie is not", async () => {
    const rows: [headers: Record<string, string>, second: string][] = [
      [{ "last-modified": "Sun, 01 Nov 2020 00:00:00 GMT" }, "HIT 200 1"],
      [{ "cache-control": "no-store" }, "BYPASS 200 2"],
      [{ "cache-control": "private, no-cache" }, "BYPASS 200 2"],
      [{ "cache-control": RELAXED, "set-cookie": "a=b" }, "BYPASS 200 2"],
    ];
    await everyRow(rows, async ([headers, second]) => {
      const { look } = cacheBefore(headers);
      await look();
      expect(await look()).toBe(second);
    });
  });

  it("path and query are the key; not host, cookie, method or what a browser would rather have", async () => {
    const { look } = cacheBefore({ "cache-control": RELAXED });
    await look();
    expect(await look({ headers: { host: "api.chipin.test", cookie: "a=b", "cache-control": "no-cache" } })).toBe(
      "HIT 200 1",
    );
    expect(await look({ method: "HEAD" })).toBe("HIT 200 1");
    expect(await look({ path: "/maya?cancelled" })).toBe("MISS 200 2");
    expect(await look({ method: "POST" })).toBe("BYPASS 200 3");
  });

  it("requests that come together run the Worker once, and once more for each when the answer is nobody else's", async () => {
    const shared = cacheBefore({ "cache-control": RELAXED });
    await Promise.all(Array.from({ length: 50 }, () => shared.look()));
    expect(shared.worker.runs).toBe(1);
    const own = cacheBefore({ "cache-control": "no-store" });
    await Promise.all(Array.from({ length: 5 }, () => own.look()));
    expect(own.worker.runs).toBe(5);
  });

  it("requests that come together and differ in what Vary names are not given one answer", async () => {
    const { look, worker } = cacheBefore({ "cache-control": RELAXED, vary: "Accept-Language" });
    const accepted = ["af", "af", "zu"].map((language) => ({ headers: { "accept-language": language } }));
    const seen = await Promise.all(accepted.map(look));

    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).not.toBe(seen[0]);
    expect(worker.runs).toBe(2);
  });

  it("a purge forgets what has the tag, and nothing else", async () => {
    const { cache, look } = cacheBefore({ "cache-control": RELAXED, "cache-tag": "board-abc, other" });
    await look();
    expect([cache.purge(["board-xyz"]), cache.purge(["BOARD-ABC"]), cache.purge(["board-abc"])]).toEqual([0, 1, 0]);
    expect(await look()).toBe("MISS 200 2");
  });
});
