import { Hono } from "hono";
import { eraseHost, isErasedHost } from "#operations/erase-host";
import { exportHost, getHost } from "#operations/export-host";
import type { AppEnv } from "../app-env.ts";
import { Confirmed, requireConfirmation, requireNamedOperator } from "./acts.ts";
import { readBody } from "./read-body.ts";

/** What the law gives hosts. Also the export names the person who reads it. (product-facts 18.3) */
export const operatorHosts = new Hono<AppEnv>()
  .get("/:id/export", requireNamedOperator, async (c) => {
    const services = c.get("services");
    return c.json(await exportHost(services, await getHost(services, c.req.param("id"))), 200);
  })
  .post("/:id/erase", async (c) => {
    const services = c.get("services");
    const { note, confirm } = await readBody(Confirmed, c.req.raw);
    const host = await getHost(services, c.req.param("id"));
    // After the erasure nobody can name the address any more, and repeating it changes nothing.
    if (!isErasedHost(host)) requireConfirmation(confirm, host.email, "the host's e-mail address");
    return c.json(await eraseHost(services, host, { note }), 200);
  });
