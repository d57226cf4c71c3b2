import { type Context, Hono } from "hono";
import { z } from "zod";
import { issueApiKey } from "#accounts/issue-api-key";
import { getApiKey, listApiKeys } from "#accounts/known-keys";
import { createPartner, getPartner, type KnownPartner, listPartners, setPartnerLimits } from "#accounts/partners";
import { listEndpoints } from "#webhooks/read-endpoints";
import { presentWebhookEndpoint } from "#wire/webhook-endpoint";
import type { AppEnv } from "../app-env.ts";
import { Note } from "./acts.ts";
import { NewKey, presentKey, RequestsPerHour, wishOf } from "./api-key-terms.ts";
import { read, readBody } from "./read-body.ts";

const NewPartner = z.object({
  name: z
    .string("must be a text")
    .trim()
    .min(1, "must not be empty")
    .max(100, "must be at most 100 characters long")
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not hold control characters"),
});

const PAGE = 100;

const Limits = z
  .object({
    /** Of every key of the partner. */
    rate_limit: RequestsPerHour.optional(),
    /** Boards for one parent within an hour. */
    boards_per_host: z.number().int().min(1).max(10_000).optional(),
    note: Note,
  })
  .refine(
    ({ rate_limit, boards_per_host }) => (rate_limit ?? boards_per_host) !== undefined,
    "must hold rate_limit or boards_per_host",
  );

function present({ id, name, createdAt, sandboxOf, boardsPerHost, activeKeys }: KnownPartner) {
  return {
    id,
    name,
    created_at: createdAt.toISOString(),
    sandbox_of: sandboxOf,
    boards_per_host: boardsPerHost,
    active_keys: activeKeys,
  };
}

/** Partners and their keys, until there are pages for it. (docs/operate.md) */
export const operatorPartners = new Hono<AppEnv>()
  .get("/", async (c) => {
    const after = read(z.guid().optional(), c.req.query("after"), "after");
    const partners = await listPartners(c.get("services"), { after, limit: PAGE });
    const next = partners.length === PAGE ? (partners.at(-1)?.id ?? null) : null;
    return c.json({ partners: partners.map(present), after: next }, 200);
  })
  .post("/", async (c) => {
    const { name } = await readBody(NewPartner, c.req.raw);
    return c.json(await createPartner(c.get("services"), name), 201);
  })
  .get("/:id", async (c) => {
    const partner = await getPartner(c.get("services"), partnerIdOf(c));
    return c.json({ ...present(partner), api_keys: await presentKeysOf(c, partner.id) }, 200);
  })
  .get("/:id/api-keys", async (c) => {
    const { id } = await getPartner(c.get("services"), partnerIdOf(c));
    return c.json({ api_keys: await presentKeysOf(c, id) }, 200);
  })
  .get("/:id/webhooks", async (c) => {
    const services = c.get("services");
    const { id } = await getPartner(services, partnerIdOf(c));
    const endpoints = await listEndpoints(services, { partnerId: id, withSandbox: true, limit: PAGE });
    return c.json({ webhooks: endpoints.map(presentWebhookEndpoint) }, 200);
  })
  .post("/:id/api-keys", async (c) => {
    const services = c.get("services");
    const { environment, scopes, ...terms } = await readBody(NewKey, c.req.raw);
    const { id, token } = await issueApiKey(services, partnerIdOf(c), { environment, scopes, ...wishOf(terms) });
    return c.json({ ...presentKey(await getApiKey(services, id), services.now()), token }, 201);
  })
  .post("/:id/limits", async (c) => {
    const partnerId = partnerIdOf(c);
    const { rate_limit: requestsPerHour, boards_per_host: boardsPerHost, note } = await readBody(Limits, c.req.raw);
    await setPartnerLimits(c.get("services"), partnerId, { requestsPerHour, boardsPerHost }, note);
    return c.json({ id: partnerId, rate_limit: requestsPerHour, boards_per_host: boardsPerHost }, 200);
  });

function partnerIdOf(c: Context<AppEnv>): string {
  return read(z.guid(), c.req.param("id"), "id");
}

async function presentKeysOf(c: Context<AppEnv>, partnerId: string) {
  const services = c.get("services");
  const keys = await listApiKeys(services, partnerId);
  return keys.map((key) => presentKey(key, services.now()));
}
