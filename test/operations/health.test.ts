import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "#database/client";
import { boardDifferences, boardLags, deadLetters } from "#database/monitoring-tables";
import { mailMessages, projectionFailures, webhookDeliveries } from "#database/own-tables";
import { settlementDifferences } from "#database/payment-tables";
import { dismissDeadLetter, keepDeadLetters } from "#operations/dead-letters";
import { healthOf } from "#operations/health";
import { resolveDifference } from "#operations/settlement-differences";
import { deliverWebhooks } from "#webhooks/deliver";
import { compareBoards } from "../../src/jobs/compare-boards.ts";
import { expectedJobs, JOB_NAMES, runDueJobs } from "../../src/jobs/schedule.ts";
import { TRIGGERS } from "../../src/jobs/triggers.ts";
import { aHouse, aLiveBoard, DAY, HOUR, type House, MINUTE } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";
import { aDelivery, receiver } from "../webhooks/support.ts";

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  house.clock.now = new Date("2026-11-20T10:00:00Z");
  await database.postgres.session((session) =>
    session.script(`
      DELETE FROM job_states; DELETE FROM job_runs; DELETE FROM board_lags; DELETE FROM dead_letters; DELETE FROM board_differences;
      DELETE FROM projection_failures; DELETE FROM settlement_differences; DELETE FROM mail_messages;
      UPDATE webhook_deliveries SET status = 'failed'; UPDATE schema_migrations SET applied_at = '2026-11-20T10:00:00Z'`),
  );
});

const health = (settings = house.services.settings) =>
  healthOf(house.services, house.clock.now, expectedJobs(house.clock.now, settings));
const lateKinds = async () => (await health()).late.map(({ what, name }) => name ?? what);
const tick = (cron: string) => runDueJobs(house.services, { cron, now: house.clock.now });
/** All crons fire at every minute until `ms` have passed, but for those of `dead`. */
async function live(ms: number, ...dead: string[]): Promise<void> {
  const until = house.clock.now.getTime() + ms;
  while (house.clock.now.getTime() < until) {
    house.pass(MINUTE);
    for (const { cron } of Object.values(TRIGGERS)) if (!dead.includes(cron)) await tick(cron);
  }
}

describe("the health of the jobs", () => {
  it("while all crons fire, nothing is late", async () => {
    await live(15 * MINUTE);

    expect(await health()).toMatchObject({
      status: "ok",
      late: [],
      jobs_s: { "dispatch-mail": 0, "send-refunds": 0, reencrypt: 840 },
    });
  });

  it("the cron of every minute is missed within 5 minutes, and its jobs are late until it fires again", async () => {
    await live(5 * MINUTE);
    house.pass(4 * MINUTE - 1);
    expect(await lateKinds()).toEqual([]);

    house.pass(MINUTE + 1);
    expect(await lateKinds()).toEqual(["close-due-boards", "dispatch-webhooks", "dispatch-mail"]);
    await tick(TRIGGERS.minute.cron);
    expect(await lateKinds()).toEqual([]);
  });

  it("each trigger is missed within its time after a tick that did not come, and not before", async () => {
    const rows = [
      ["payments", 12, 17, "reconcile-payments"],
      ["books", 150, 210, "remind-hosts"],
      ["erasing", 150, 210, "purge-idempotency-keys"],
    ] as const;
    await everyRow(rows, async ([trigger, notBefore, within, job]) => {
      house.clock.now = new Date("2026-11-20T10:00:00Z");
      await database.postgres.session((session) => session.script("DELETE FROM job_states"));
      await tick("all of them");
      house.pass(notBefore * MINUTE);
      expect([trigger, (await lateKinds()).includes(job)]).toEqual([trigger, false]);
      house.pass((within - notBefore) * MINUTE);
      expect([trigger, (await lateKinds()).includes(job)]).toEqual([trigger, true]);
    });
  });

  it("a nightly job is late three hours after its night at the latest, also when it fails each time", async () => {
    await tick("all of them");
    house.clock.now = new Date("2026-11-21T01:00:00Z");
    const expected = () => expectedJobs(house.clock.now, house.services.settings);
    const since = (name: string) =>
      expected()
        .find((job) => job.name === name)
        ?.since.toISOString();
    expect(since("scrub-origins")).toBe("2026-11-20T00:40:00.000Z");

    house.clock.now = new Date("2026-11-21T03:10:00Z");
    expect(since("scrub-origins")).toBe("2026-11-21T00:40:00.000Z");
    expect(await lateKinds()).toContain("scrub-origins");
  });

  it("staging's jobs are judged by its quarters of an hour on working days", async () => {
    const staging = { ...house.services.settings, ENVIRONMENT: "staging" as const };
    house.clock.now = new Date("2026-11-20T18:45:00Z");
    await tick("all of them");

    const late = async (now: string) => {
      house.clock.now = new Date(now);
      return (await health(staging)).late.length;
    };
    expect(await late("2026-11-20T19:00:00Z")).toBe(0);
    expect(await late("2026-11-22T12:00:00Z")).toBe(0);
    expect(await late("2026-11-23T06:29:00Z")).toBe(0);
    expect(await late("2026-11-23T06:31:00Z")).toBeGreaterThan(2);
  });

  it("a job that has never run counts from the newest migration on", async () => {
    expect(await lateKinds()).toEqual([]);
    house.pass(5 * MINUTE);
    expect(await lateKinds()).toContain("dispatch-mail");
    house.pass(2 * DAY);
    expect((await lateKinds()).toSorted()).toEqual(JOB_NAMES.toSorted());
  });
});

