import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { AttackPlan, AttackReport, Question } from "./attackers-thread.ts";

/** Two hundred guests within a minute, and what attacks their board meanwhile; the forms go on a few seconds longer. */
export const GUESTS = { count: 200, perSecond: 200 / 60 };
export const ATTACK = { sockets: 4_000, attempts: 3_000, perSecond: 46 };

export type Attackers = Readonly<{
  /** An origin that takes connections and never answers. */
  hanging: Readonly<{ origin: string }>;
  /** Resolves once every socket of the plan was tried. Those that were accepted are held. */
  openSockets(): Promise<void>;
  /** Resolves once every form of the plan was answered. */
  sendForms(): Promise<void>;
  /** Ends everything the attackers hold. */
  stop(): Promise<AttackReport>;
}>;

/** Attackers in a thread of their own, so that their work does not wait for the guests', nor the guests' for theirs. */
export async function hireAttackers(plan: AttackPlan): Promise<Attackers> {
  const thread = new Worker(join(import.meta.dirname, "attackers-thread.ts"), { workerData: plan });
  thread.unref();
  const answer = async <Message>(question?: Question) => {
    if (question) thread.postMessage(question);
    const [message] = (await once(thread, "message")) as [Message];
    return message;
  };
  const hanging = await answer<Attackers["hanging"]>();
  return {
    hanging,
    openSockets: () => answer<void>("openSockets"),
    sendForms: () => answer<void>("sendForms"),
    stop: async () => {
      const report = await answer<AttackReport>("stop");
      await thread.terminate();
      return report;
    },
  };
}
