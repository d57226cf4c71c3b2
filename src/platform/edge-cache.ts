import type { EdgeCache } from "./services.ts";
import type { Settings } from "./settings.ts";

/**
 * The cache before the Worker. It is that of the entrypoint that asks: an object that purged would reach a cache of its own,
 * which holds nothing. So purging is left to the callers of objects. The runtime of the local platform has no such cache;
 * the platform's own is asked over HTTP.
 */
export function edgeCacheOf(context: { cache?: CacheContext }, settings: Settings): EdgeCache | null {
  const { LOCAL_EDGE_CACHE_URL } = settings;
  if (LOCAL_EDGE_CACHE_URL !== undefined) return localCache(LOCAL_EDGE_CACHE_URL);
  const { cache } = context;
  return cache ? { purge: (tags) => cache.purge({ tags: [...tags] }) } : null;
}

function localCache(url: string): EdgeCache {
  return {
    async purge(tags) {
      const response = await fetch(url, { method: "POST", body: JSON.stringify({ tags }) });
      return { success: response.ok, errors: response.ok ? [] : [{ message: await response.text() }] };
    },
  };
}
