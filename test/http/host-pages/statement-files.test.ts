import { describe, expect, it } from "vitest";
import { type HostReads, readForHost } from "#domain/board/host-reads";
import type { MoneyStatement } from "#domain/board/money-statement";
import { statementCsv, statementJson } from "../../../src/http/host-pages/dashboard/statement-files.ts";
import { BEFORE_DEADLINE, later, TestBoard } from "../../support/board.ts";

/** More than one slice of names. */
const MANY = 2_001;

function aLongBoard() {
  const test = new TestBoard();
  const references = Array.from({ length: MANY }, (_, nth) =>
    test.paid(10_000, later(BEFORE_DEADLINE, nth), { name: `Guest ${nth + 1}` }),
  );
  const slices: number[] = [];
  const read = <R extends keyof HostReads>(name: R, about: object) => {
    const { board, journal, boardId, opening } = test;
    const contributor = (id: string) => journal.contributorProfile(id);
    const readable = { state: board.state, profile: board.profile, contributor, view: () => null };
    const named = { ...about, boardId, owner: { kind: "host", hostId: opening.hostId } };
    return readForHost(readable, name, named as HostReads[R]["about"], BEFORE_DEADLINE);
  };
  const namesOf = async (ids: readonly string[]) => {
    slices.push(ids.length);
    return read("names", { ids }) ?? [];
  };
  return { test, references, slices, namesOf, ledger: () => read("ledger", {}) as MoneyStatement };
}

async function restOf(pieces: AsyncGenerator<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

describe("a statement that is sent in slices", () => {
  it.each([
    [
      "CSV",
      statementCsv,
      (file: string) => file.split("\r\n").filter((line) => line.endsWith(",100.00,3.00,97.00,In the pot")).length,
    ],
    [
      "JSON",
      statementJson,
      (file: string) => {
        const { contributions, totals } = JSON.parse(file);
        expect(totals.payable_cents).toBe(MANY * 9_700);
        return contributions.filter(({ state }: { state: string }) => state === "in_pot").length;
      },
    ],
  ] as const)(
    "%s has every line as it was when the download began, whatever is paid or sent back meanwhile",
    async (_, write, inPot) => {
      const { test, references, slices, namesOf, ledger } = aLongBoard();
      const pieces = write(ledger(), namesOf, { boardId: test.boardId, now: BEFORE_DEADLINE });
      const [head, first] = [(await pieces.next()).value, (await pieces.next()).value];

      test.requestRefund(references.at(-1) ?? "");
      test.paid(50_000);
      const file = head + first + (await restOf(pieces));

      expect(inPot(file)).toBe(MANY);
      expect(slices).toEqual([2_000, 1]);
      expect([file.includes("Guest 1"), file.includes(`Guest ${MANY}`)]).toEqual([true, true]);
    },
  );
});
