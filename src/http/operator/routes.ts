import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { ADMIN } from "#domain/board/actor";
import { auditHit } from "#fraud/audit-hit";
import { sameSecret } from "#platform/same-secret";
import type { Services } from "#platform/services";
import type { AppEnv } from "../app-env.ts";
import { answerNoRoute, answerWithEnvelope } from "../error-envelope.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { auditRefusals, noteOperator, requireOperator } from "./acts.ts";
import { operatorBoards } from "./boards.ts";
import { operatorHosts } from "./hosts.ts";
import { sendLedger, sendLedgerIds } from "./ledger.ts";
import { listJobs } from "./list-jobs.ts";
import { operatorPartners } from "./partners.ts";
import { operatorPayments } from "./payments.ts";
import { operatorPayouts } from "./payouts.ts";
import { type Jobs, runNamedJob } from "./run-named-job.ts";
import { operatorWebhooks } from "./webhooks.ts";

const onlyOperators = createMiddleware<AppEnv>(async (c, next) => {
  const services = c.get("services");
  const given = /^Bearer (.+)$/.exec(c.req.header("Authorization") ?? "")?.[1] ?? "";
  if (!sameSecret(given, services.settings.INTERNAL_JOB_SECRET)) {
    if (given !== "") reportFailedSignIn(services);
    // To anyone else these routes do not exist.
    return answerNoRoute(c);
  }
  c.set("services", { ...services, actor: ADMIN });
  await next();
});

/** An alert and an audit row, one for each network and hour. A request without a secret is a stranger's scan and is none. */
function reportFailedSignIn(services: Services): void {
  const address = auditHit(services, "operator.sign_in_failed", services.origin.ipAddress);
  if (address !== null) services.alert({ event: "operator_sign_in_failed", address, request_id: services.requestId });
}

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
    .get("/ledger", sendLedgerIds)
    .get("/boards/:id/ledger", sendLedger)
    .use(requireOperator)
    .route("/partners", operatorPartners)
    .route("/boards", operatorBoards)
    .route("/hosts", operatorHosts)
    .route("/", operatorPayments)
    .route("/payouts", operatorPayouts)
    .route("/", operatorWebhooks)
    .all("*", answerNoRoute);
}
