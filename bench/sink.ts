import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Paid } from "./notices.ts";
import type { Arrival, Question } from "./sink-thread.ts";

export type Sink = {
  /** http, loopback; answers as the providers do (`outside.ts`), and takes whatever else it is sent. */
  origin: string;
  /** From now on SnapScan knows these payments. */
  knowSnapscan(payments: readonly Paid[]): Promise<void>;
  /** What came to `/hook` since the last time this was asked, oldest first. */
  arrivals(): Promise<Arrival[]>;
  /** How many requests it answered, of all kinds. */
  answered(): Promise<number>;
  stop(): Promise<void>;
};

/** Whatever is outside, on a thread of its own: no measurement includes our own bookkeeping. */
export async function startSink(): Promise<Sink> {
  const thread = new Worker(join(import.meta.dirname, "sink-thread.ts"));
  const next = async () => ((await once(thread, "message")) as unknown[])[0];
  const origin = (await next()) as string;
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (question: Question) => {
    turn = turn.then(() => {
      const answer = next();
      thread.postMessage(question);
      return answer;
    });
    return turn;
  };
  return {
    origin,
    knowSnapscan: async (payments) => {
      await ask({ snapscan: payments.map(({ number, reference }) => ({ number, reference })) });
    },
    arrivals: async () => (await ask("arrivals")) as Arrival[],
    answered: async () => (await ask("answered")) as number,
    stop: async () => {
      await thread.terminate();
    },
  };
}
