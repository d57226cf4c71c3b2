import type { BoardAbout } from "#domain/board/about";
import type { BoardCommand, OpenBoard, Refusal, ReportRefund } from "#domain/board/commands";
import { decide, isRefusal } from "#domain/board/decide";
import type { Actor, BoardEvent } from "#domain/board/events";
import { evolve } from "#domain/board/evolve";
import type { FlagKind, Signal } from "#domain/board/flags";
import { findContribution } from "#domain/board/standing";
import { type BoardState, type Contribution, type Refund, unopenedBoard } from "#domain/board/state";
import { boardCode, newId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import { boardSlug } from "#domain/slug";

export const OPENED_AT = new Date("2026-06-01T08:00:00.000Z");
export const DEADLINE = new Date("2026-06-20T21:59:59.000Z");
export const BEFORE_DEADLINE = new Date("2026-06-10T08:00:00.000Z");
export const AFTER_DEADLINE = new Date("2026-06-20T22:00:00.000Z");

export const OPERATOR: Actor = { kind: "operator" };

/** What was recorded, or why nothing was, in words that fit a table. */
export function types(outcome: BoardEvent[] | Refusal): string[] {
  return isRefusal(outcome) ? [`refused: ${outcome.refused}`] : outcome.map(({ type }) => type);
}

/** An instant `ms` milliseconds from another. */
export function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

export function openCommand(overrides: Partial<OpenBoard> = {}): OpenBoard {
  return {
    type: "open_board",
    boardId: newId(OPENED_AT),
    partnerId: newId(OPENED_AT),
    hostId: newId(OPENED_AT),
    giftType: "takealot_product",
    payoutMethod: "takealot_gift_card",
    goal: cents(100_000),
    deadline: DEADLINE,
    ...overrides,
  };
}

/** A board played by commands, the way its object plays it, with what it recorded. */
export class History {
  state: BoardState = unopenedBoard();
  readonly events: BoardEvent[] = [];
  readonly boardId: string;

  constructor(overrides: Partial<OpenBoard> = {}) {
    const command = openCommand(overrides);
    this.boardId = command.boardId;
    this.play(command, OPENED_AT);
  }

  play(command: BoardCommand, at = BEFORE_DEADLINE): BoardEvent[] | Refusal {
    const outcome = decide(this.state, command, at);
    if (isRefusal(outcome)) return outcome;
    for (const event of outcome) {
      this.state = evolve(this.state, event, at.toISOString());
      this.events.push(event);
    }
    return outcome;
  }

  /** Opens a contribution and gives its payment reference. */
  contribution(
    amount: number,
    {
      submission = newId(OPENED_AT),
      at = BEFORE_DEADLINE,
      signals = [],
    }: { submission?: string; at?: Date; signals?: readonly Signal[] } = {},
  ): string {
    const contributionId = newId(at);
    const command = { type: "open_contribution", contributionId, submission, provider: "payfast", signals } as const;
    const outcome = this.play({ ...command, amount: cents(amount) }, at);
    if (isRefusal(outcome)) throw new Error(`refused: ${outcome.refused}`);
    return paymentReference(boardCode(this.boardId), contributionId);
  }

  report(reference: string, overrides: Partial<Extract<BoardCommand, { type: "report_payment" }>> = {}, at?: Date) {
    const amount = this.state.contributions.get(reference)?.amount ?? cents(2_000);
    const report = {
      provider: "payfast",
      reference,
      status: "completed",
      amount,
      providerPaymentId: `pf-${reference}`,
    } as const;
    return this.play({ type: "report_payment", ...report, providerStatus: "COMPLETE", ...overrides }, at);
  }

  paid(amount: number, at = BEFORE_DEADLINE): string {
    const reference = this.contribution(amount, { at });
    this.report(reference, {}, at);
    return reference;
  }

  /** The contribution of a reference or an id. */
  of(named: string): Contribution {
    const contribution = this.state.contributions.get(named) ?? findContribution(this.state, named);
    if (!contribution) throw new Error(`no contribution ${named}`);
    return contribution;
  }

  retry(reference: string, at?: Date) {
    return this.play({ type: "retry_payment", reference }, at);
  }

  close(at?: Date) {
    return this.play({ type: "close_board", reason: "manual", by: { kind: "system" } }, at);
  }

  cancel(at?: Date) {
    return this.play({ type: "cancel_board", by: { kind: "system" } }, at);
  }

  /** An operator gives the money back: the contribution's own payment, or the one that is named. */
  giveBack(reference: string, providerPaymentId: string | null = null, at?: Date) {
    const { id: contributionId } = this.of(reference);
    const command = { type: "request_refund", contributionId, providerPaymentId } as const;
    return this.play({ ...command, cause: "operator", by: OPERATOR }, at);
  }

  refund(reference: string, providerPaymentId = `pf-${reference}`): Refund | undefined {
    return this.of(reference).refunds.get(providerPaymentId);
  }

  reportRefund(reference: string, status: ReportRefund["status"], overrides: Partial<ReportRefund> = {}) {
    const about = { contributionId: this.of(reference).id, providerPaymentId: `pf-${reference}`, status } as const;
    const words = { providerRefundId: "refund-1", reason: null, by: { kind: "system" } } as const;
    return this.play({ type: "report_refund", ...about, ...words, ...overrides });
  }

  clear(flag: FlagKind, contributionId: string | null = null, providerPaymentId: string | null = null) {
    return this.play({ type: "clear_flag", flag, contributionId, providerPaymentId, by: OPERATOR });
  }
}

export function aboutBoard(boardId: string, overrides: Partial<BoardAbout> = {}): BoardAbout {
  return {
    slug: boardSlug("Maya", boardCode(boardId)),
    childName: "Maya",
    childPhotoUrl: "/images/demo/maya.jpg",
    birthdayDate: "2026-06-20",
    gift: {
      type: "takealot_product",
      productUrl: "https://www.takealot.com/red-bicycle/PLID12345678",
      productId: "PLID12345678",
      productName: "Red bicycle",
      productImage: "/images/demo/bicycle.jpg",
      productPrice: 100_000,
    },
    overflowGift: { causeId: "greenpop", causeName: "Plant Trees", impactDescription: "Plant 10 trees" },
    message: "Thank you for being part of Maya's day!",
    payoutEmail: "parent@example.com",
    karriCardCiphertext: null,
    ...overrides,
  };
}
