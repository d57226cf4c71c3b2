import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { boardEvents, boardPots } from "#database/own-tables";
import { dreamBoards, hosts, partners } from "#database/schema";
import { evolve } from "#domain/board/evolve";
import { isReadable, readEvent } from "#domain/board/read-event";
import { unopenedBoard } from "#domain/board/state";
import { encrypt } from "#privacy/encryption";
import { project } from "#projection/project";
import { goldenLogs } from "../domain/board/golden-log.ts";
import { boardProfile } from "../support/board.ts";
import { startTestDatabase, type TestDatabase, unique } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";
import { differenceIn, ledgerOf } from "../support/ledger.ts";
import { contextOf, keyring, THANDI } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

it("the projection of each golden log agrees with the state it folds to", async () => {
  await everyRow(goldenLogs(), async ({ events }) => {
    const { db } = database;
    const entries = events.map((event) => readEvent(event)).filter(isReadable);
    const state = entries.reduce((board, { event, at }) => evolve(board, event, at), unopenedBoard());
    const { terms } = state;
    if (!terms) throw new Error("the log opens no board");
    const { boardId, partnerId, hostId } = terms;
    await db
      .insert(partners)
      .values({ id: partnerId, name: unique("partner") })
      .onConflictDoNothing();
    await db
      .insert(hosts)
      .values({ id: hostId, email: `${unique("host")}@example.org` })
      .onConflictDoNothing();

    const karriCardCiphertext =
      terms.payoutMethod === "karri_card_topup" ? await encrypt(keyring, "5234123412341234") : null;
    const profile = boardProfile(boardId, { karriCardCiphertext });

    await project(contextOf(database), { terms, profile, contributor: () => THANDI, origin: () => null }, events);

    const { status, counted, returning, contributionCount } = state;
    expect(await db.select().from(dreamBoards).where(eq(dreamBoards.id, boardId))).toMatchObject([{ status }]);
    expect(await db.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, boardId))).toHaveLength(
      events.length,
    );
    const pots = await db.select().from(boardPots).where(eq(boardPots.dreamBoardId, boardId));
    const totals = pots.map((pot) => [pot.countedCents, pot.returningCents, pot.contributionCount]);
    // The first row is written with the first event that moves money.
    expect(totals).toEqual(counted === 0 && pots.length === 0 ? [] : [[counted, returning, contributionCount]]);
    // There is no object, and nothing else differs.
    expect(differenceIn(await ledgerOf(database, boardId, null))).toBe("the object: expected an answer, found none");
  });
});
