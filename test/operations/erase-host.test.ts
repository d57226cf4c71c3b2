import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { renameHost } from "#accounts/change-host";
import { acceptInvitation, inviteSecondParent } from "#accounts/second-parent";
import { openBoard } from "#boards/open-board";
import { consents } from "#database/consent-tables";
import { hosts } from "#database/schema";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import { eraseHost } from "#operations/erase-host";
import type { Services } from "#platform/services";
import { BOARD_ERASERS } from "#privacy/erase-board";
import { runJob } from "../../src/jobs/schedule.ts";
import { hostAccountsInMemory } from "../accounts/host-accounts.ts";
import { limitersInMemory } from "../fraud/support.ts";
import { aHouse, aLiveBoard } from "../reconciliation/support.ts";
import { allRows } from "../support/all-rows.ts";
import { boardProfile } from "../support/board.ts";
import { aHost, aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const NOTE = "the host asked for it";
let families = 0;

/** A host with words that no other has. */
async function aFamily() {
  families += 1;
  const word = `family${families}zq`;
  const house = aHouse(database);
  const { hostAccount } = hostAccountsInMemory();
  const { rateLimiter } = limitersInMemory();
  const services: Services = { ...house.services, objects: { ...house.services.objects, hostAccount, rateLimiter } };
  const host = await aHost(database.db, { email: `${word}@example.org`, name: word });
  const { id: partnerId } = await aPartner(database.db);
  const by = { kind: "host", hostId: host.id } as const;
  const acting: Services = { ...services, actor: by, origin: { email: host.email, ipAddress: "203.0.113.9" } };

  /** Opens a board of this host. The website records the consent first. */
  async function opens(what: { by: "website" | "partner"; projected: boolean }) {
    house.pass(1);
    const boardId = newId(services.now());
    const object = house.boards.board(boardCode(boardId));
    object.isCutOff = !what.projected;
    if (what.by === "website") {
      const consent = { dreamBoardId: boardId, hostId: host.id, wording: "1", givenAt: services.now() };
      await database.db.insert(consents).values(consent);
    }
    const gift = { ...boardProfile(boardId).gift, productName: `A horse for ${word}` } as ReturnType<
      typeof boardProfile
    >["gift"];
    const profile = boardProfile(boardId, { childName: word, message: word, payoutEmail: host.email, gift });
    const terms = {
      payoutMethod: "takealot_gift_card",
      goal: cents(100_000),
      deadline: addDays(services.now(), 30),
    } as const;
    await openBoard(acting, {
      boardId,
      partnerId,
      hostId: host.id,
      hostSince: host.createdAt,
      profile,
      ...terms,
      sandbox: false,
    });
    const reconnect = async () => {
      object.isCutOff = false;
      await object.project();
    };
    return { boardId, object, reconnect };
  }
  const row = async () => (await database.db.select().from(hosts).where(eq(hosts.id, host.id)))[0];
  return {
    house,
    services,
    acting,
    host,
    word,
    opens,
    row,
    erase: async (erasers?: typeof BOARD_ERASERS) => {
      const current = await row();
      return await eraseHost(services, current!, { note: NOTE, ...(erasers && { erasers }) });
    },
    finish: () => runJob("finish-erasures", services, services.now()),
    isNowhere: async () => expect(await allRows(database)).not.toContain(word),
  };
}
type Family = Awaited<ReturnType<typeof aFamily>>;

it("a board that the website opened and Postgres lacks is erased with its host", async () => {
  const family = await aFamily();
  const { object } = await family.opens({ by: "website", projected: false });
  object.isCutOff = false;

  expect(await family.erase()).toEqual({ erased: true, boards: 1 });

  expect(object.journal.profile?.childName).toBe("Anonymized");
  await family.isNowhere();
});

it("while a board of the website cannot reach Postgres nothing is erased, and the host is asked to try again", async () => {
  const family = await aFamily();
  const { object } = await family.opens({ by: "website", projected: false });

  await expect(family.erase()).rejects.toMatchObject({ code: "unavailable" });

  expect(await family.row()).toMatchObject({ email: family.host.email });
  expect(object.journal.profile?.childName).toBe(family.word);
});

it("a consent without a board, or whose board another account opened, does not hold up an erasure", async () => {
  const [family, other] = [await aFamily(), await aFamily()];
  const { boardId } = await other.opens({ by: "partner", projected: false });
  const services = { ...family.services, objects: { ...family.services.objects, board: other.house.boards.board } };
  for (const dreamBoardId of [newId(services.now()), boardId]) {
    const consent = { dreamBoardId, hostId: family.host.id, wording: "1", givenAt: services.now() };
    await database.db.insert(consents).values(consent);
  }

  expect(await eraseHost(services, family.host, { note: NOTE })).toEqual({ erased: true, boards: 0 });
});

const LATE: readonly (readonly [name: string, learns: (family: Family) => Promise<() => Promise<unknown>>])[] = [
  [
    "a board of a partner that was opened before and projected after",
    async ({ opens, erase }) => {
      const { reconnect } = await opens({ by: "partner", projected: false });
      await erase();
      return reconnect;
    },
  ],
  [
    "a board that was opened while the others were erased",
    async ({ opens, erase }) => {
      await opens({ by: "website", projected: true });
      let opened: Awaited<ReturnType<typeof opens>> | undefined;
      const last = async () => {
        opened ??= await opens({ by: "partner", projected: false });
      };
      await erase({ ...BOARD_ERASERS, last } as unknown as typeof BOARD_ERASERS);
      return async () => await opened?.reconnect();
    },
  ],
  [
    "a board that was opened after by a request that had begun before",
    async ({ opens, erase }) => {
      await erase();
      return () => opens({ by: "website", projected: true });
    },
  ],
  [
    "the address of the host that a restored Postgres brought back",
    async ({ host, erase, row }) => {
      await erase();
      return async () => {
        await database.db.update(hosts).set({ email: host.email, name: host.name }).where(eq(hosts.id, host.id));
        expect((await row())?.email).toBe(host.email);
      };
    },
  ],
  [
    "what the host did on a board of another family",
    async ({ house, acting, erase }) => {
      const live = await aLiveBoard(house);
      live.board.isCutOff = true;
      const { actor: by, origin } = acting;
      const owner = { kind: "manager", boardId: live.boardId } as const;
      await live.board.execute(
        { type: "update_board", message: "Hi" },
        { by, owner, profiles: { origin }, requestId: "r" },
      );
      await erase();
      live.board.isCutOff = false;
      return () => live.board.project();
    },
  ],
  [
    "an invitation that the host accepted",
    async ({ house, services, host, word, erase }) => {
      const live = await aLiveBoard(house);
      const board = { id: live.boardId, hostId: live.hostId };
      const token = await inviteSecondParent(services, board, `other-${word}@example.org`);
      await erase();
      return () => acceptInvitation(services, { boardId: board.id, token, hostId: host.id });
    },
  ],
];

it.each(LATE)("%s an erasure is erased by the job within the hour", async (_, learns) => {
  const family = await aFamily();
  const happens = await learns(family);
  await happens();
  expect(await allRows(database)).toContain(family.word);

  expect(await family.finish()).toEqual({ erased: 1, failed: 0 });

  await family.isNowhere();
  expect(await family.finish()).toEqual({ erased: 0, failed: 0 });
});

it("a board with money that appears after the erasure is left to people, who are alerted", async () => {
  const family = await aFamily();
  const { boardId, object, reconnect } = await family.opens({ by: "partner", projected: false });
  await family.erase();
  await reconnect();
  const contributionId = newId(family.services.now());
  const form = {
    submission: "s",
    provider: "payfast",
    amount: cents(30_000),
    signals: [],
    challengePassed: true,
  } as const;
  const by = { by: family.services.actor, requestId: "req_test" };
  await object.execute({ type: "open_contribution", contributionId, ...form }, by);
  const [contribution] = object.board.state.contributions.values();
  const paid = { provider: "payfast", status: "completed", amount: cents(30_000), providerPaymentId: boardId } as const;
  const report = { ...paid, reference: contribution!.reference, providerStatus: "OK" };
  await object.execute({ type: "report_payment", ...report }, by);

  expect(await family.finish()).toEqual({ erased: 0, failed: 1 });

  expect(family.house.logged).toContainEqual(
    expect.objectContaining({ alert: true, event: "erasure_not_finished", host: family.host.id }),
  );
  expect(object.board.state.status).toBe("active");
  // The other tests' jobs look at every host.
  await object.execute({ type: "cancel_board" }, by);
  await object.execute(
    {
      ...report,
      type: "report_refund",
      contribution: { reference: report.reference },
      status: "completed",
      providerRefundId: null,
      reason: null,
    },
    by,
  );
  expect(await family.finish()).toEqual({ erased: 1, failed: 0 });
});

it("a flush with names that ends in the middle of an erasure leaves none of them", async () => {
  const family = await aFamily();
  const { object, reconnect } = await family.opens({ by: "website", projected: true });
  object.isCutOff = true;
  const { actor: by, requestId } = family.services;
  await object.execute({ type: "update_board", message: `Dear ${family.word}` }, { by, requestId });
  let flushed = false;
  const last = async () => {
    if (!flushed) await reconnect();
    flushed = true;
  };

  await family.erase({ ...BOARD_ERASERS, last } as unknown as typeof BOARD_ERASERS);

  await family.isNowhere();
});

it("a name that is saved while the account is erased is dropped", async () => {
  const family = await aFamily();
  const { id, email } = family.host;
  await family.erase();

  await renameHost(family.services, { id, email, name: null }, `New ${family.word}`);

  await family.isNowhere();
});
