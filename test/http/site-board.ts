import type { BoardCommand } from "#domain/board/commands";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { ContributorProfile } from "#domain/board/profile";
import { MemoryBoardObject, TestBoard } from "../support/board.ts";

/** One open board with its object, on the site's clock. */
export class SiteBoard extends TestBoard {
  readonly object: MemoryBoardObject;
  readonly #now: () => Date;

  constructor(now: () => Date, overrides: { deadline?: Date; sandbox?: boolean } = {}) {
    super(overrides);
    this.#now = now;
    this.object = new MemoryBoardObject({ now, board: this });
  }

  get slug(): string {
    return this.board.profile?.slug ?? "";
  }

  /** The types of the commands sent to its object, in order. */
  get commands(): BoardCommand["type"][] {
    return this.object.commands.map(({ type }) => type);
  }

  override play(command: BoardCommand, at = this.#now(), context: Parameters<TestBoard["play"]>[2] = {}) {
    return super.play(command, at, context);
  }

  /** Starts a contribution without the page and returns its payment reference. */
  begin(provider: PaymentProviderName, amount: number, contributor: Partial<ContributorProfile> = {}): string {
    return this.contribution(amount, { provider, at: this.#now(), contributor: { name: "Thandi", ...contributor } });
  }

  /** The status and totals, which an unverified report must not change. */
  standing() {
    const { status, counted, contributions } = this.state;
    return { status, counted, paid: [...contributions.values()].filter((it) => it.status === "completed").length };
  }
}
