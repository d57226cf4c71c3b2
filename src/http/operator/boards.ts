import { type Context, Hono } from "hono";
import { z } from "zod";
import { cancelBoard } from "#boards/cancel-board";
import { closeBoard } from "#boards/close-board";
import { inspectBoard } from "#boards/inspect-board";
import { updateBoard } from "#boards/update-board";
import { projectAgain, restoreBoard, rewindBoard, slugOf } from "#operations/boards";
import { holdPayouts, listHolds, releasePayouts } from "#operations/payouts";
import { ChipInError } from "#platform/errors";
import type { RewindTo } from "#platform/objects";
import type { AppEnv } from "../app-env.ts";
import { Instant, Message } from "../partner-api/schemas/fields.ts";
import { Confirmed, confirmBoard, Note, Noted, noteAct, requireConfirmation } from "./acts.ts";
import { boardChanges, changesOf } from "./board-changes.ts";
import { idOf, readBody } from "./read-body.ts";

const OF_PARTNERS = { message: Message.nullable().optional(), deadline: Instant.optional() };

function readChanges(c: Context<AppEnv>) {
  const { LOCAL_PLATFORM, PUBLIC_ORIGIN } = c.get("services").settings;
  const Changes = boardChanges(LOCAL_PLATFORM ? PUBLIC_ORIGIN : null)
    .extend({ note: Note, ...OF_PARTNERS })
    .refine(({ note: _, ...changes }) => Object.keys(changes).length > 0, "must name what to change");
  return readBody(Changes, c.req.raw);
}

/** @throws ChipInError `validation_error` unless there is an instant or the bookmark of an earlier rewind, not both. */
function readRewind({ to, bookmark }: Record<string, string>): RewindTo {
  const at = z.iso.datetime({ offset: true }).safeParse(to);
  if (at.success && bookmark === undefined) return { at: new Date(at.data).toISOString() };
  if (to === undefined && bookmark) return { bookmark };
  const details = [
    {
      field: "to",
      reason:
        "must be an instant (ISO 8601, as in 2027-03-13T08:00:00Z), or ?bookmark= what an earlier rewind answered as undo",
    },
  ];
  throw new ChipInError("validation_error", "It is not clear what to go back to", details);
}

/** What operators do to one board. A board is named by its id; where it is ended or changed, by its slug too. (docs/operate.md) */
export const operatorBoards = new Hono<AppEnv>()
  .get("/:id", async (c) =>
    c.json(await inspectBoard(c.get("services"), { boardId: idOf("board", c.req.param("id")) }), 200),
  )
  .patch("/:id", async (c) => {
    const services = c.get("services");
    const { note, message, deadline, ...others } = await readChanges(c);
    const { board, projected } = await updateBoard(services, c.req.param("id"), {
      ...(message !== undefined && { message }),
      ...(deadline !== undefined && { deadline: new Date(deadline) }),
      ...changesOf(others),
    });
    await noteAct(services, board.id, "board.updated", note);
    return c.json({ status: board.status, message: board.message, deadline: board.deadline, projected }, 200);
  })
  .post("/:id/close", async (c) => {
    const services = c.get("services");
    const { note, confirm } = await readBody(Confirmed, c.req.raw);
    const { id } = await confirmBoard(services, c.req.param("id"), confirm);
    const { board, projected } = await closeBoard(services, { idOrSlug: id, reason: "manual" });
    await noteAct(services, id, "board.closed", note);
    const { status, raised: raised_cents, payable: payable_cents } = board;
    return c.json({ status, raised_cents, payable_cents, projected }, 200);
  })
  .post("/:id/cancel", async (c) => {
    const services = c.get("services");
    const { note, confirm } = await readBody(Confirmed, c.req.raw);
    const { id } = await confirmBoard(services, c.req.param("id"), confirm);
    const { board, projected } = await cancelBoard(services, id);
    await noteAct(services, id, "board.cancelled", note);
    return c.json({ status: board.status, raised_cents: board.raised, projected }, 200);
  })
  .get("/:id/holds", async (c) => {
    const holds = await listHolds(c.get("services"), idOf("board", c.req.param("id")));
    return c.json({ holds }, 200);
  })
  .post("/:id/hold", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    return c.json(await holdPayouts(c.get("services"), idOf("board", c.req.param("id")), note), 200);
  })
  .post("/:id/release", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    return c.json(await releasePayouts(c.get("services"), idOf("board", c.req.param("id")), note), 200);
  })
  .post("/:id/restore", async (c) => {
    const services = c.get("services");
    const id = idOf("board", c.req.param("id"));
    const { note } = await readBody(Noted, c.req.raw);
    const restored = await restoreBoard(services, id);
    await noteAct(services, id, "board.restored", note);
    return c.json(restored, 200);
  })
  .post("/:id/rewind", async (c) => {
    const services = c.get("services");
    const to = readRewind(c.req.query());
    const { note, confirm } = await readBody(Confirmed, c.req.raw);
    const id = idOf("board", c.req.param("id"));
    requireConfirmation(confirm, await slugOf(services, id), "the board's slug");
    const rewound = await rewindBoard(services, id, to);
    await noteAct(services, id, "board.rewound", note);
    return c.json(rewound, 200);
  })
  .post("/:id/project-again", async (c) => {
    const services = c.get("services");
    const after = Number(c.req.query("after") ?? "0");
    if (!Number.isSafeInteger(after) || after < 0) {
      const details = [{ field: "after", reason: "must be a sequence number, 0 for the whole log" }];
      throw new ChipInError("validation_error", "The sequence number could not be read", details);
    }
    const id = idOf("board", c.req.param("id"));
    const { note } = await readBody(Noted, c.req.raw);
    const inspection = await projectAgain(services, id, after);
    await noteAct(services, id, "board.projected_again", note);
    return c.json(inspection, 200);
  });
