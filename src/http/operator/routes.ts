import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { inspectBoard } from "#boards/inspect-board";
import { ADMIN } from "#domain/board/actor";
import { parsePublicId } from "#domain/ids";
import { projectAgain, restoreBoard } from "#operations/boards";
import { ChipInError } from "#platform/errors";
import { sameSecret } from "#platform/same-secret";
import type { AppEnv } from "../app-env.ts";
import { answerNoRoute, answerWithEnvelope } from "../error-envelope.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
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
 * What operators do by hand, with the internal secret as bearer: run a job as of an instant, look at a board's object,
 * project its log again, rebuild it from the log kept in Postgres, make a partner and its keys, decide what waits for a
 * person, pause a provider. (docs/operate.md)
 */
export function operatorRoutes(jobs: Jobs) {
  return new Hono<AppEnv>()
    .onError(answerWithEnvelope)
    .use(refuseLargeBodies)
    .use(onlyOperators)
    .route("/partners", operatorPartners)
    .route("/", operatorPayments)
    .get("/jobs", (c) => listJobs(c, jobs))
    .route("/", operatorWebhooks)
    .post("/jobs/:name", (c) => runNamedJob(c, jobs))
    .get("/boards/:id", async (c) =>
      c.json(await inspectBoard(c.get("services"), { boardId: boardId(c.req.param("id")) }), 200),
    )
    .post("/boards/:id/restore", async (c) =>
      c.json(await restoreBoard(c.get("services"), boardId(c.req.param("id"))), 200),
    )
    .post("/boards/:id/project-again", async (c) => {
      const after = Number(c.req.query("after") ?? "0");
      if (!Number.isSafeInteger(after) || after < 0) {
        const details = [{ field: "after", reason: "must be a sequence number, 0 for the whole log" }];
        throw new ChipInError("validation_error", "The sequence number could not be read", details);
      }
      return c.json(await projectAgain(c.get("services"), boardId(c.req.param("id")), after), 200);
    })
    .all("*", answerNoRoute);
}

function boardId(text: string): string {
  const id = parsePublicId("board", text);
  if (!id) throw new ChipInError("not_found", "There is no such dream board.");
  return id;
}
