import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { boardPots, mailMessages } from "../../src/database/own-tables.ts";
import { payoutExecutions } from "../../src/database/payout-tables.ts";
import { contributions, type dreamBoards, hosts, payouts } from "../../src/database/schema.ts";
import type { Fetch } from "../../src/mail/resend.ts";
import { type MailDeps, sendMails } from "../../src/mail/send.ts";
import type { Services } from "../../src/platform/services.ts";
import { aBoard, aHost, type TestDatabase } from "../support/database.ts";

type Posted = { to: string[]; subject: string; html: string; text: string; from: string; key: string };

type Content = Omit<Posted, "key">;

/** A Resend that records every mail, those of one call under the same key, and accepts it unless `answer` says otherwise. */
export function provider(answer: (mails: readonly Content[]) => Response | Promise<Response> = accepting) {
  const posted: Posted[] = [];
  const calls: { path: string; key: string; mails: readonly Content[] }[] = [];
  const fetch: Fetch = async (url, init) => {
    const key = new Headers(init.headers as Record<string, string>).get("idempotency-key") ?? "";
    const mails: Content[] = [JSON.parse(String(init.body))].flat();
    posted.push(...mails.map((mail) => ({ ...mail, key })));
    calls.push({ path: new URL(url).pathname, key, mails });
    return answer(mails);
  };
  return { posted, calls, deps: { fetch } };
}

export const accepting = (mails: readonly unknown[]) =>
  mails.length > 1
    ? Response.json({ data: mails.map(() => ({ id: randomUUID() })) })
    : Response.json({ id: randomUUID(), data: [{ id: randomUUID() }] });

export async function aHostedBoard({ db }: TestDatabase, values: Partial<typeof dreamBoards.$inferInsert> = {}) {
  const host = await aHost(db);
  const board = await aBoard(db, { hostId: host.id, ...values });
  return { board, email: host.email };
}

export async function aContribution(
  { db }: TestDatabase,
  board: { id: string; partnerId: string },
  values: Partial<typeof contributions.$inferInsert> = {},
) {
  const id = randomUUID();
  await db.insert(contributions).values({
    id,
    partnerId: board.partnerId,
    dreamBoardId: board.id,
    contributorName: "Sarah",
    amountCents: 20_000,
    feeCents: 600,
    paymentProvider: "payfast",
    paymentRef: id,
    paymentStatus: "completed",
    ...values,
  });
  return id;
}

/** The projected pot of a board. */
export async function aPot({ db }: TestDatabase, board: { id: string }, countedCents: number) {
  await db
    .insert(boardPots)
    .values({ dreamBoardId: board.id, countedCents, returningCents: 0, contributionCount: 1, seq: 1 });
}

/** A payout of R2,499 by gift card, as it is projected: the specified row, and how it is being paid. */
export async function aPayout(
  { db }: TestDatabase,
  board: { id: string; partnerId: string },
  values: Partial<typeof payouts.$inferInsert> = {},
  execution: Partial<typeof payoutExecutions.$inferInsert> = {},
) {
  const amounts = { grossCents: 249_900, feeCents: 0, netCents: 249_900 };
  const owned = { partnerId: board.partnerId, dreamBoardId: board.id };
  const [payout] = await db
    .insert(payouts)
    .values({ ...owned, ...amounts, type: "takealot_gift_card", recipientData: {}, ...values })
    .returning();
  if (!payout) throw new Error("the insert returned no row");
  const { id: payoutId, status } = payout;
  await db
    .insert(payoutExecutions)
    .values({ payoutId, dreamBoardId: board.id, status, attempt: 1, seq: 9, ...execution });
  return payout;
}

/** One mail in a batch of its own. */
export async function sendMail(services: Services, id: string, deps: MailDeps) {
  const outcome = (await sendMails(services, [id], deps)).get(id);
  if (!outcome) throw new Error("a mail has no outcome");
  return outcome;
}

type Values = Partial<typeof mailMessages.$inferInsert>;

export async function aMail({ db }: TestDatabase, boardId: string | null, values: Values = {}) {
  const id = randomUUID();
  const row = { id, dreamBoardId: boardId, kind: "board_live", recipient: "host" as const, dedupeKey: id, ...values };
  await db.insert(mailMessages).values(row);
  return id;
}

export async function mailRow({ db }: TestDatabase, id: string) {
  const [row] = await db.select().from(mailMessages).where(eq(mailMessages.id, id));
  return row;
}

export async function forgetHost({ db }: TestDatabase, hostId: string) {
  await db
    .update(hosts)
    .set({ email: `anonymized-${hostId}` })
    .where(eq(hosts.id, hostId));
}
