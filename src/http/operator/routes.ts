import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { ADMIN } from "#domain/board/actor";
import { sameSecret } from "#platform/same-secret";
import type { AppEnv } from "../app-env.ts";
import { answerNoRoute, answerWithEnvelope } from "../error-envelope.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { auditRefusals, noteOperator, requireOperator } from "./acts.ts";
import { operatorBoards } from "./boards.ts";
import { listJobs } from "./list-jobs.ts";
import { operatorPartners } from "./partners.ts";
import { operatorPayments } from "./payments.ts";
import { type Jobs, runNamedJob } from "./run-named-job.ts";
import { operatorWebhooks } from "./webhooks.ts";

const onlyOperators = createMiddleware<AppEnv>(async (c, next) => {
  const { INTERNAL_JOB_SECRET } = c.get("services").settings;
  const given = /^Bearer (.+)$/.exec(c.req.header("Authorization") ?? "")?.[1] ?? "";
  // To anyone else these routes do not exist.
  if (!sameSecret(given, INTERNAL_JOB_SECRET)) return answerNoRoute(c);
  c.set("services", { ...c.get("services"), actor: ADMIN });
  await next();
});

/**
 * What operators do by hand, with the internal secret as bearer. Every write names the person who acts; jobs are run by
 * machines too. (docs/operate.md)
 */
export function operatorRoutes(jobs: Jobs) {
  return new Hono<AppEnv>()
    .onError(answerWithEnvelope)
    .use(refuseLargeBodies)
    .use(onlyOperators)
    .use(auditRefusals)
    .get("/jobs", (c) => listJobs(c, jobs))
    .post("/jobs/:name", noteOperator, (c) => runNamedJob(c, jobs))
    .use(requireOperator)
    .route("/partners", operatorPartners)
    .route("/boards", operatorBoards)
    .route("/", operatorPayments)
    .route("/", operatorWebhooks)
    .all("*", answerNoRoute);
}
