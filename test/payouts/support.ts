import { eq } from "drizzle-orm";
import { Hono } from "hono";
import { afterAll } from "vitest";
import { payoutExecutions } from "#database/payout-tables";
import type { OpenBoard } from "#domain/board/commands";
import type { Payout } from "#domain/board/events";
import type { PayoutMethod } from "#domain/gift";
import { cents } from "#domain/money";
import { type PayoutExecutors, payoutExecutors } from "#payouts/configure";
import type { PayoutExecutor } from "#payouts/executor";
import { payoutReference } from "#payouts/payout-reference";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { findFreePort } from "../../local/ports.ts";
import { listen } from "../../local/serve.ts";
import { counterpartyApi } from "../../local/simulators/counterparty.ts";
import { COUNTERPARTIES, type CounterpartyName } from "../../local/simulators/payout-books.ts";
import { createCounterparties } from "../../local/simulators/simulators.ts";
import { executePayouts } from "../../src/jobs/execute-payouts.ts";
import { aHouse, aLiveBoard, MINUTE } from "../reconciliation/support.ts";
import type { TestDatabase } from "../support/database.ts";
import { CARD_NUMBER } from "./far-side.ts";

const KEYS = {
  TAKEALOT_GIFTCARD_API_KEY: "takealot-test",
  KARRI_API_KEY: "karri-test",
  GIVENGAIN_API_KEY: "givengain-test",
};
const AUTOMATED = {
  TAKEALOT_GIFTCARD_AUTOMATION_ENABLED: "true",
  KARRI_AUTOMATION_ENABLED: "true",
  GIVENGAIN_AUTOMATION_ENABLED: "true",
};

export const TYPE_OF = {
  takealot: "takealot_gift_card",
  karri: "karri_card_topup",
  givengain: "philanthropy_donation",
} as const satisfies Record<CounterpartyName, PayoutMethod>;

/** The simulated counterparties over HTTP, for one test file, and services that execute payouts there. */
export async function aCounterpartySite() {
  const counterparties = createCounterparties({ settings: KEYS, keep: () => null });
  const port = await findFreePort();
  const app = new Hono();
  for (const name of COUNTERPARTIES) app.route(`/${name}`, counterpartyApi(counterparties[name]));
  const close = await listen(app.fetch, port);
  afterAll(close);
  const origin = `http://127.0.0.1:${port}`;
  const addresses = {
    TAKEALOT_GIFTCARD_API_URL: `${origin}/takealot`,
    KARRI_BASE_URL: `${origin}/karri`,
    GIVENGAIN_API_URL: `${origin}/givengain`,
  };

  /** Without the payouts of earlier tests, because a run takes those of every board. */
  async function startHouse(database: TestDatabase, settings: Record<string, string> = {}) {
    for (const name of COUNTERPARTIES) counterparties[name].mode = "normal";
    await database.db.update(payoutExecutions).set({ status: "completed" });
    const house = aHouse(database, { ...KEYS, ...AUTOMATED, ...addresses, ...settings });
    const { services, clock } = house;
    const executors = payoutExecutors(services.settings);
    const run = (through: PayoutExecutors = executors) => executePayouts(services, clock.now, through);
    const alerts = () => house.logged.filter(({ alert }) => alert).map(({ event }) => event);
    const keyring = keyringOf(services.settings);

    /** A closed board with one payout at this counterparty, of the net of R200 unless `terms` say otherwise. */
    async function aPayout(name: CounterpartyName = "takealot", terms: Partial<OpenBoard> = {}, gifts = [20_000]) {
      const payoutMethod = TYPE_OF[name];
      const giftType = name === "givengain" ? "philanthropy" : "takealot_product";
      const card = { karriCardCiphertext: await sealText(keyring, CARD_NUMBER) };
      const live = await aLiveBoard(house, { payoutMethod, giftType, ...terms }, name === "karri" ? card : {});
      const references: string[] = [];
      for (const gift of gifts) references.push(await live.paid(gift));
      await live.close();
      house.pass(MINUTE);
      const payout = (): Payout => [...live.state.payouts.values()][0]!;
      const { id } = payout();
      const byHand = { payoutId: id, method: "hand" } as const;
      return {
        live,
        references,
        id,
        payout,
        row: async () => {
          const [row] = await database.db.select().from(payoutExecutions).where(eq(payoutExecutions.payoutId, id));
          return row!;
        },
        /** What the counterparty has paid under the reference of an attempt. */
        paid: (attempt = 1) => counterparties.books.find(name, payoutReference(id, attempt)),
        fail: () => live.execute({ type: "fail_payout", ...byHand, errorCode: "unknown", errorMessage: null }),
        retry: () => live.execute({ type: "retry_payout", payoutId: id }),
      };
    }
    return { ...house, executors, run, alerts, aPayout };
  }
  return { counterparties, startHouse };
}

export type PayoutHouse = Awaited<ReturnType<Awaited<ReturnType<typeof aCounterpartySite>>["startHouse"]>>;

/** These executors with the calls of one type replaced. */
export function wrapped(
  executors: PayoutExecutors,
  type: PayoutMethod,
  wrap: (real: PayoutExecutor) => Partial<PayoutExecutor>,
): PayoutExecutors {
  const real = executors.get(type)!;
  return new Map([...executors, [type, { ...real, ...wrap(real) }]]);
}

export const GOAL_OF_R100 = { goal: cents(10_000) };
