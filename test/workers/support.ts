import { env } from "cloudflare:workers";
import { inject } from "vitest";
import type { BoardObject } from "#boards/board-object";
import { connect } from "#database/client";
import { hosts, partners } from "#database/schema";
import type { BoardAbout } from "#domain/board/about";
import type { OpenBoard } from "#domain/board/commands";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import { settingsOf } from "../../src/platform/settings.ts";
import { aboutBoard } from "../domain/board/history.ts";

const settings = settingsOf(env);

export const database = connect({
  databaseUrl: settings.DATABASE_URL,
  neonHttpEndpoint: settings.NEON_HTTP_ENDPOINT,
});

export type Owner = { partnerId: string; hostId: string };

/** A partner and a host of their own, so that no test sees another's rows. */
export async function anOwner(): Promise<Owner> {
  const now = new Date();
  const owner = { partnerId: newId(now), hostId: newId(now) };
  await database.insert(partners).values({ id: owner.partnerId, name: `Partner ${owner.partnerId}` });
  await database.insert(hosts).values({ id: owner.hostId, email: `${owner.hostId}@example.com` });
  return owner;
}

export function newBoard(owner: Owner, overrides: Partial<OpenBoard> = {}): { command: OpenBoard; about: BoardAbout } {
  const now = new Date();
  const command: OpenBoard = {
    type: "open_board",
    boardId: newId(now),
    ...owner,
    giftType: "takealot_product",
    payoutMethod: "takealot_gift_card",
    goal: cents(100_000),
    deadline: addDays(now, 10),
    ...overrides,
  };
  return { command, about: aboutBoard(command.boardId) };
}

/** The object and, typed as callers see it, what it can be asked. */
export function boardOf(boardId: string) {
  const stub = env.DREAM_BOARD.getByName(boardCode(boardId));
  return { stub, board: stub as unknown as Remote<BoardObject> };
}

type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

export async function openBoard(overrides: Partial<OpenBoard> = {}, owner?: Owner) {
  const { command, about } = newBoard(owner ?? (await anOwner()), overrides);
  const { stub, board } = boardOf(command.boardId);
  const outcome = await board.open(command, about, "req_test");
  if ("refused" in outcome) throw new Error(`refused: ${outcome.refused}`);
  return { boardId: command.boardId, command, about, stub, board, opened: outcome };
}

const nobody = { name: null, message: null, ipAddress: null, userAgent: null };

export async function contribution(
  board: Remote<BoardObject>,
  amount: number,
  name: string | null = null,
  { submission = crypto.randomUUID(), ipAddress = null }: { submission?: string; ipAddress?: string | null } = {},
) {
  const command = { submission, provider: "payfast", amount: cents(amount) } as const;
  const outcome = await board.openContribution(command, { ...nobody, name, ipAddress }, "req_test");
  if ("refused" in outcome) throw new Error(`refused: ${outcome.refused}`);
  return outcome.receipt.reference;
}

export function paymentReport(reference: string, amount: number, providerPaymentId = `pf-${reference}`) {
  return {
    type: "report_payment",
    provider: "payfast",
    reference,
    status: "completed",
    amount: cents(amount),
    providerPaymentId,
    providerStatus: "COMPLETE",
  } as const;
}

export async function unplugPostgres(): Promise<void> {
  await fetch(`${inject("door")}/unplug`, { method: "POST" });
}

export async function plugPostgres(): Promise<void> {
  await fetch(`${inject("door")}/plug`, { method: "POST" });
}
