import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { leaveBoard, removeSecondParent } from "#accounts/second-parent";
import { boardManagers } from "#database/host-tables";
import { mailMessages } from "#database/own-tables";
import { dreamBoards, hosts } from "#database/schema";
import { HOST_MAIL_KINDS, type HostMailKind } from "#mail/kinds";
import { sendMails } from "#mail/send";
import { aHost, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";
import { testServices } from "../webhooks/support.ts";
import { aContribution, aHostedBoard, aMail, provider } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const TOMORROW = new Date(Date.now() + 20 * 3_600_000);
const dayOf = (at: Date) => new Date(at.getTime() + 2 * 3_600_000).toISOString().slice(0, 10);

/** A board with a second parent, and a mail of this kind to its host. */
async function aSharedBoard(kind: HostMailKind) {
  const { services, clock } = testServices(database);
  const { board, email } = await aHostedBoard(database, {
    deadline: TOMORROW,
    createdAt: new Date(TOMORROW.getTime() - 30 * 86_400_000),
  });
  const second = await aHost(database.db);
  const { posted, deps } = provider();
  const contributionId = kind === "contribution_received" ? await aContribution(database, board) : null;
  const day = kind === "closing_tomorrow" ? dayOf(TOMORROW) : null;
  const mail = await aMail(database, board.id, { kind, contributionId, day, nextAttemptAt: clock.now });
  const shares = async (hostId: string) => {
    const row = { invitedBy: board.hostId, invitedEmail: "typed@example.org", invitedAt: clock.now };
    await database.db.insert(boardManagers).values({ dreamBoardId: board.id, ...row, hostId, acceptedAt: clock.now });
  };
  const rows = async () =>
    await database.db
      .select()
      .from(mailMessages)
      .where(eq(mailMessages.dreamBoardId, board.id))
      .orderBy(mailMessages.createdAt);
  const others = async () => (await rows()).filter(({ recipient }) => recipient === "second_parent");
  const send = async (ids: readonly string[], by = deps) => {
    clock.now = new Date();
    return await sendMails(services, ids, by);
  };
  return {
    services,
    board,
    email,
    second,
    posted,
    mail,
    shares,
    others,
    send,
    sendOthers: async () => send((await others()).map(({ id }) => id)),
  };
}

it("the second parent gets the mails about a board's goal and end, once each, and no others", async () => {
  await everyRow(HOST_MAIL_KINDS, async (kind) => {
    const { email, second, posted, mail, shares, send, sendOthers, others } = await aSharedBoard(kind);
    await shares(second.id);

    await send([mail]);
    await sendOthers();
    await sendOthers();

    const isForBoth = !["board_live", "contribution_received"].includes(kind);
    expect(posted.map(({ to }) => to)).toEqual(isForBoth ? [[email], [second.email]] : [[email]]);
    expect((await others()).map(({ status }) => status)).toEqual(isForBoth ? ["sent"] : []);
    expect(posted[1]?.subject).toBe(isForBoth ? posted[0]?.subject : undefined);
    expect(posted[1]?.text ?? "look after").toContain("look after");
  });
});

it("the mail about a closed board leads both parents to the money statement", async () => {
  const { board, second, posted, mail, shares, send, sendOthers } = await aSharedBoard("board_closed");
  await shares(second.id);

  await send([mail]);
  await sendOthers();

  const manage = /https:\S+\/dashboard\/db_\w+\/statement/;
  expect(posted.map(({ text }) => manage.test(text))).toEqual([true, true]);
  expect(board.status).toBe("active");
});

it("a host's mail that is tried again, also at the same time, requests one mail for the second parent", async () => {
  const { second, mail, shares, send, sendOthers, others, posted } = await aSharedBoard("board_closed");
  await shares(second.id);
  const failing = provider(() => new Response(null, { status: 503 }));

  await send([mail], failing.deps);
  await database.db.update(mailMessages).set({ nextAttemptAt: new Date() }).where(eq(mailMessages.id, mail));
  await Promise.all([send([mail]), send([mail])]);
  await Promise.all([sendOthers(), sendOthers()]);

  expect(await others()).toHaveLength(1);
  expect(posted.filter(({ to }) => to.includes(second.email))).toHaveLength(1);
});

it("it goes to the address that the account has by then", async () => {
  const { second, mail, shares, send, sendOthers, posted } = await aSharedBoard("goal_reached");
  await shares(second.id);
  await send([mail]);
  const email = `new-${second.email}`;
  await database.db.update(hosts).set({ email }).where(eq(hosts.id, second.id));

  await sendOthers();

  expect(posted.at(-1)?.to).toEqual([email]);
});

type Shared = Awaited<ReturnType<typeof aSharedBoard>>;
const ENDS: readonly (readonly [why: string, end: (shared: Shared) => Promise<unknown>, lastError: string])[] = [
  ["they were removed", ({ services, board }) => removeSecondParent(services, board), "no recipient"],
  ["they left", ({ services, board, second }) => leaveBoard(services, board.id, second.id), "no recipient"],
  [
    "another one followed them",
    async ({ services, board, shares }) => {
      await removeSecondParent(services, board);
      await shares((await aHost(database.db)).id);
    },
    "no recipient",
  ],
  [
    "the deadline moved",
    ({ board }) =>
      database.db
        .update(dreamBoards)
        .set({ deadline: new Date(TOMORROW.getTime() + 5 * 86_400_000) })
        .where(eq(dreamBoards.id, board.id)),
    "the deadline has moved",
  ],
];

it.each(ENDS)("no mail goes to a second parent when %s before it is sent", async (_, end, lastError) => {
  const shared = await aSharedBoard("closing_tomorrow");
  await shared.shares(shared.second.id);
  await shared.send([shared.mail]);

  await end(shared);
  await shared.sendOthers();

  expect(await shared.others()).toMatchObject([{ status: "skipped", lastError }]);
  expect(shared.posted).toHaveLength(1);
});

it("an invitation that was not accepted brings no mail", async () => {
  const { board, mail, send, others } = await aSharedBoard("board_closed");
  const invitation = { invitedBy: board.hostId, invitedEmail: "typed@example.org", invitedAt: new Date() };
  await database.db.insert(boardManagers).values({ dreamBoardId: board.id, ...invitation, tokenDigest: board.id });

  await send([mail]);

  expect(await others()).toEqual([]);
});
