import { desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "#database/client";
import { jobStates } from "#database/monitoring-tables";
import { jobRuns } from "#database/privacy-tables";
import { type ClaimedRun, claimRuns, runClaimed, runRecorded } from "#operations/job-runs";
import type { Services } from "#platform/services";
import { cronsAt } from "../../local/jobs.ts";
import { runTick } from "../../src/jobs/run-tick.ts";
import { JOB_NAMES, jobsOf, runDueJobs } from "../../src/jobs/schedule.ts";
import { daily, everyMinutes } from "../../src/jobs/timetable.ts";
import { TRIGGERS } from "../../src/jobs/triggers.ts";
import { startTestDatabase, type TestDatabase, unique } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";
import { testServices } from "../webhooks/support.ts";

let database: TestDatabase;
let made: ReturnType<typeof testServices>;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  made = testServices(database, { HEARTBEAT_URL: "https://beat.example.com/chipin" });
  made.clock.now = new Date("2026-11-20T10:00:00Z");
  await database.postgres.session((session) => session.script("DELETE FROM job_states"));
});

const MINUTE = 60_000;
const away = () => connect({ databaseUrl: "postgres://a:b@away.test/db", neonHttpEndpoint: "http://127.0.0.1:1/sql" });
const pass = (ms: number) => {
  made.clock.now = new Date(made.clock.now.getTime() + ms);
  return made.clock.now;
};
const nightly = daily(0, 10);
const at = (instant: string) => new Date(instant);

/** Claims one job as a tick at the clock's instant does. */
async function claim(name: string, lastDue = everyMinutes(1), leaseMs = 2 * MINUTE): Promise<ClaimedRun | null> {
  const now = made.clock.now;
  const [run] = await claimRuns(made.services, [{ name, dueSince: lastDue(now), leaseMs }], now);
  return run ?? null;
}
const succeed = (run: ClaimedRun) => runClaimed(made.services, run, async () => ({ done: 1 }));
const fail = (run: ClaimedRun) =>
  runClaimed(made.services, run, () => Promise.reject(new Error("a bug"))).catch(() => undefined);

describe("when a job is due", () => {
  it("a job of some minutes is due since the last full ones, and a daily job since its hour of today or yesterday", () => {
    const rows = [
      [everyMinutes(1), "2026-11-20T10:07:30Z", "2026-11-20T10:07:00Z"],
      [everyMinutes(5), "2026-11-20T10:07:30Z", "2026-11-20T10:05:00Z"],
      [everyMinutes(60), "2026-11-20T10:07:30Z", "2026-11-20T10:00:00Z"],
      [nightly, "2026-11-20T00:10:00Z", "2026-11-20T00:10:00Z"],
      [nightly, "2026-11-20T00:09:59Z", "2026-11-19T00:10:00Z"],
      [nightly, "2026-11-20T23:00:00Z", "2026-11-20T00:10:00Z"],
      [daily(4, 20), "2027-01-01T00:00:00Z", "2026-12-31T04:20:00Z"],
    ] as const;

    expect(rows.map(([lastDue, now]) => [lastDue, now, lastDue(at(now))])).toEqual(
      rows.map(([lastDue, now, due]) => [lastDue, now, at(due)]),
    );
  });

  it("every job belongs to one trigger, and an expression that is none of them runs all", () => {
    const triggered = Object.values(TRIGGERS).flatMap(({ cron }) => jobsOf(cron));

    expect(triggered.toSorted()).toEqual(JOB_NAMES.toSorted());
    expect(jobsOf("* * * * *")).toEqual(["close-due-boards", "dispatch-webhooks", "dispatch-mail"]);
    expect(jobsOf("*/15 6-18 * * MON-FRI")).toEqual(JOB_NAMES);
  });

  it("the local platform fires each trigger at its minutes", () => {
    const { minute, payments, books, settlement, erasing } = TRIGGERS;
    const rows = [
      ["00", [minute, payments]],
      ["05", [minute, payments]],
      ["07", [minute]],
      ["10", [minute, payments, books]],
      ["20", [minute, payments, settlement]],
      ["40", [minute, payments, erasing]],
    ] as const;

    expect(rows.map(([minutes]) => [minutes, cronsAt(at(`2026-11-20T10:${minutes}:30Z`))])).toEqual(
      rows.map(([minutes, triggers]) => [minutes, triggers.map(({ cron }) => cron)]),
    );
  });
});