it("on a database that is older than its first tick, jobs count from that tick on", async () => {
  await database.postgres.session((session) =>
    session.script("UPDATE schema_migrations SET applied_at = '2026-01-01T00:00:00Z'"),
  );
  expect(await lateKinds()).toContain("reencrypt");

  await tick(TRIGGERS.minute.cron);
  expect(await lateKinds()).toEqual([]);
});

describe("what waits", () => {
  /** All jobs have just run. */
  const allRan = () =>
    database.postgres.session((session) =>
      session.script(
        `DELETE FROM job_states; INSERT INTO job_states (name, done_as_of) SELECT name, '${house.clock.now.toISOString()}'
         FROM unnest('{${JOB_NAMES.join(",")}}'::text[]) AS name`,
      ),
    );
  const past = (ms: number) => new Date(house.clock.now.getTime() - ms);

  it("each kind is late once its oldest has waited for longer than allowed, and no more when it is done", async () => {
    const boardId = randomUUID();
    const rows = [
      [
        "unprojected",
        10 * MINUTE,
        (since: Date) =>
          database.db
            .insert(boardLags)
            .values({ dreamBoardId: boardId, projectedSeq: 1, behindSince: since, seenAt: since }),
        () => database.db.delete(boardLags),
      ],
      [
        "unprojected",
        10 * MINUTE,
        (since: Date) =>
          database.db.insert(projectionFailures).values({
            dreamBoardId: boardId,
            seq: 1,
            eventType: "board_opened",
            message: "refused",
            firstFailedAt: since,
            lastFailedAt: since,
          }),
        () => database.db.update(projectionFailures).set({ resolvedAt: house.clock.now }),
      ],
      [
        "mail",
        15 * MINUTE,
        (since: Date) =>
          database.db.insert(mailMessages).values({
            kind: "board_live",
            recipient: "admins",
            dedupeKey: randomUUID(),
            createdAt: since,
            nextAttemptAt: since,
          }),
        () => database.db.update(mailMessages).set({ status: "sent" }),
      ],
      [
        "board_difference",
        0,
        (since: Date) =>
          database.db
            .insert(boardDifferences)
            .values({ dreamBoardId: boardId, difference: "another pot", foundAt: since, seenAt: since }),
        () => database.db.delete(boardDifferences),
      ],
      [
        "dead_letter",
        0,
        (since: Date) =>
          database.db
            .insert(deadLetters)
            .values({ queue: "mail", subject: "m", firstDiedAt: since, lastDiedAt: since }),
        () => database.db.update(deadLetters).set({ resolvedAt: house.clock.now }),
      ],
      [
        "settlement_difference",
        7 * DAY,
        (since: Date) =>
          database.db.insert(settlementDifferences).values({
            paymentProvider: "ozow",
            providerPaymentId: randomUUID(),
            day: "2026-06-01",
            kind: "missing_here",
            foundAt: since,
          }),
        () => database.db.update(settlementDifferences).set({ resolvedAt: house.clock.now, resolution: "person" }),
      ],
    ] as const;
    await everyRow(rows, async ([kind, allowedMs, begin, end]) => {
      await allRan();
      const since = house.clock.now;
      await begin(since);
      house.pass(allowedMs);
      await allRan();
      expect(await health()).toMatchObject({ status: "ok", oldest_s: { [kind]: allowedMs / 1_000 } });
      house.pass(1_000);
      expect((await health()).late).toEqual([{ what: kind, since: since.toISOString() }]);
      await end();
      expect(await health()).toMatchObject({ status: "ok", late: [], oldest_s: { [kind]: null } });
    });
  });

  it("a consumer that takes no deliveries is noticed within 11 minutes, although the sweeper queues them again", async () => {
    const { id } = await aDelivery(database, house.services);
    await database.db.update(webhookDeliveries).set({ createdAt: house.clock.now });
    await live(10 * MINUTE);
    expect(await lateKinds()).toEqual([]);
    await live(MINUTE);
    expect(await lateKinds()).toEqual(["delivery"]);
    expect(house.queues.webhooks.length).toBeGreaterThan(0);

    await deliverWebhooks(house.services, [id], receiver().deps);
    expect(await lateKinds()).toEqual([]);
  });

  it("mail and deliveries that are due later are not late", async () => {
    await allRan();
    const later = new Date(house.clock.now.getTime() + DAY);
    await database.db.insert(mailMessages).values({
      kind: "board_live",
      recipient: "admins",
      dedupeKey: randomUUID(),
      createdAt: past(HOUR),
      nextAttemptAt: later,
    });

    expect((await health()).status).toBe("ok");
  });

  it("a board that differs is late from the comparison that finds it to the one that does not", async () => {
    const board = await aLiveBoard(house);
    board.board.isCutOff = true;
    await board.paid();
    await compareBoards(house.services, house.clock.now);
    house.pass(MINUTE);
    await allRan();
    expect(await lateKinds()).toEqual(["board_difference"]);

    board.board.isCutOff = false;
    await compareBoards(house.services, house.clock.now);
    expect(await lateKinds()).toEqual([]);
  });

  it("a dead letter is late until a person ends it, and a difference until it is resolved", async () => {
    await keepDeadLetters(house.services, [{ queue: "mail", subject: "m", body: null }]);
    const id = randomUUID();
    await database.db.insert(settlementDifferences).values({
      id,
      paymentProvider: "ozow",
      providerPaymentId: id,
      day: "2026-06-01",
      kind: "missing_here",
      foundAt: past(8 * DAY),
    });
    house.pass(MINUTE);
    await allRan();
    expect(await lateKinds()).toEqual(["dead_letter", "settlement_difference"]);

    const [letter] = await database.db.select().from(deadLetters);
    await dismissDeadLetter(house.services, letter!.id, "a test");
    await resolveDifference(house.services, id, "a test");
    expect(await lateKinds()).toEqual([]);
  });

  it("money that waits for a person is late from three days on", async () => {
    const board = await aLiveBoard(house);
    await board.requestRefund(await board.paid());
    await board.paid();
    await board.close();
    house.pass(4 * DAY);
    await allRan();

    expect(await lateKinds()).toEqual(["refund", "payout"]);
  });
});

it("without Postgres the answer is late, says so, and knows nothing else", async () => {
  const away = connect({ databaseUrl: "postgres://a:b@away.test/db", neonHttpEndpoint: "http://127.0.0.1:1/sql" });

  const answer = await healthOf({ ...house.services, database: away }, house.clock.now, []);

  expect(answer).toMatchObject({
    status: "late",
    late: [{ what: "postgres", since: null }],
    oldest_s: null,
    jobs_s: null,
  });
});
