import { and, eq, like } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createApiKey } from "#accounts/api-keys";
import { connect } from "#database/client";
import { auditLogs } from "#database/schema";
import { cents } from "#domain/money";
import { auditHit } from "#fraud/audit-hit";
import { noteFailedPayment } from "#fraud/card-testing";
import { judgeAttempt } from "#fraud/contribution-attempts";
import { limiterName } from "#rate-limits/limiter-name";
import { OPERATOR_HEADERS, type TestSite, testSite } from "../http/support.ts";
import { aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { TURNSTILE } from "./support.ts";

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database, { settings: TURNSTILE });
});
afterAll(() => database.stop());

async function rows(action: string) {
  await site.settled();
  const found = await database.db
    .select()
    .from(auditLogs)
    .where(and(eq(auditLogs.targetType, "address"), like(auditLogs.action, action)));
  return found.map(({ actorType, actorEmail, ipAddress, targetId, metadata }) => {
    expect([actorType, actorEmail, ipAddress, metadata]).toEqual(["system", null, null, {}]);
    expect(targetId).toMatch(/^[0-9a-f]{32}$/);
    return targetId;
  });
}

const attempt = (ipAddress: string) =>
  judgeAttempt(site.services, { ipAddress, boardCode: "8k3m9q2rtw", submission: crypto.randomUUID(), isRetry: true });

it("a flood of challenged attempts from one network, an IPv6 /48 as one, leaves one row an hour", async () => {
  for (let n = 0; n < 40; n += 1) await attempt(`2001:db8:1:2::${n}`);
  const first = await rows("contribution.challenged");
  expect(first).toHaveLength(1);
  for (let n = 0; n < 11; n += 1) await attempt("2001:db8:1:3::1");
  expect(new Set(await rows("contribution.challenged")).size).toBe(1);
  for (let n = 0; n < 11; n += 1) await attempt("2001:db8:2:3::1");
  expect(new Set(await rows("contribution.challenged")).size).toBe(2);

  site.clock.now = new Date(site.clock.now.getTime() + 3_600_000);
  for (let n = 0; n < 12; n += 1) await attempt("2001:db8:1:2::7");
  expect((await rows("contribution.challenged")).filter((digest) => digest === first[0])).toHaveLength(2);
});

it("a flood from ever new networks writes at most 500 rows an hour and isolate", async () => {
  const isolate = { ...site.services, database: connect(database), waitUntil: () => undefined };
  const hit = (n: number) => auditHit(isolate, "contribution.held_up", `198.51.${n >> 8}.${n & 255}`);
  const written = Array.from({ length: 600 }, (_, n) => hit(n)).filter((address) => address !== null);

  expect(written).toHaveLength(500);
  site.clock.now = new Date(site.clock.now.getTime() + 3_600_000);
  expect(hit(700)).toEqual(expect.any(String));
});

it("two isolates that see the same hit leave one row", async () => {
  const waiting: Promise<unknown>[] = [];
  const isolate = () => ({
    ...site.services,
    database: connect(database),
    waitUntil: (work: Promise<unknown>) => void waiting.push(work),
  });
  const answers = [isolate(), isolate()].map((services) => auditHit(services, "address.blocked", "203.0.113.99"));
  await Promise.all(waiting);

  expect(answers).toEqual([expect.any(String), answers[0]]);
  expect((await rows("address.blocked")).filter((digest) => digest === answers[0])).toHaveLength(1);
});

it("a challenge, a blocked address and a refused check of an unknown key leave one row each", async () => {
  const { services } = site;
  const from = "203.0.113.7";
  const before = await Promise.all(["contribution.challenged", "address.blocked", "api_key.check_refused"].map(rows));
  const guest = { ipAddress: from, boardCode: "8k3m9q2rtw" };
  for (let n = 0; n < 5; n += 1) {
    const rule = { name: "contributions_8k3m9q2rtw", limit: 5, windowMs: 3_600_000, kind: "sliding" } as const;
    const name = limiterName(services.settings, `ip:${from}`);
    await site.limiters.rateLimiter(name).count(rule, `${n}`, site.clock.now);
  }
  for (const submission of ["one", "two"]) {
    expect(await judgeAttempt(services, { ...guest, submission })).toEqual({ verdict: "challenge" });
  }
  for (let n = 0; n < 6; n += 1) {
    const payment = {
      provider: "payfast",
      reference: `payment ${n}`,
      ipAddress: from,
      amount: cents(2_000),
      providerStatus: "FAILED",
    } as const;
    await noteFailedPayment(services, payment);
  }
  const { id: partnerId, name: partnerName } = await aPartner(database.db);
  const { token } = await createApiKey(database.db, {
    environment: "live",
    partnerId,
    partnerName,
    scopes: ["dreamboards:read"],
  });
  site.unknownKeyLimit.allows = false;
  for (const end of ["A", "B"]) {
    const guess = `${token.slice(0, 12)}${end.repeat(token.length - 12)}`;
    const headers = { Authorization: `Bearer ${guess}`, "CF-Connecting-IP": from };
    expect((await site.request("/v1/dream-boards/db_01h455vb4pex5vsknk084sn02q", { headers })).status).toBe(429);
  }

  const after = await Promise.all(["contribution.challenged", "address.blocked", "api_key.check_refused"].map(rows));
  expect(after.map((found, n) => found.length - (before[n]?.length ?? 0))).toEqual([1, 1, 1]);
});

it("a wrong internal secret leaves one row and one alert an hour for each address, and a missing one leaves none", async () => {
  const send = (headers: Record<string, string>, from: string) =>
    site.request("/internal/payments", { headers: { ...headers, "CF-Connecting-IP": from } });
  for (const secret of ["a guess", "another guess", "a third guess"]) {
    const headers = { ...OPERATOR_HEADERS, Authorization: `Bearer ${secret}` };
    for (const from of ["198.51.100.7", "198.51.100.8"]) expect((await send(headers, from)).status).toBe(404);
  }
  expect((await send({}, "198.51.100.9")).status).toBe(404);

  const digests = await rows("operator.sign_in_failed");
  expect(digests).toHaveLength(2);
  const lines = site.logged.filter(({ event }) => event === "operator_sign_in_failed");
  const alerts = lines.filter(({ alert }) => alert);
  expect([lines.length, alerts.length]).toEqual([6, 2]);
  expect(alerts.map(({ alert, address }) => [alert, address]).sort()).toEqual(digests.map((it) => [true, it]).sort());
  expect(JSON.stringify(site.logged)).not.toMatch(/198\.51|guess/);
});
