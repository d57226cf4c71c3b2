import { and, asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  acceptInvitation,
  findInvitation,
  findSecondParent,
  inviteSecondParent,
  leaveBoard,
  removeSecondParent,
} from "#accounts/second-parent";
import { closeBoard } from "#boards/close-board";
import { boardsOfSecondParent, getManagedBoard } from "#boards/managed-board";
import { updateBoard } from "#boards/update-board";
import { auditLogs } from "#database/schema";
import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { limitersInMemory } from "../fraud/support.ts";
import { aHouse, aLiveBoard, DAY, type House, type LiveBoard } from "../reconciliation/support.ts";
import { aHost, startTestDatabase, type TestDatabase, unique } from "../support/database.ts";

let database: TestDatabase;
let house: House;
let live: LiveBoard;
/** The services of the board's host. */
let own: Services;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  live = await aLiveBoard(house);
  own = servicesOf({ id: live.hostId, email: "host@example.org" });
});

function servicesOf({ id: hostId, email }: { id: string; email: string }): Services {
  const objects = { ...house.services.objects, rateLimiter: limiters.rateLimiter };
  return { ...house.services, objects, actor: { kind: "host", hostId }, origin: { email, ipAddress: null } };
}
const limiters = limitersInMemory();

const board = () => ({ id: live.boardId, hostId: live.hostId });
const name = () => publicId("board", live.boardId);

async function invite(email = `${unique("second")}@example.org`) {
  return { boardId: live.boardId, token: await inviteSecondParent(own, board(), email) };
}

/** A host who has accepted the invitation to the board. */
async function aSecondParent() {
  const host = await aHost(database.db);
  const services = servicesOf(host);
  expect(await acceptInvitation(services, { ...(await invite(host.email)), hostId: host.id })).toBe(true);
  return { host, services };
}

async function audited() {
  const isBoards = and(eq(auditLogs.targetType, "dream_board"), eq(auditLogs.targetId, name()));
  const rows = await database.db.select().from(auditLogs).where(isBoards).orderBy(asc(auditLogs.createdAt));
  return rows.filter(({ actorType }) => actorType === "host").map(({ action, actorId }) => ({ action, actorId }));
}

describe("the second parent of a board", () => {
  it("a host who accepts an invitation manages the board, and what they do is recorded under their own name", async () => {
    const { host, services } = await aSecondParent();

    const managed = await getManagedBoard(services, host.id, name());
    await updateBoard(managed.services, name(), { message: "From both of us" });
    await closeBoard(managed.services, { idOrSlug: name(), reason: "manual" });

    expect(managed.role).toBe("second_parent");
    expect(managed.board).toMatchObject({ id: live.boardId, hostId: live.hostId });
    expect(live.board.journal.events.slice(-2).map(({ type, by }) => ({ type, by }))).toEqual([
      { type: "board_updated", by: { kind: "host", hostId: host.id } },
      { type: "board_closed", by: { kind: "host", hostId: host.id } },
    ]);
    expect(await audited()).toEqual([
      { action: "board.second_parent_invited", actorId: live.hostId },
      { action: "board.second_parent_accepted", actorId: host.id },
      { action: "board.updated", actorId: host.id },
      { action: "board.closed", actorId: host.id },
    ]);
    expect(await boardsOfSecondParent(services, host.id)).toEqual([live.boardId]);
  });

  it("the board's own host manages it as its host", async () => {
    const { role, services } = await getManagedBoard(own, live.hostId, live.slug);

    expect([role, services === own]).toEqual(["host", true]);
  });

  it("a host who was not invited finds no board", async () => {
    const { id } = await aHost(database.db);

    for (const named of [name(), live.slug, live.boardId]) {
      await expect(getManagedBoard(own, id, named)).rejects.toMatchObject({ code: "not_found" });
    }
  });

  it("a second parent of one board does not manage the host's other board", async () => {
    const { host, services } = await aSecondParent();
    const other = await aLiveBoard(house, { hostId: live.hostId });

    await expect(getManagedBoard(services, host.id, publicId("board", other.boardId))).rejects.toMatchObject({
      code: "not_found",
    });
    const managed = await getManagedBoard(services, host.id, name());
    await expect(closeBoard(managed.services, { idOrSlug: other.slug, reason: "manual" })).rejects.toMatchObject({
      code: "not_found",
    });
    expect(other.state.status).toBe("active");
  });

  it("the host sees which account accepted, whichever address was invited", async () => {
    const host = await aHost(database.db);
    const invitation = await invite("work@example.org");
    expect(await findSecondParent(own, board())).toMatchObject({
      state: "invited",
      invitedEmail: "work@example.org",
      expired: false,
    });

    await acceptInvitation(servicesOf(host), { ...invitation, hostId: host.id });

    expect(await findSecondParent(own, board())).toMatchObject({ state: "accepted", email: host.email });
  });

  it("a second parent who was removed, or who left, manages the board no more, and another can be invited", async () => {
    const first = await aSecondParent();
    await removeSecondParent(own, board());
    await removeSecondParent(own, board());
    const second = await aSecondParent();
    await leaveBoard(second.services, live.boardId, first.host.id);
    expect(await findSecondParent(own, board())).toMatchObject({ state: "accepted" });
    await leaveBoard(second.services, live.boardId, second.host.id);

    for (const { host, services } of [first, second]) {
      await expect(getManagedBoard(services, host.id, name())).rejects.toMatchObject({ code: "not_found" });
    }
    expect(await findSecondParent(own, board())).toBeNull();
    expect((await audited()).map(({ action }) => action)).toEqual([
      "board.second_parent_invited",
      "board.second_parent_accepted",
      "board.second_parent_removed",
      "board.second_parent_invited",
      "board.second_parent_accepted",
      "board.second_parent_left",
    ]);
  });
});

