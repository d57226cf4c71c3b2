const MAX_WAIT_MS = 5_000;
const WAIT_POLL_MS = 10;

/** One of each per isolate. */
let isHashing = false;

/**
 * Whether the bcrypt hash is of the token. One hash at a time in an isolate: it holds the isolate's thread, so another
 * request waits for one hash at most, however many new keys are shown at once.
 */
export async function compareToken(token: string, hash: string): Promise<boolean> {
  // Polls, because the runtime forbids awaiting a promise of another request. One that was broken off never says that it has ended.
  for (let waitedMs = 0; isHashing && waitedMs < MAX_WAIT_MS; waitedMs += WAIT_POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_POLL_MS));
  }
  isHashing = true;
  try {
    // Needed for a key that this isolate has not seen, and slow to load.
    const { compare } = await import("bcryptjs");
    return await compare(token, hash);
  } finally {
    isHashing = false;
  }
}
