import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Arrival } from "./sink-thread.ts";

export type Sink = {
  /** http, loopback; `/eng/query/validate` says VALID, everything else takes what it is sent. */
  origin: string;
  /** What came to `/hook` since the last time this was asked, oldest first. */
  arrivals(): Promise<Arrival[]>;
  /** How many requests it answered, of all kinds. */
  answered(): Promise<number>;
  stop(): Promise<void>;
};

/** Whatever is outside, on a thread of its own: nobody who is measured may wait for our own bookkeeping. */
export async function startSink(): Promise<Sink> {
  const thread = new Worker(join(import.meta.dirname, "sink-thread.ts"));
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      thread.once("message", resolve);
      thread.once("error", reject);
    });
  const port = (await next()) as number;
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (question: "arrivals" | "answered") => {
    turn = turn.then(() => {
      const answer = next();
      thread.postMessage(question);
      return answer;
    });
    return turn;
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    arrivals: async () => (await ask("arrivals")) as Arrival[],
    answered: async () => (await ask("answered")) as number,
    stop: async () => {
      await thread.terminate();
    },
  };
}
