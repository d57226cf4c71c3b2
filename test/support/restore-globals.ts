import { afterAll, vi } from "vitest";

// The next file may run in the same worker, with the same globals.
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});
