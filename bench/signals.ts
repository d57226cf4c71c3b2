const INTERRUPTED = 130;
const STOP_WITHIN_MS = 10_000;

let interrupted = false;
let stopEverything: () => Promise<void> = async () => {};

/** On Ctrl-C and its like everything is stopped before this process ends. */
export function stopOnSignals(stop: () => Promise<void>): void {
  stopEverything = stop;
  takeSignalsBack();
}

/** wrangler and Miniflare end the process at once on a signal, and with it every chance to stop what it started. */
export function takeSignalsBack(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => void end());
  }
}

/** Whatever fails from then on fails because everything is being stopped. */
export function wasInterrupted(): boolean {
  return interrupted;
}

async function end(): Promise<void> {
  interrupted = true;
  takeSignalsBack();
  setTimeout(() => process.exit(INTERRUPTED), STOP_WITHIN_MS).unref();
  await stopEverything().catch(() => {});
  process.exit(INTERRUPTED);
}
