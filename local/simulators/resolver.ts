import { Hono } from "hono";

/** An address on the public internet, so that made-up hosts can be registered without a network. */
const PUBLIC = "93.184.215.14";
const A = "1";

/** `10-0-0-8.ip.example` is 10.0.0.8. */
const SPELLED_OUT = /^(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})\.ip\.example$/;

/**
 * DNS over HTTPS in JSON, as Cloudflare answers it. Every name has one public address, except `*.missing.example`, which does not exist,
 * `*.broken.example`, whose servers fail, and names that spell their address out.
 */
export function resolver(): Hono {
  return new Hono().get("/dns-query", (c) => {
    const { name = "", type = "" } = c.req.query();
    if (/(^|\.)broken\.example$/.test(name)) return c.json({ Status: 2 });
    if (/(^|\.)missing\.example$/.test(name)) return c.json({ Status: 3 });
    const address = SPELLED_OUT.exec(name)?.slice(1).join(".") ?? PUBLIC;
    return c.json({ Status: 0, ...(type === A && { Answer: [{ name, type: 1, TTL: 60, data: address }] }) });
  });
}
