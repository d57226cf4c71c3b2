import { Hono } from "hono";
import { z } from "zod";
import { type CauseRow, listCauses } from "#boards/causes";
import { CAUSE_CATEGORIES } from "#domain/causes";
import { cents } from "#domain/money";
import { putCause, retireCause } from "#operations/causes";
import type { AppEnv } from "../app-env.ts";
import { Note, Noted } from "./acts.ts";
import { read, readBody } from "./read-body.ts";

const MIN_GOAL_CENTS = 2_000;
const MAX_GOAL_CENTS = 100_000_000;

const text = (max: number) =>
  z
    .string("must be a text")
    .trim()
    .min(1, "must not be empty")
    .max(max, `must be at most ${max} characters long`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not hold control characters");

const GOAL = `must be a whole number of cents from ${MIN_GOAL_CENTS} to ${MAX_GOAL_CENTS}`;
const Impact = z.object({
  goal_cents: z.int(GOAL).min(MIN_GOAL_CENTS, GOAL).max(MAX_GOAL_CENTS, GOAL),
  impact: text(200),
});

const CauseId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be small letters, digits and hyphens, 40 at most, like greenpop");

const CauseBody = z.object({
  name: text(200),
  organisation: text(200),
  npo_number: text(40).optional(),
  category: z.enum(CAUSE_CATEGORIES, `must be one of ${CAUSE_CATEGORIES.join(", ")}`),
  description: text(1_000),
  image: z
    .string("must be a text")
    .regex(/^\/(causes|images)\/[a-z0-9-]+\.(jpg|png|webp|svg)$/, "must be a path like /causes/greenpop.jpg"),
  impacts: z
    .array(Impact, "must be a list")
    .min(1, "must hold one impact or more")
    .max(10, "must hold at most 10 impacts")
    .refine(
      (impacts) => impacts.every(({ goal_cents }, index) => goal_cents > (impacts[index - 1]?.goal_cents ?? 0)),
      "must rise: each goal_cents above the one before",
    ),
  sort: z.int("must be a whole number").min(0, "must not be negative").max(10_000, "must be at most 10000").default(0),
  note: Note,
});

function present({ impacts, npoNumber, isActive, createdAt, updatedAt, ...cause }: CauseRow) {
  return {
    ...cause,
    npo_number: npoNumber,
    impacts: impacts.map(({ goal, impact }) => ({ goal_cents: goal, impact })),
    active: isActive,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

/** The causes that boards choose from. (docs/operate.md) */
export const operatorCauses = new Hono<AppEnv>()
  .get("/", async (c) => c.json({ causes: (await listCauses(c.get("services"))).map(present) }, 200))
  .post("/:id/put", async (c) => {
    const id = read(CauseId, c.req.param("id"), "id");
    const { note, npo_number: npoNumber = null, impacts, ...words } = await readBody(CauseBody, c.req.raw);
    const levels = impacts.map(({ goal_cents, impact }) => ({ goal: cents(goal_cents), impact }));
    await putCause(c.get("services"), { id, npoNumber, impacts: levels, ...words }, note);
    return c.json({ id, active: true }, 200);
  })
  .post("/:id/retire", async (c) => {
    const id = read(CauseId, c.req.param("id"), "id");
    const { note } = await readBody(Noted, c.req.raw);
    await retireCause(c.get("services"), id, note);
    return c.json({ id, active: false }, 200);
  });
