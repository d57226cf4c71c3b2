import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { connect } from "#database/client";
import { hosts, partners } from "#database/schema";
import { SYSTEM } from "#domain/board/actor";
import type { BoardCommand, OpenBoard, ReportPayment } from "#domain/board/commands";
import type { PaymentWay } from "#domain/board/lifecycle";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import type { BoardObject, ExecuteContext, Executed } from "#platform/objects";
import { settingsOf } from "#platform/settings";
import { boardProfile, NO_CONTRIBUTOR } from "../support/board.ts";
import type { Remote } from "./remote.ts";

const settings = settingsOf(env);

export const database = connect({
  databaseUrl: settings.DATABASE_URL,
  neonHttpEndpoint: settings.NEON_HTTP_ENDPOINT,
});

export type Owner = { partnerId: string; hostId: string };

/** A new partner and a new host, so that tests do not share rows. */
export async function anOwner(): Promise<Owner> {
  const now = new Date();
  const owner = { partnerId: newId(now), hostId: newId(now) };
  await database.insert(partners).values({ id: owner.partnerId, name: `Partner ${owner.partnerId}` });
  await database.insert(hosts).values({ id: owner.hostId, email: `${owner.hostId}@example.com` });
  return owner;
}

export function newBoard(
  owner: Owner,
  overrides: Partial<OpenBoard> = {},
): { command: OpenBoard; profile: BoardProfile } {
  const now = new Date();
  const command: OpenBoard = {
    type: "open_board",
    boardId: newId(now),
    partnerId: owner.partnerId,
    hostId: owner.hostId,
    hostSince: null,
    giftType: "takealot_product",
    payoutMethod: "takealot_gift_card",
    goal: cents(100_000),
    deadline: addDays(now, 10),
    sandbox: false,
    ...overrides,
  };
  return { command, profile: boardProfile(command.boardId) };
}

type Stub = ReturnType<typeof env.DREAM_BOARD.getByName>;

/** The object of a board with short methods. Each method call uses a new stub. */
export class RemoteBoard {
  readonly boardId: string;

  constructor(boardId: string) {
    this.boardId = boardId;
  }

  get stub(): Stub {
    return env.DREAM_BOARD.getByName(boardCode(this.boardId));
  }

  get object(): Remote<BoardObject> {
    return this.stub as unknown as Remote<BoardObject>;
  }

  execute(command: BoardCommand, context: Partial<ExecuteContext> = {}) {
    return this.object.execute(command, { by: SYSTEM, requestId: "req_test", ...context });
  }

  view() {
    return this.object.read("view", {});
  }

  receipt(reference: string) {
    return this.object.read("receipt", { reference });
  }

  inspect() {
    return this.object.inspect();
  }

  /** Opens a contribution and returns its payment reference. */
  async contribution(
    amount: number,
    {
      submission = crypto.randomUUID(),
      contributionId = newId(new Date()),
      provider = "payfast",
      ...contributor
    }: Partial<ContributorProfile> & { submission?: string; contributionId?: string; provider?: PaymentWay } = {},
  ): Promise<string> {
    const profiles = { contributor: { id: contributionId, profile: { ...NO_CONTRIBUTOR, ...contributor } } };
    const form = { contributionId, submission, amount: cents(amount), signals: [], challengePassed: true };
    const executed = await this.execute({ type: "open_contribution", provider, ...form }, { profiles });
    return receiptOf(executed).reference;
  }

  report(report: ReportPayment) {
    return this.execute(report);
  }

  /** Opens and pays a contribution and returns its reference. */
  async paid(amount: number, contributor: Partial<ContributorProfile> = {}): Promise<string> {
    const reference = await this.contribution(amount, contributor);
    await this.report(paymentReport(reference, amount));
    return reference;
  }

  retry(reference: string) {
    return this.execute({ type: "retry_payment", reference });
  }

  close() {
    return this.execute({ type: "close_board", reason: "manual" }, { waitForProjection: true });
  }
}

/** @throws Error when the command was refused. */
export function receiptOf(executed: Awaited<ReturnType<RemoteBoard["execute"]>>) {
  if ("refused" in executed) throw new Error(`refused: ${executed.refused}`);
  if (!executed.checkout) throw new Error("no checkout");
  return executed.checkout.receipt;
}

export async function openBoard(overrides: Partial<OpenBoard> = {}) {
  const { command, profile } = newBoard(await anOwner(), overrides);
  const board = new RemoteBoard(command.boardId);
  const opened = await board.execute(command, { profiles: { board: profile }, waitForProjection: true });
  if ("refused" in opened) throw new Error(`refused: ${opened.refused}`);
  return { boardId: command.boardId, command, profile, board, opened: opened satisfies Executed };
}

export function paymentReport(
  reference: string,
  amount: number,
  providerPaymentId = `pf-${reference}`,
): ReportPayment & { amount: number } {
  return {
    type: "report_payment",
    provider: "payfast",
    reference,
    status: "completed",
    amount: cents(amount),
    providerPaymentId,
    providerStatus: "COMPLETE",
  };
}

const unplugged = new Set<string>();

/** Postgres cannot be reached for queries about `id`, a board or a delivery. */
export async function unplugPostgres(id: string): Promise<void> {
  unplugged.add(id);
  await fetch(`${inject("door")}/unplug?id=${id}`, { method: "POST" });
}

/** Postgres can be reached again. */
export async function plugPostgres(): Promise<void> {
  for (const id of unplugged) await fetch(`${inject("door")}/plug?id=${id}`, { method: "POST" });
  unplugged.clear();
}
