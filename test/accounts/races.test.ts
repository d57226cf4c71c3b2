import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askForEmailChange, confirmEmailChange, renameHost } from "#accounts/change-host";
import {
  acceptInvitation,
  findSecondParent,
  inviteSecondParent,
  leaveBoard,
  removeSecondParent,
} from "#accounts/second-parent";
import { auditLogs, hosts } from "#database/schema";
import { publicId } from "#domain/ids";
import { eraseHost } from "#operations/erase-host";
import type { Services } from "#platform/services";
import { runJob } from "../../src/jobs/schedule.ts";
import { limitersInMemory } from "../fraud/support.ts";
import { aMailService } from "../http/host-pages/host-site.ts";
import { aHouse, aLiveBoard } from "../reconciliation/support.ts";
import { allRows } from "../support/all-rows.ts";
import { aHost, startTestDatabase, type TestDatabase, unique } from "../support/database.ts";
import { hostAccountsInMemory } from "./host-accounts.ts";

/** On a real Postgres each of these calls has connections of its own; the embedded one takes their statements in turn. */

let database: TestDatabase;
let mail: Awaited<ReturnType<typeof aMailService>>;
beforeAll(async () => {
  [database, mail] = await Promise.all([startTestDatabase(), aMailService()]);
});
afterAll(() => Promise.all([database.stop(), mail.stop()]));

const ROUNDS = 5;

/** A host with words that no other has, and services as whom they act. */
async function aPerson() {
  const house = aHouse(database, mail.settings);
  const word = unique("person");
  const host = await aHost(database.db, { email: `${word}@example.org`, name: word });
  const { hostAccount } = hostAccountsInMemory();
  const { rateLimiter } = limitersInMemory();
  const services: Services = {
    ...house.services,
    objects: { ...house.services.objects, hostAccount, rateLimiter },
    actor: { kind: "host", hostId: host.id },
    origin: { email: host.email, ipAddress: "203.0.113.9" },
  };
  const account = { id: host.id, email: host.email, name: host.name };
  const row = async () => (await database.db.select().from(hosts).where(eq(hosts.id, host.id)))[0];
  const erase = async () => {
    const current = await row();
    if (!current) throw new Error("the host is gone");
    return await eraseHost(services, current, { note: "a test" });
  };
  return { house, word, host, services, account, row, erase };
}
type Person = Awaited<ReturnType<typeof aPerson>>;

async function aSharedBoard({ house, services, host }: Person) {
  const { boardId } = await aLiveBoard(house, { hostId: host.id });
  const board = { id: boardId, hostId: host.id };
  const actions = async () => {
    const isBoards = and(eq(auditLogs.targetId, publicId("board", boardId)), eq(auditLogs.actorType, "host"));
    const rows = await database.db.select({ action: auditLogs.action }).from(auditLogs).where(isBoards);
    return rows.map(({ action }) => action.replace("board.", "")).sort();
  };
  return { board, actions, token: await inviteSecondParent(services, board, `${unique("second")}@example.org`) };
}

async function rounds(play: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) await play();
}

describe("what two people do at the same time", () => {
  it("of eight who remove a second parent, and that parent who leaves, one ends it", async () => {
    await rounds(async () => {
      const [person, second] = [await aPerson(), await aHost(database.db)];
      const { board, token, actions } = await aSharedBoard(person);
      const { services } = person;
      await acceptInvitation(services, { boardId: board.id, token, hostId: second.id });

      const removals = Array.from({ length: 8 }, () => removeSecondParent(services, board));
      await Promise.all([...removals, leaveBoard(services, board.id, second.id)]);

      const [end, ...more] = (await actions()).filter((action) => /removed|left|withdrawn/.test(action));
      expect(end).toMatch(/^second_parent_(removed|left)$/);
      expect(more).toEqual([]);
      expect(await findSecondParent(services, board)).toBeNull();
    });
  });

  it("an invitation that is withdrawn while it is accepted is one or the other, and the board is shared with no one", async () => {
    await rounds(async () => {
      const [person, second] = [await aPerson(), await aHost(database.db)];
      const { board, token, actions } = await aSharedBoard(person);
      const { services } = person;

      const [accepted] = await Promise.all([
        acceptInvitation(services, { boardId: board.id, token, hostId: second.id }),
        removeSecondParent(services, board),
      ]);

      const ended = accepted ? ["second_parent_accepted", "second_parent_removed"] : ["invitation_withdrawn"];
      expect((await actions()).filter((action) => !/invited/.test(action))).toEqual(ended);
      expect(await findSecondParent(services, board)).toBeNull();
    });
  });

  it("two invitations at once leave one, and only its link opens", async () => {
    await rounds(async () => {
      const [person, second] = [await aPerson(), await aHost(database.db)];
      const { board } = await aSharedBoard(person);
      const { services } = person;
      const tokens = await Promise.all(
        ["one", "other"].map((who) => inviteSecondParent(services, board, `${unique(who)}@example.org`)),
      );

      const accepted = await Promise.all(
        tokens.map((token) => acceptInvitation(services, { boardId: board.id, token, hostId: second.id })),
      );

      expect(accepted.filter(Boolean)).toHaveLength(1);
    });
  });
});

describe("an account that is deleted while something else changes it", () => {
  it("an e-mail address that is confirmed meanwhile is erased too, or the deletion is refused and may be repeated", async () => {
    await rounds(async () => {
      const { word, services, account, row, erase } = await aPerson();
      await askForEmailChange(services, account, `new-${account.email}`);
      const token = /token=(\S+)/.exec(mail.taken.at(-1)?.text ?? "")?.[1] ?? "";

      const [changed, erased] = await Promise.allSettled([confirmEmailChange(services, account, token), erase()]);

      if (erased.status === "rejected") {
        expect(erased.reason).toMatchObject({ code: "conflict" });
        expect([changed.status, (await row())?.email]).toEqual(["fulfilled", `new-${account.email}`]);
        await erase();
      }
      await runJob("finish-erasures", services, services.now());
      expect(await allRows(database)).not.toContain(word);
    });
  });

  it("a name that is saved and an invitation that is accepted meanwhile leave nothing of the person", async () => {
    await rounds(async () => {
      const [other, person] = [await aPerson(), await aPerson()];
      const { word, services, account, erase } = person;
      const { board, token } = await aSharedBoard(other);

      await Promise.all([
        erase(),
        renameHost(services, account, `New ${word}`),
        acceptInvitation(services, { boardId: board.id, token, hostId: account.id }),
      ]);
      await runJob("finish-erasures", services, services.now());

      expect(await allRows(database)).not.toContain(word);
      expect(await findSecondParent(services, board)).not.toMatchObject({ state: "accepted" });
    });
  });

  it("of two deletions at once both end, and the account is deleted once", async () => {
    await rounds(async () => {
      const { word, host, services, erase } = await aPerson();

      const both = await Promise.allSettled([erase(), erase()]);

      expect(both.map(({ status }) => status)).toContain("fulfilled");
      const isHosts = and(eq(auditLogs.targetId, host.id), eq(auditLogs.action, "host.erased"));
      expect(await database.db.$count(auditLogs, isHosts)).toBe(1);
      await runJob("finish-erasures", services, services.now());
      expect(await allRows(database)).not.toContain(word);
    });
  });
});
