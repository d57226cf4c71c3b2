import type { Context } from "hono";
import { exportLedger, listLedgers } from "#boards/export-ledger";
import type { LedgerLine } from "#domain/board/ledger-check";
import { parsePublicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { AppEnv } from "../app-env.ts";
import { idOf } from "./read-body.ts";

/**
 * `GET …/boards/{id}/ledger`: everything that is said of the board's money, one JSON value a line (`LedgerLine`), sent while it
 * is read. An export that breaks off has no line `end`.
 */
export async function sendLedger(c: Context<AppEnv, "/boards/:id/ledger">): Promise<Response> {
  const pieces = exportLedger(c.get("services"), idOf("board", c.req.param("id")));
  // The first piece is read here, so that an unknown board is answered 404.
  let next: IteratorResult<LedgerLine[]> | null = await pieces.next();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = next ?? (await pieces.next());
      next = null;
      if (done) return controller.close();
      controller.enqueue(encoder.encode(value.map((line) => `${JSON.stringify(line)}\n`).join("")));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  return c.body(body, 200, { "Content-Type": "application/x-ndjson" });
}

/** `GET …/ledger?after=`: the ids of all boards, a page at a time: `{boards, next}`. */
export async function sendLedgerIds(c: Context<AppEnv>): Promise<Response> {
  const given = c.req.query("after");
  const after = given === undefined ? null : parsePublicId("board", given);
  if (given !== undefined && after === null) {
    const details = [{ field: "after", reason: "must be the id of a board, like db_01k9v2m3q4e8xavkz6m1t7h5ws" }];
    throw new ChipInError("validation_error", "The page could not be read", details);
  }
  return c.json(await listLedgers(c.get("services"), after), 200);
}
