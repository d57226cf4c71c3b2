import { vi } from "vitest";

/** A side that takes the request and never answers. */
export const silent: typeof globalThis.fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
  });

/** A side whose answer begins and never ends. */
export const neverEnding: typeof globalThis.fetch = async (_, init) =>
  new Response(
    new ReadableStream({
      start: (controller) => init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason)),
    }),
  );

const MOST_SECONDS = 100;

/** Moves the clock until `work` has ended. @returns what came of it, and the whole seconds it waited */
export async function patienceOf<Result>(
  work: () => Promise<Result>,
): Promise<{ seconds: number; came: PromiseSettledResult<Result> }> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    let came: PromiseSettledResult<Result> | undefined;
    Promise.allSettled([work()]).then(([result]) => {
      came = result;
    });
    let seconds = 0;
    for (await vi.advanceTimersByTimeAsync(0); !came && seconds < MOST_SECONDS; seconds += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
    }
    if (!came) throw new Error(`still waiting after ${seconds} seconds`);
    return { seconds, came };
  } finally {
    vi.useRealTimers();
  }
}
