import { Hono } from "hono";
import { ping } from "#database/client";
import { inTime } from "#platform/in-time";
import { messageOf } from "#platform/log";
import type { AppEnv } from "./app-env.ts";
import { answerNoRoute } from "./error-envelope.ts";

const READY_WITHIN_MS = 2_000;

/** `live`: this process answers. `ready`: what it depends on answers too. Guests are served in both cases. */
export const health = new Hono<AppEnv>()
  .get("/live", (c) => c.json({ status: "live" }, 200))
  .get("/ready", async (c) => {
    const { database, log } = c.get("services");
    try {
      await inTime(ping(database), READY_WITHIN_MS);
      return c.json({ status: "ready", dependencies: { postgres: "up" } }, 200);
    } catch (error) {
      log({ event: "not_ready", dependency: "postgres", error: messageOf(error) });
      return c.json({ status: "not_ready", dependencies: { postgres: "away" } }, 503);
    }
  })
  .all("*", answerNoRoute);