describe("claimRuns", () => {
  it("a nightly job that was missed runs at the next tick, and then not before the next night", async () => {
    const name = unique("job");
    made.clock.now = at("2026-11-20T06:10:00Z");
    const missed = await claim(name, nightly);
    expect(missed).not.toBeNull();
    await succeed(missed!);

    made.clock.now = at("2026-11-20T23:10:00Z");
    expect(await claim(name, nightly)).toBeNull();
    made.clock.now = at("2026-11-21T00:10:00Z");
    expect(await claim(name, nightly)).not.toBeNull();
  });

  it("a job that failed is due at the next tick", async () => {
    const name = unique("job");
    made.clock.now = at("2026-11-20T00:10:00Z");
    await fail((await claim(name, nightly))!);

    pass(60 * MINUTE);
    const again = await claim(name, nightly);
    expect(again).not.toBeNull();
    await succeed(again!);
    pass(60 * MINUTE);
    expect(await claim(name, nightly)).toBeNull();
  });

  it("of ten ticks at once one runs the job", async () => {
    const name = unique("job");

    const claims = await Promise.all(Array.from({ length: 10 }, () => claim(name)));

    expect(claims.filter((run) => run !== null)).toHaveLength(1);
    expect(await database.db.select().from(jobRuns).where(eq(jobRuns.name, name))).toMatchObject([
      { outcome: null, endedAt: null, startedAt: made.clock.now },
    ]);
  });

  it("a job that still runs is left alone until its lease ends, and its late end takes no lease from the next run", async () => {
    const name = unique("job");
    const dead = (await claim(name))!;

    pass(MINUTE);
    expect(await claim(name)).toBeNull();
    pass(MINUTE);
    const next = (await claim(name))!;
    expect(next.id).not.toBe(dead.id);
    await fail(dead);

    const [state] = await database.db.select().from(jobStates).where(eq(jobStates.name, name));
    expect(state).toMatchObject({ runId: next.id, leaseUntil: new Date(made.clock.now.getTime() + 2 * MINUTE) });
  });

  it("a run by hand as of another instant counts as done up to then, never beyond the present", async () => {
    const byHand = async (name: string, asOf: string) => {
      await runRecorded(made.services, { name, asOf: at(asOf) }, async () => ({}));
      return (await claim(name, nightly)) !== null;
    };
    made.clock.now = at("2026-11-20T10:00:00Z");

    expect(await byHand(unique("of-yesterday"), "2026-11-19T12:00:00Z")).toBe(true);
    expect(await byHand(unique("of-today"), "2026-11-20T09:00:00Z")).toBe(false);
    const ahead = unique("of-next-month");
    expect(await byHand(ahead, "2026-12-20T00:00:00Z")).toBe(false);
    made.clock.now = at("2026-11-21T00:10:00Z");
    expect(await claim(ahead, nightly)).not.toBeNull();
  });
});

describe("a tick", () => {
  const heartbeats: string[] = [];
  const beat = {
    fetch: async (url: unknown) => {
      heartbeats.push(String(url));
      return new Response("ok");
    },
  };
  beforeEach(() => {
    heartbeats.length = 0;
  });
  const events = () => made.logged.map(({ event, alert }) => (alert ? `${event}!` : event));
  const tick = (services: Services, cron = "* * * * *", deps: typeof beat = beat) =>
    runTick(services, { cron, now: made.clock.now }, deps as never);

  it("a tick runs what is due, records it, and the same tick again runs nothing", async () => {
    const tickOnce = () => runDueJobs(made.services, { cron: "* * * * *", now: made.clock.now });

    expect((await tickOnce()).ran.toSorted()).toEqual(jobsOf("* * * * *").toSorted());
    expect(await tickOnce()).toEqual({ ran: [], ok: true });

    const [run] = await database.db
      .select()
      .from(jobRuns)
      .where(eq(jobRuns.name, "dispatch-mail"))
      .orderBy(desc(jobRuns.startedAt))
      .limit(1);
    expect(run).toMatchObject({ outcome: "done", counts: { enqueued: 0 }, asOf: made.clock.now });
    pass(MINUTE);
    expect((await tickOnce()).ran).toHaveLength(3);
  });

  it("after a tick of every minute in which nothing failed the heartbeat is sent, and after no other", async () => {
    await tick(made.services);
    expect(heartbeats).toEqual(["https://beat.example.com/chipin"]);

    await tick(made.services, "*/5 * * * *");
    await tick({ ...made.services, settings: { ...made.services.settings, HEARTBEAT_URL: undefined } });
    expect(heartbeats).toHaveLength(1);
  });

  it("staging's tick, which runs every job, sends the heartbeat too", async () => {
    await tick(made.services, "*/15 6-18 * * MON-FRI");

    expect(heartbeats).toHaveLength(1);
  });

  it("without Postgres a tick raises one alert, runs nothing and sends no heartbeat", async () => {
    await tick({ ...made.services, database: away() });

    expect(events()).toEqual(["jobs_not_begun!"]);
    expect(heartbeats).toEqual([]);
  });

  it("a job that fails raises an alert, is recorded, and stops the heartbeat but not the other jobs", async () => {
    const refuses = { sendBatch: () => Promise.reject(new Error("no")) };
    await database.postgres.session((session) =>
      session.script(`INSERT INTO mail_messages (kind, recipient, dedupe_key, next_attempt_at, requeue_at)
        VALUES ('settlement_difference', 'admins', gen_random_uuid()::text, '2026-11-19T00:00:00Z', '2026-11-19T00:05:00Z')`),
    );
    await tick({ ...made.services, queues: { ...made.services.queues, mail: refuses } });

    expect(events().filter((event) => event === "job_failed!")).toHaveLength(1);
    expect(events().filter((event) => event === "job")).toHaveLength(2);
    expect(heartbeats).toEqual([]);
    await database.postgres.session((session) => session.script("DELETE FROM mail_messages"));
  });

  it("a heartbeat that fails is a line of the log, whatever is wrong with it", async () => {
    const deps = [
      { fetch: () => Promise.reject(new TypeError("fetch failed")) },
      { fetch: async () => new Response("gone", { status: 410 }) },
    ];
    await everyRow(deps, async (failing) => {
      made.logged.length = 0;
      await tick(made.services, "* * * * *", failing as never);
      expect(made.logged.find(({ event }) => event === "heartbeat_not_sent")).toMatchObject({
        error: expect.any(String),
      });
      pass(MINUTE);
    });
  });
});
