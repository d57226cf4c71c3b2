import { describe, expect, it } from "vitest";
import { type HostReads, readForHost } from "#domain/board/host-reads";
import { newId } from "#domain/ids";
import { AFTER_DEADLINE, BEFORE_DEADLINE, later, OPENED_AT, TestBoard } from "../../support/board.ts";

type Read = keyof HostReads;
type About<R extends Read> = Omit<HostReads[R]["about"], "owner" | "boardId">;

function readOf<R extends Read>(test: TestBoard, read: R, about: About<R>, now = BEFORE_DEADLINE) {
  const { board, boardId, opening, journal } = test;
  const readable = {
    state: board.state,
    profile: board.profile,
    contributor: (id: string) => journal.contributorProfile(id),
    view: (at: Date) => board.view(at),
  };
  const owner = { kind: "host", hostId: opening.hostId } as const;
  return readForHost(readable, read, { ...about, owner, boardId } as HostReads[R]["about"], now);
}

describe("what a host reads of a board", () => {
  it("contributions come in pages, the newest payment first, and unpaid ones are left out", () => {
    const board = new TestBoard();
    const names = ["Ayanda", "Bongi", "Chris", "Dineo", "Elna"];
    names.forEach((name, n) => {
      board.paid(20_000, later(BEFORE_DEADLINE, n * 1_000), { name, message: `From ${name}` });
    });
    board.contribution(5_000, { contributor: { name: "Never paid" } });
    const page = (after: string | null) => {
      const answer = readOf(board, "contributions", { after, limit: 2 });
      return { names: answer?.contributions.map(({ name }) => name), next: answer?.next ?? null };
    };

    const [first, second] = [page(null), page(page(null).next)];
    expect([first.names, second.names, page(second.next)]).toEqual([
      ["Elna", "Dineo"],
      ["Chris", "Bongi"],
      { names: ["Ayanda"], next: null },
    ]);
  });

  it("a statement has the sums of all contributions and the newest of them by pages; the ledger has every line", () => {
    const board = new TestBoard();
    for (const [n, name] of ["Ayanda", "Bongi", "Chris"].entries()) {
      board.paid(20_000, later(BEFORE_DEADLINE, n * 1_000), { name });
    }
    const page = (after: string | null) => {
      const { contributions, next, totals } = readOf(board, "statement", { after, limit: 2 }) ?? {};
      return { names: contributions?.map(({ name }) => name), next: next ?? null, received: totals?.received.amount };
    };

    const [first, second] = [page(null), page(page(null).next)];
    expect([first.names, second]).toEqual([["Chris", "Bongi"], { names: ["Ayanda"], next: null, received: 60_000 }]);
    const ledger = readOf(board, "ledger", {});
    if (ledger === null || ledger === "too_long") throw new Error("the board has no ledger");
    const ids = ledger.contributions.map(({ id }) => id);
    expect(readOf(board, "names", { ids })).toEqual(["Ayanda", "Bongi", "Chris"]);
    expect(JSON.stringify(ledger.contributions)).not.toContain("Ayanda");
  });

  it("a contribution shows its host name and message as typed, also when they are hidden from guests", () => {
    const board = new TestBoard();
    const { id } = board.of(board.paid(20_000, undefined, { name: "Thandi Mokoena", message: "Happy birthday!" }));
    board.play({ type: "update_board", contributors: [{ contributionId: id, name: "hidden", message: "hidden" }] });

    expect(readOf(board, "contributions", { after: null, limit: 10 })?.contributions).toMatchObject([
      { name: "Thandi Mokoena", message: "Happy birthday!", nameHidden: true, messageHidden: true },
    ]);
    expect(readOf(board, "overview", {})?.view?.contributors).toEqual([null]);
  });

  it("the overview has the exact sums, what is open, and what holds the payouts", () => {
    const board = new TestBoard();
    board.paid(20_000);
    board.contribution(5_000);
    board.close();
    board.hold();

    expect(readOf(board, "overview", {}, AFTER_DEADLINE)).toMatchObject({
      board: { raised: 19_400, payouts: [{ gross: 19_400 }] },
      holds: ["person"],
      open: { count: 1, amount: 5_000 },
      returning: { count: 0, amount: 0 },
      payoutEmail: "parent@example.com",
    });
  });

  it("another host, and another board's id under the same code, get nothing", () => {
    const { board, boardId, opening, journal } = new TestBoard();
    const readable = {
      state: board.state,
      profile: board.profile,
      contributor: (id: string) => journal.contributorProfile(id),
      view: () => null,
    };
    const owner = { kind: "host", hostId: opening.hostId } as const;
    const strangers = [
      { owner: { kind: "host", hostId: newId(OPENED_AT) } as const, boardId },
      { owner: { kind: "partner", partnerId: newId(OPENED_AT) } as const, boardId },
      { owner, boardId: newId(OPENED_AT) },
    ];
    const READS = { overview: {}, statement: { after: null, limit: 2 }, ledger: {}, names: { ids: [] } } as const;
    const found = Object.entries(READS).flatMap(([read, about]) =>
      strangers.map((stranger) =>
        readForHost(readable, read as Read, { ...about, ...stranger } as never, BEFORE_DEADLINE),
      ),
    );
    expect(found).toEqual(found.map(() => null));
  });
});
