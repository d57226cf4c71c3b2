import { Hono } from "hono";
import type { AppEnv } from "../app-env.ts";
import { answerNoRoute } from "../error-envelope.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { auditRefusals, noteOperator, requireOperator, requirePerson } from "./acts.ts";
import { operatorApiKeys } from "./api-keys.ts";
import { operatorBoards } from "./boards.ts";
import { operatorCauses } from "./causes.ts";
import { operatorDeadLetters } from "./dead-letters.ts";
import { sendHealth } from "./health.ts";
import { operatorHosts } from "./hosts.ts";
import { sendLedger, sendLedgerIds } from "./ledger.ts";
import { listJobs } from "./list-jobs.ts";
import { operatorPartnerContacts } from "./partner-contacts.ts";
import { operatorPartners } from "./partners.ts";
import { operatorPayments } from "./payments.ts";
import { operatorPayouts } from "./payouts.ts";
import { type Jobs, runNamedJob } from "./run-named-job.ts";
import { onlyOperators } from "./sign-in.ts";
import { operatorWebhooks } from "./webhooks.ts";

/**
 * What operators do by hand. Every write is done by a person; the job secret of machines runs jobs and reads how everything runs.
 * (docs/operate.md)
 */
export function operatorRoutes(jobs: Jobs) {
  return new Hono<AppEnv>()
    .use(refuseLargeBodies)
    .use(onlyOperators)
    .use(auditRefusals)
    .get("/health", (c) => sendHealth(c, jobs))
    .get("/jobs", (c) => listJobs(c, jobs))
    .post("/jobs/:name", noteOperator, (c) => runNamedJob(c, jobs))
    .use(requirePerson)
    .get("/ledger", sendLedgerIds)
    .get("/boards/:id/ledger", sendLedger)
    .use(requireOperator)
    .route("/dead-letters", operatorDeadLetters)
    .route("/partners", operatorPartners)
    .route("/partners", operatorPartnerContacts)
    .route("/api-keys", operatorApiKeys)
    .route("/boards", operatorBoards)
    .route("/hosts", operatorHosts)
    .route("/causes", operatorCauses)
    .route("/", operatorPayments)
    .route("/payouts", operatorPayouts)
    .route("/", operatorWebhooks)
    .all("*", answerNoRoute);
}
