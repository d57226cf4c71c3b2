import { expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { TRIGGERS } from "../../../src/jobs/triggers.ts";
import { startApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";

const api = await startApi();
const MACHINE = { Authorization: `Bearer ${api.platform.secrets.jobSecret}` };

type Late = { what: string; name?: string; since: string | null };
async function health(headers: Record<string, string> = MACHINE) {
  const answer = await api.request("/internal/health", { headers });
  const body = (await answer.json()) as { status: string; late: Late[]; error?: { code: string } };
  return { status: answer.status, body, late: body.late?.map(({ what, name }) => name ?? what) };
}
const script = (text: string) => api.platform.database.execute(text);
const fireAll = async () => {
  for (const { cron } of Object.values(TRIGGERS)) await api.platform.runCron(cron);
};
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

it("a machine and an operator read the health, nobody else does, and no one is named in it", async () => {
  await fireAll();

  expect(await health()).toMatchObject({ status: 200, body: { status: "ok", late: [] } });
  expect((await health({ ...api.operatorHeaders })).status).toBe(200);
  const stranger = await api.request("/internal/health", {
    headers: { Authorization: "Bearer not the secret of anyone" },
  });
  expect([stranger.status, (await api.request("/internal/health")).status]).toEqual([404, 404]);
});

it("killing the cron is noticed, and it is well again once it fires", async () => {
  await fireAll();
  await script("UPDATE job_states SET done_as_of = done_as_of - interval '6 minutes'");

  expect(await health()).toMatchObject({
    status: 503,
    body: { status: "late" },
    late: ["close-due-boards", "dispatch-webhooks", "dispatch-mail"],
  });

  await api.platform.runCron(TRIGGERS.minute.cron);
  expect(await health()).toMatchObject({ status: 200, late: [] });
});

it("killing the consumer of a queue is noticed, and it is well again once messages are consumed", async () => {
  await fireAll();
  const [since, kind] = [minutesAgo(16), "settlement_difference"];
  const about = { provider: "ozow" as const, day: "2026-11-01", dedupeKey: "a mail that nobody takes" };
  await api.db
    .insert(mailMessages)
    .values({ kind, recipient: "admins", createdAt: since, nextAttemptAt: since, requeueAt: since, ...about });
  expect(await health()).toMatchObject({ status: 503, late: ["mail"] });

  await api.runJob("dispatch-mail");
  await eventually(async () => (await health()).status === 200);
});

it("killing Postgres is noticed at once, and it is well again when Postgres is back", async () => {
  await fireAll();
  api.gateway.pause();

  expect(await health()).toMatchObject({ status: 503, late: ["postgres"] });

  api.gateway.resume();
  expect(await health()).toMatchObject({ status: 200, late: [] });
});

it("killing the Worker leaves no answer, and it is well again when it serves again", async () => {
  await fireAll();
  const restarted = api.platform.restartWorker({ signal: "SIGKILL" });
  await eventually(
    async () =>
      await health().then(
        () => false,
        () => true,
      ),
  );

  await restarted;
  expect(await eventually(() => health())).toMatchObject({ status: 200, late: [] });
});
