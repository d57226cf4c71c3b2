import { eq } from "drizzle-orm";
import { refunds } from "#database/payment-tables";
import { contributions } from "#database/schema";
import { SYSTEM } from "#domain/board/actor";
import type { BoardCommand, OpenBoard, Refusal, ReportRefund } from "#domain/board/commands";
import type { ProfileWrites } from "#domain/board/journal";
import type { PaymentProviderName, PaymentWay } from "#domain/board/lifecycle";
import type { BoardProfile } from "#domain/board/profile";
import { type Contribution, contributionByReference } from "#domain/board/state";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import type { LookUpFinding, OpenPayment, PaymentProvider, PaymentReport } from "#payments/provider";
import type { Executed } from "#platform/objects";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { boardProfile, MemoryBoards, NO_CONTRIBUTOR, openCommand } from "../support/board.ts";
import { aHost, aPartner, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Services with boards in memory that are projected to the test database, and a clock that `pass` moves. */
export function aHouse(database: TestDatabase, settings: Record<string, string> = {}) {
  const made = testServices(database, settings);
  const { services: without, clock } = made;
  const { PUBLIC_ORIGIN: publicOrigin } = without.settings;
  const projection = { database: database.db, keyring: keyringOf(without.settings), publicOrigin };
  const boards = new MemoryBoards({ now: () => clock.now, projection });
  const services: Services = { ...without, objects: { ...without.objects, board: boards.board } };
  const pass = (ms: number) => {
    clock.now = new Date(clock.now.getTime() + ms);
    return clock.now;
  };
  return { ...made, services, boards, database, pass };
}

export type House = ReturnType<typeof aHouse>;

/** An open board with a partner and a host of its own. */
export async function aLiveBoard(
  { boards, database, clock, pass }: House,
  overrides: Partial<OpenBoard> = {},
  fields: Partial<BoardProfile> = {},
) {
  const boardId = newId(clock.now);
  const [{ id: partnerId }, { id: hostId }] = [await aPartner(database.db), await aHost(database.db)];
  const profile = boardProfile(boardId, fields);
  const board = boards.board(boardCode(boardId));
  async function execute(command: BoardCommand, profiles: ProfileWrites = {}): Promise<Executed | Refusal> {
    return await board.execute(command, { by: SYSTEM, requestId: "req_test", profiles });
  }
  const deadline = addDays(clock.now, 30);
  const terms = openCommand({ boardId, partnerId, hostId, deadline, ...overrides });
  await execute(terms, { board: profile });

  /** Opens a contribution with a pending payment and returns its reference. */
  async function begin(amount = 20_000, provider: PaymentWay = "payfast"): Promise<string> {
    pass(1);
    const contributionId = newId(clock.now);
    const form = { submission: contributionId, provider, amount: cents(amount), signals: [], challengePassed: true };
    const profiles = { contributor: { id: contributionId, profile: NO_CONTRIBUTOR } };
    const outcome = await execute({ type: "open_contribution", contributionId, ...form }, profiles);
    if ("refused" in outcome) throw new Error(`refused: ${outcome.refused}`);
    return outcome.checkout?.receipt.reference ?? "";
  }
  function report({ eventKey: _, ...payment }: PaymentReport): Promise<Executed | Refusal> {
    return execute({ type: "report_payment", ...payment });
  }
  async function paid(amount = 20_000, provider: PaymentProviderName = "payfast"): Promise<string> {
    const reference = await begin(amount, provider);
    await report(aReport(reference, { amount: cents(amount), provider }));
    return reference;
  }
  /** The contribution of a reference. @throws Error when the board does not have it. */
  function of(reference: string): Contribution {
    const contribution = contributionByReference(board.board.state, reference);
    if (!contribution) throw new Error(`no contribution ${reference}`);
    return contribution;
  }

  return {
    boardId,
    partnerId,
    hostId,
    slug: profile.slug,
    board,
    begin,
    report,
    paid,
    of,
    get state() {
      return board.board.state;
    },
    /** The types of the recorded events, in order. */
    get events() {
      return board.journal.events.map(({ type }) => type);
    },
    execute,
    requestRefund: (reference: string, providerPaymentId: string | null = null) =>
      execute({ type: "request_refund", contributionId: of(reference).id, providerPaymentId }),
    withdrawRefund: (reference: string, providerPaymentId = `pf-${reference}`) =>
      execute({ type: "withdraw_refund", contributionId: of(reference).id, providerPaymentId }),
    retry: (reference: string) => execute({ type: "retry_payment", reference }),
    reportRefund: (reference: string, status: ReportRefund["status"], values: Partial<ReportRefund> = {}) =>
      execute({
        type: "report_refund",
        contribution: { reference },
        providerPaymentId: `pf-${reference}`,
        status,
        providerRefundId: null,
        reason: null,
        ...values,
      }),
    close: () => execute({ type: "close_board", reason: "manual" }),
    cancel: () => execute({ type: "cancel_board" }),
  };
}

export type LiveBoard = Awaited<ReturnType<typeof aLiveBoard>>;

export function aReport(reference: string, values: Partial<PaymentReport> = {}): PaymentReport {
  return {
    provider: "payfast",
    reference,
    status: "completed",
    amount: cents(20_000),
    providerPaymentId: `pf-${reference}`,
    eventKey: `key-${reference}`,
    providerStatus: "COMPLETE",
    ...values,
  };
}

/** A provider without any ability unless `abilities` adds it. */
export function aProvider(abilities: Partial<PaymentProvider> = {}): PaymentProvider {
  return {
    name: "payfast",
    limits: { minimum: cents(500), maximum: cents(1_000_000) },
    checkoutOrigins: [],
    start: async () => {
      throw new Error("this test starts no payment");
    },
    readCallback: async () => {
      throw new Error("this test reads no callback");
    },
    lookUp: null,
    looksUpAtOnce: false,
    refund: null,
    listPayments: null,
    ...abilities,
  };
}

/** A provider whose look-up calls `answer` for each payment. `asked` are the payments that it looked up. */
export function aProviderWithLookUp(
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

export const findsNothing = ({ reference }: OpenPayment): LookUpFinding => ({ reference, reports: [], notes: [] });

export async function contributionRow({ db }: TestDatabase, reference: string) {
  const [row] = await db.select().from(contributions).where(eq(contributions.paymentRef, reference));
  return row;
}

export async function refundRows({ db }: TestDatabase, boardId: string) {
  return await db.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)).orderBy(refunds.createdAt);
}
