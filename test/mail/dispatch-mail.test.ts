import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dispatchMail } from "../../src/jobs/dispatch-mail.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { aHostedBoard, aMail, provider, sendMail } from "./support.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

describe("dispatchMail", () => {
  it("four concurrent sweeps enqueue an overdue mail once, and no mail that is sent or not due", async () => {
    const { services, clock, queues } = testServices(database);
    const { board } = await aHostedBoard(database);
    const minutesAgo = (minutes: number) => new Date(clock.now.getTime() - minutes * 60_000);
    const overdue = { nextAttemptAt: minutesAgo(6), requeueAt: minutesAgo(1) };
    const id = await aMail(database, board.id, overdue);
    await aMail(database, board.id, { nextAttemptAt: minutesAgo(4), requeueAt: minutesAgo(-1) });
    const sent = await aMail(database, board.id, overdue);
    await sendMail(services, sent, provider().deps);

    await Promise.all(Array.from({ length: 4 }, () => dispatchMail(services, clock.now)));

    expect(queues.mail).toEqual([{ body: { mailId: id } }]);
    expect(await sendMail(services, id, provider().deps)).toEqual({ outcome: "sent" });
  });
});
