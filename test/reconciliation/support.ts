import { eq } from "drizzle-orm";
import type { OpenBoard } from "#domain/board/commands";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import type { LookUpFinding, OpenPayment, PaymentProvider, PaymentReport } from "#payments/provider";
import { refunds } from "../../src/database/payment-tables.ts";
import { contributions } from "../../src/database/schema.ts";
import type { Services } from "../../src/platform/services.ts";
import { keyringOf } from "../../src/privacy/encryption.ts";
import { aboutBoard } from "../domain/board/history.ts";
import { BoardsInMemory } from "../support/board-in-memory.ts";
import { aHost, aPartner, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Services whose boards live in memory and write to the test's database, with a clock to turn. */
export function aHouse(database: TestDatabase, settings: Record<string, string> = {}) {
  const made = testServices(database, settings);
  const { services: without, clock } = made;
  const { PUBLIC_ORIGIN: publicOrigin } = without.settings;
  const context = { database: database.db, keyring: keyringOf(without.settings), publicOrigin };
  const boards = new BoardsInMemory(context, () => clock.now);
  const services: Services = { ...without, env: { ...without.env, DREAM_BOARD: boards } as unknown as Env };
  const pass = (ms: number) => {
    clock.now = new Date(clock.now.getTime() + ms);
    return clock.now;
  };
  return { ...made, services, boards, database, pass };
}

export type House = ReturnType<typeof aHouse>;

const NOBODY = { name: null, message: null, ipAddress: null, userAgent: null };

/** An open board with a partner and a host of its own. */
export async function aLiveBoard(
  { services, boards, database, clock, pass }: House,
  overrides: Partial<OpenBoard> = {},
) {
  const boardId = newId(clock.now);
  const [{ id: partnerId }, { id: hostId }] = [await aPartner(database.db), await aHost(database.db)];
  const about = aboutBoard(boardId);
  const board = boards.getByName(about.slug.slice(-10));
  await board.open(
    {
      ...{ type: "open_board", boardId, partnerId, hostId, goal: cents(100_000), deadline: addDays(clock.now, 30) },
      ...{ giftType: "takealot_product", payoutMethod: "takealot_gift_card", ...overrides },
    },
    about,
  );
  /** A contribution whose guest is at the provider; gives its reference. */
  async function begin(amount = 20_000, provider: PaymentProviderName = "payfast"): Promise<string> {
    pass(1);
    const command = { submission: newId(clock.now), provider, amount: cents(amount) };
    const outcome = await board.openContribution(command, NOBODY);
    if ("refused" in outcome) throw new Error(`refused: ${outcome.refused}`);
    return outcome.receipt.reference;
  }
  const tell = (report: PaymentReport) => {
    const { eventKey: _, ...said } = report;
    return board.reportPayment({ type: "report_payment", ...said });
  };
  async function paid(amount = 20_000, provider: PaymentProviderName = "payfast"): Promise<string> {
    const reference = await begin(amount, provider);
    await tell(aReport(reference, { amount: cents(amount), provider }));
    return reference;
  }
  const close = () => board.close(partnerId, { type: "close_board", reason: "manual", by: { kind: "system" } });
  const cancel = () => board.cancel(partnerId, { type: "cancel_board", by: { kind: "system" } });
  return { boardId, partnerId, hostId, about, board, begin, tell, paid, close, cancel, services };
}

export function aReport(reference: string, values: Partial<PaymentReport> = {}): PaymentReport {
  return {
    ...{ provider: "payfast", reference, status: "completed", amount: cents(20_000) },
    ...{ providerPaymentId: `pf-${reference}`, eventKey: `key-${reference}`, providerStatus: "COMPLETE" },
    ...values,
  };
}

/** A provider that cannot be asked anything, unless told otherwise. */
export function aProvider(abilities: Partial<PaymentProvider> = {}): PaymentProvider {
  return {
    ...{ name: "payfast", limits: { minimum: cents(500), maximum: cents(1_000_000) }, handoffOrigins: [] },
    start: async () => {
      throw new Error("nobody starts a payment here");
    },
    readCallback: async () => {
      throw new Error("nobody calls back here");
    },
    ...{ lookUp: null, refund: null, listPayments: null },
    ...abilities,
  };
}

/** Answers about each payment in turn; an error that `answer` throws ends it. Remembers what it was asked about. */
export function askable(
  answer: (payment: OpenPayment) => LookUpFinding | Promise<LookUpFinding>,
  name: PaymentProviderName = "payfast",
) {
  const asked: OpenPayment[] = [];
  const provider = aProvider({
    name,
    lookUp: async function* (payments) {
      for (const payment of payments) {
        asked.push(payment);
        yield await answer(payment);
      }
    },
  });
  return { provider, asked };
}

export const knowsNothing = ({ reference }: OpenPayment): LookUpFinding => ({ reference, reports: [], notes: [] });

export async function contributionRow({ db }: TestDatabase, reference: string) {
  const [row] = await db.select().from(contributions).where(eq(contributions.paymentRef, reference));
  return row;
}

export async function refundRows({ db }: TestDatabase, boardId: string) {
  return await db.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)).orderBy(refunds.createdAt);
}
