import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deadLetters } from "#database/monitoring-tables";
import { auditLogs } from "#database/schema";
import { dismissDeadLetter, keepDeadLetters, listDeadLetters, requeueDeadLetter } from "#operations/dead-letters";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";

let database: TestDatabase;
let made: ReturnType<typeof testServices>;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  made = testServices(database);
  await database.db.delete(deadLetters);
});

const NOTE = "the bug is mended, ticket 4711";
const pass = (ms: number) => {
  made.clock.now = new Date(made.clock.now.getTime() + ms);
};
const aMail = (mailId = randomUUID()) => ({ queue: "mail", subject: mailId, body: { mailId } });
const list = () => listDeadLetters(made.services);
const onlyId = async () => (await list())[0]!.id;
const auditOf = async (id: string) =>
  (await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, id))).map(({ action }) => action);

describe("dead letters", () => {
  it("a message that dies again is one dead letter with both deaths, and the oldest come first", async () => {
    const [first, second] = [aMail(), aMail()];
    const firstDiedAt = made.clock.now;
    await keepDeadLetters(made.services, [first, first]);
    pass(60_000);
    await keepDeadLetters(made.services, [second, first]);

    expect(await list()).toMatchObject([
      { ...first, deaths: 2, firstDiedAt, lastDiedAt: made.clock.now },
      { ...second, deaths: 1, firstDiedAt: made.clock.now },
    ]);
  });

  it("the same id dies in each queue for itself", async () => {
    const id = randomUUID();
    await keepDeadLetters(made.services, [
      aMail(id),
      { queue: "webhook-delivery", subject: id, body: { deliveryId: id } },
    ]);

    expect(await list()).toHaveLength(2);
  });

  it("a requeued message is sent to its queue as it was, is audited, and is open no more", async () => {
    const mail = aMail();
    await keepDeadLetters(made.services, [mail]);
    const id = await onlyId();

    await requeueDeadLetter(made.services, id, NOTE);

    expect(made.queues.mail).toEqual([{ body: mail.body }]);
    expect(await list()).toEqual([]);
    expect(await auditOf(id)).toEqual(["dead_letter.requeued"]);
    await expect(requeueDeadLetter(made.services, id, NOTE)).rejects.toMatchObject({ code: "not_found" });
    expect(made.queues.mail).toHaveLength(1);
  });

  it("a message that dies after it was requeued is a new dead letter", async () => {
    const mail = aMail();
    await keepDeadLetters(made.services, [mail]);
    await requeueDeadLetter(made.services, await onlyId(), NOTE);
    await keepDeadLetters(made.services, [mail]);

    expect(await list()).toMatchObject([{ subject: mail.subject, deaths: 1 }]);
  });

  it("a dismissed message is sent nowhere, is audited, and is open no more", async () => {
    await keepDeadLetters(made.services, [aMail()]);
    const id = await onlyId();

    await dismissDeadLetter(made.services, id, NOTE);

    expect([made.queues.mail, await list(), await auditOf(id)]).toEqual([[], [], ["dead_letter.dismissed"]]);
    await expect(dismissDeadLetter(made.services, id, NOTE)).rejects.toMatchObject({ code: "not_found" });
  });

  it("a message that could not be read, or of a queue that is no more, cannot be requeued and stays open", async () => {
    await keepDeadLetters(made.services, [
      { queue: "mail", subject: "message-1", body: null },
      { queue: "photos", subject: "message-2", body: { photoId: randomUUID() } },
    ]);

    for (const { id } of await list()) {
      await expect(requeueDeadLetter(made.services, id, NOTE)).rejects.toMatchObject({ code: "conflict" });
    }
    expect(await list()).toHaveLength(2);
  });

  it("a dead letter stays open when its queue takes nothing", async () => {
    await keepDeadLetters(made.services, [aMail()]);
    const refuses = { sendBatch: () => Promise.reject(new Error("no")) };
    const services = { ...made.services, queues: { ...made.services.queues, mail: refuses } };

    await expect(requeueDeadLetter(services, await onlyId(), NOTE)).rejects.toThrow("no");

    expect(await list()).toHaveLength(1);
  });
});
