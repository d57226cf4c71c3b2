import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { callBoard } from "#boards/call-board";
import { codeOfReference } from "#domain/ids";
import type { AppEnv } from "./app-env.ts";
import { answerNoRoute } from "./error-envelope.ts";
import { type Jobs, runNamedJob } from "./operator/run-named-job.ts";

const onlyLocally = createMiddleware<AppEnv>(async (c, next) => {
  if (!c.get("services").settings.LOCAL_PLATFORM) return answerNoRoute(c);
  await next();
});

/**
 * Doors that exist on the local platform only, and need no secret there: jobs, and what a board's object itself says, also
 * while Postgres is away.
 */
export function localRoutes(jobs: Jobs) {
  return new Hono<AppEnv>()
    .use(onlyLocally)
    .post("/jobs/:name", (c) => runNamedJob(c, jobs))
    .get("/boards/:code", async (c) => {
      const code = c.req.param("code");
      return c.json(await callBoard(c.get("services"), code, (board) => board.inspect()), 200);
    })
    .get("/payments/:reference", async (c) => {
      const reference = c.req.param("reference");
      const code = codeOfReference(reference);
      const receipt =
        code && (await callBoard(c.get("services"), code, (board) => board.read("receipt", { reference })));
      return c.json(receipt || null, 200);
    })
    .all("*", answerNoRoute);
}
