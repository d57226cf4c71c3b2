import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "#database/client";
import { jobRuns } from "#database/privacy-tables";
import type { Services } from "#platform/services";
import { countsOf, latestJobRuns, runRecorded } from "../../src/operations/job-runs.ts";
import { startTestDatabase, type TestDatabase, unique } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";

let database: TestDatabase;
let made: ReturnType<typeof testServices>;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  made = testServices(database);
});

const AS_OF = new Date("2026-11-20T00:10:00Z");
const runsOf = (name: string) => database.db.select().from(jobRuns).where(eq(jobRuns.name, name));
const after = (ms: number) => {
  made.clock.now = new Date(made.clock.now.getTime() + ms);
};

describe("runRecorded", () => {
  it("a run is recorded while it goes on, and its end with the numbers of its result", async () => {
    const name = unique("job");
    const startedAt = made.clock.now;
    const begun = { name, startedAt, asOf: AS_OF, endedAt: null, outcome: null, counts: null, error: null };

    const result = await runRecorded(made.services, { name, asOf: AS_OF }, async () => {
      await expect.poll(() => runsOf(name)).toMatchObject([begun]);
      after(1_500);
      return { found: 3, by: { payfast: 1 } };
    });

    expect(result).toEqual({ found: 3, by: { payfast: 1 } });
    const counts = { found: 3, "by.payfast": 1 };
    expect(await runsOf(name)).toMatchObject([{ ...begun, endedAt: made.clock.now, outcome: "done", counts }]);
  });

  it("a run that throws is recorded as failed with the beginning of its error, and the error goes on", async () => {
    const name = unique("job");
    const fail = runRecorded(made.services, { name, asOf: AS_OF }, () =>
      Promise.reject(new TypeError("x".repeat(900))),
    );

    await expect(fail).rejects.toThrow(TypeError);

    expect(await runsOf(name)).toMatchObject([
      { outcome: "failed", endedAt: made.clock.now, counts: null, error: `TypeError: ${"x".repeat(289)}` },
    ]);
  });

  it("a job runs and answers although its run cannot be recorded", async () => {
    const away = connect({ databaseUrl: "postgres://a:b@away.test/db", neonHttpEndpoint: "http://127.0.0.1:1/sql" });
    const services: Services = { ...made.services, database: away };

    expect(await runRecorded(services, { name: "a-job", asOf: AS_OF }, async () => ({ sent: 1 }))).toEqual({ sent: 1 });

    expect(made.logged.map(({ event, job, alert }) => ({ event, job, alert }))).toEqual(
      ["start", "end"].map(() => ({ event: "job_run_not_recorded", job: "a-job", alert: undefined })),
    );
  });

  it("a run whose first record was lost is recorded at its end", async () => {
    const name = unique("job");
    const away = connect({ databaseUrl: "postgres://a:b@away.test/db", neonHttpEndpoint: "http://127.0.0.1:1/sql" });
    let writes = 0;
    const services: Services = {
      ...made.services,
      get database() {
        writes += 1;
        return writes === 1 ? away : database.db;
      },
    };

    await runRecorded(services, { name, asOf: AS_OF }, async () => ({ sent: 1 }));

    expect(await runsOf(name)).toMatchObject([{ outcome: "done", counts: { sent: 1 } }]);
  });
});

describe("countsOf", () => {
  it("the numbers of a result are kept by their path, lists as their length, and texts are left out", () => {
    const rows: [unknown, Record<string, number>][] = [
      [undefined, {}],
      [
        { due: 2, closed: 0 },
        { due: 2, closed: 0 },
      ],
      [
        { complete: false, differences: [{ boardId: "b", difference: "a name" }] },
        { complete: 0, differences: 1 },
      ],
      [{ payfast: { found: 1, stopped: null }, ozow: "Error: away" }, { "payfast.found": 1 }],
      [
        { settlements: [], reminders: 4 },
        { settlements: 0, reminders: 4 },
      ],
    ];

    expect(rows.map(([result]) => [result, countsOf(result)])).toEqual(rows);
  });
});

describe("latestJobRuns", () => {
  it("latestJobRuns gives the newest run of each job that has run", async () => {
    const [often, once, never] = [unique("job"), unique("job"), unique("job")];
    for (const name of [often, once, often]) {
      after(60_000);
      await runRecorded(made.services, { name, asOf: AS_OF }, async () => ({}));
    }

    expect(await latestJobRuns(made.services, [once, never, often])).toMatchObject([
      { name: once, startedAt: new Date(made.clock.now.getTime() - 60_000) },
      { name: often, startedAt: made.clock.now },
    ]);
  });
});
