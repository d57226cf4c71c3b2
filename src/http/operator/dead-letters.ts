import { Hono } from "hono";
import { z } from "zod";
import { dismissDeadLetter, listDeadLetters, requeueDeadLetter } from "#operations/dead-letters";
import type { AppEnv } from "../app-env.ts";
import { Noted } from "./acts.ts";
import { read, readBody } from "./read-body.ts";

const Uuid = z.guid("must be an id from GET /internal/dead-letters");

/** Messages that their consumer gave up. (docs/operate.md) */
export const operatorDeadLetters = new Hono<AppEnv>()
  .get("/", async (c) => {
    const letters = await listDeadLetters(c.get("services"));
    return c.json(
      {
        dead_letters: letters.map(({ id, queue, subject, body, firstDiedAt, lastDiedAt, deaths }) => ({
          id,
          queue,
          subject,
          body,
          first_died_at: firstDiedAt.toISOString(),
          last_died_at: lastDiedAt.toISOString(),
          deaths,
        })),
      },
      200,
    );
  })
  .post("/:id/requeue", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    await requeueDeadLetter(c.get("services"), read(Uuid, c.req.param("id"), "id"), note);
    return c.json({ requeued: true }, 200);
  })
  .post("/:id/dismiss", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    await dismissDeadLetter(c.get("services"), read(Uuid, c.req.param("id"), "id"), note);
    return c.json({ dismissed: true }, 200);
  });
