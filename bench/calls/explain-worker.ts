import type { Services } from "#platform/services";
import { aHouse } from "../../test/reconciliation/support.ts";
import type { Explained, Explainer } from "../explain.ts";
import { JOBS } from "./jobs.ts";
import { REQUESTS } from "./requests.ts";
import { type Call, type Kind, SETTINGS, seededRows } from "./scene.ts";

export type CalledStatement = Explained & Readonly<{ call: string; kind: Kind }>;

/** Plays every call whose name contains `only`, each in a transaction of its own, and gives the statements it issued. */
export async function explainWorker(explainer: Explainer, now: Date, only = ""): Promise<CalledStatement[]> {
  const found: CalledStatement[] = [];
  for (const { name, kind, play } of CALLS) {
    if (!name.includes(only)) continue;
    const afterwards = new Set<Promise<unknown>>();
    await explainer.inTransaction(async () => {
      const house = aHouse(explainer.database, SETTINGS);
      house.clock.now = now;
      const services: Services = { ...house.services, waitUntil: (work) => void afterwards.add(work) };
      const explain = async (work: () => Promise<unknown>) => {
        const statements = await explainer.explain(async () => {
          await work();
          await Promise.all(afterwards);
        });
        found.push(...statements.map((statement) => ({ ...statement, call: name, kind })));
      };
      await play({ services, house, now, explain, seeded: seededRows(explainer) });
    });
  }
  return found;
}

const CALLS: readonly Call[] = [...REQUESTS, ...JOBS];