describe("an invitation", () => {
  it("of eight hosts who accept one invitation at once, one becomes the second parent", async () => {
    const invitation = await invite();
    const people = await Promise.all(Array.from({ length: 8 }, () => aHost(database.db)));

    const accepted = await Promise.all(
      people.map((host) => acceptInvitation(servicesOf(host), { ...invitation, hostId: host.id })),
    );

    expect(accepted.filter(Boolean)).toHaveLength(1);
    const winner = people[accepted.indexOf(true)];
    expect(await findSecondParent(own, board())).toMatchObject({ state: "accepted", hostId: winner?.id });
  });

  it("a link that was used, replaced, withdrawn, is seven days old, or is of another board opens nothing", async () => {
    const host = await aHost(database.db);
    const isOpen = async (link: { boardId: string; token: string }) => {
      const found = await findInvitation(own, link);
      const accepted = await acceptInvitation(servicesOf(host), { ...link, hostId: host.id });
      expect(found !== null).toBe(accepted);
      return accepted;
    };
    const replaced = await invite();
    const withdrawn = await invite();
    expect(await isOpen(replaced)).toBe(false);
    await removeSecondParent(own, board());
    expect(await isOpen(withdrawn)).toBe(false);
    const old = await invite();
    house.pass(7 * DAY);
    expect(await isOpen(old)).toBe(false);
    expect(await findSecondParent(own, board())).toMatchObject({ state: "invited", expired: true });
    const used = await invite();
    const other = await aLiveBoard(house, { hostId: live.hostId });
    expect(await isOpen({ ...used, boardId: other.boardId })).toBe(false);
    expect(await isOpen({ ...used, token: "x" })).toBe(false);
    expect(await isOpen(used)).toBe(true);
    expect(await isOpen(used)).toBe(false);
  });

  it("a host who opens their own invitation is not bound by it", async () => {
    const invitation = await invite();

    expect(await acceptInvitation(own, { ...invitation, hostId: live.hostId })).toBe(false);
    expect(await findInvitation(own, invitation)).not.toBeNull();
  });

  it("a board with a second parent takes no other invitation, and a host does not invite themselves", async () => {
    const { host } = await aSecondParent();
    await expect(invite()).rejects.toMatchObject({ code: "conflict" });

    const other = await aLiveBoard(house);
    const otherBoard = { id: other.boardId, hostId: host.id };
    await expect(inviteSecondParent(own, otherBoard, host.email)).rejects.toMatchObject({ code: "validation_error" });
  });

  it("a host sends five invitations within an hour, and so does everybody together to one address", async () => {
    for (let sent = 0; sent < 5; sent += 1) await invite();
    await expect(invite()).rejects.toMatchObject({ code: "rate_limited" });

    const email = `${unique("crowd")}@example.org`;
    const inviteAgain = async () => {
      live = await aLiveBoard(house);
      own = servicesOf({ id: live.hostId, email: "host@example.org" });
      return await invite(email);
    };
    for (let sent = 0; sent < 5; sent += 1) await inviteAgain();
    await expect(inviteAgain()).rejects.toMatchObject({ code: "rate_limited" });
  });

  it("the table holds a digest of the link's token", async () => {
    const { token } = await invite();

    const { rows } = await database.postgres.query({
      text: "SELECT row_to_json(m)::text FROM board_managers m WHERE dream_board_id = $1",
      params: [live.boardId],
    });

    expect(rows[0]?.[0]).toMatch(/"token_digest":"[0-9a-f]{64}"/);
    expect(rows[0]?.[0]).not.toContain(token);
  });
});
