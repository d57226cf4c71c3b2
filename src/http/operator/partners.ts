import { Hono } from "hono";
import { z } from "zod";
import { createPartner, issueApiKey, setPartnerLimits } from "#accounts/partners";
import { SCOPES } from "#accounts/scopes";
import { publicId } from "#domain/ids";
import type { AppEnv } from "../app-env.ts";
import { Note } from "./acts.ts";
import { read, readBody } from "./read-body.ts";

const NewPartner = z.object({
  name: z
    .string("must be a text")
    .trim()
    .min(1, "must not be empty")
    .max(100, "must be at most 100 characters long")
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not hold control characters"),
});

const RequestsPerHour = z.number().int().min(1).max(1_000_000);

const NewKey = z.object({
  environment: z.enum(["live", "test"], "must be live or test"),
  scopes: z.array(z.enum(SCOPES, `must be one of ${SCOPES.join(", ")}`)).min(1, "must hold at least one scope"),
  /** Requests per hour; the column's default without it. */
  rate_limit: RequestsPerHour.optional(),
});

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

/** Partners and their keys, until there are pages for it. The token is in the answer this once. */
export const operatorPartners = new Hono<AppEnv>()
  .post("/", async (c) => {
    const { name } = await readBody(NewPartner, c.req.raw);
    return c.json(await createPartner(c.get("services"), name), 201);
  })
  .post("/:id/api-keys", async (c) => {
    const partnerId = read(z.guid(), c.req.param("id"), "id");
    const { environment, scopes, rate_limit: rateLimit } = await readBody(NewKey, c.req.raw);
    const wish = { environment, scopes, ...(rateLimit !== undefined && { rateLimit }) };
    const { id, token } = await issueApiKey(c.get("services"), partnerId, wish);
    return c.json({ id: publicId("apiKey", id), token, environment, scopes }, 201);
  })
  .post("/:id/limits", async (c) => {
    const partnerId = read(z.guid(), c.req.param("id"), "id");
    const { rate_limit: requestsPerHour, boards_per_host: boardsPerHost, note } = await readBody(Limits, c.req.raw);
    await setPartnerLimits(c.get("services"), partnerId, { requestsPerHour, boardsPerHost }, note);
    return c.json({ id: partnerId, rate_limit: requestsPerHour, boards_per_host: boardsPerHost }, 200);
  });
