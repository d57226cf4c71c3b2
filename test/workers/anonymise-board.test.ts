import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { restoreBoard } from "../../src/operations/boards.ts";
import { servicesOf } from "../../src/platform/wiring.ts";
import { projected, putAway } from "./board-support.ts";
import { openBoard, type RemoteBoard } from "./support.ts";

const GUEST = { name: "Zweliguest", message: "Zweliwish", ipAddress: "203.0.113.77", userAgent: "Zwelibrowser" };
const PERSON = /zweli|maya|203\.0\.113\.77|parent@example|origin@example/i;

/** Every row of every table of the object, as one text. */
const everyRow = (board: RemoteBoard) =>
  runInDurableObject(board.stub, (_, { storage }) => {
    const tables = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    const rows = tables
      .filter(({ name }) => !name.startsWith("_cf_"))
      .map(({ name }) => JSON.stringify(storage.sql.exec(`SELECT * FROM "${name}"`).toArray()));
    return rows.join("\n");
  });

const WAIT = { waitForProjection: true } as const;

it("an anonymised board's object names nobody in any table, and its open pages are closed", async () => {
  const { board } = await openBoard();
  await board.paid(20_000, GUEST);
  const socket = (await board.stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } })).webSocket;
  if (!socket) throw new Error("no socket");
  const closed: number[] = [];
  socket.addEventListener("close", ({ code }) => {
    closed.push(code);
  });
  socket.accept();
  await board.close();
  const [payout] = (await board.inspect()).payouts;
  const paid = { externalRef: "order-1", completedAt: null, method: "hand" } as const;
  await board.execute({ type: "complete_payout", payoutId: payout?.id ?? "", ...paid }, WAIT);
  expect(await everyRow(board)).toMatch(PERSON);

  expect(await board.execute({ type: "anonymise_board" }, WAIT)).toMatchObject({
    outcome: "recorded",
    projected: true,
  });

  expect(await everyRow(board)).not.toMatch(PERSON);
  await vi.waitFor(() => expect(closed).toEqual([1001]));
  expect(await board.view()).toBeNull();
  const page = await board.stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } });
  expect(page.status).toBe(404);
  expect(await board.execute({ type: "anonymise_board" }, WAIT)).toMatchObject({
    outcome: "no_change",
    projected: true,
  });
});

it("an anonymised board comes back anonymised after an eviction and after a restore from Postgres", async () => {
  const { board, boardId } = await openBoard();
  await board.close();
  await board.execute({ type: "anonymise_board" }, WAIT);
  await projected(board);
  const before = await board.inspect();
  const profile = await runInDurableObject(board.stub, (_, { storage }) =>
    storage.sql.exec("SELECT json FROM profile").one(),
  );

  await putAway(board);
  expect([await board.inspect(), await board.view()]).toEqual([before, null]);

  await runInDurableObject(board.stub, async (_, { storage }) => {
    await storage.deleteAlarm();
    await storage.deleteAll();
  });
  await evictDurableObject(board.stub);
  await restoreBoard(servicesOf(env, createExecutionContext(), "req_test"), boardId);

  expect([await board.inspect(), await board.view()]).toEqual([before, null]);
  expect(await everyRow(board)).not.toMatch(PERSON);
  const restored = await runInDurableObject(board.stub, (_, { storage }) =>
    storage.sql.exec("SELECT json FROM profile").one(),
  );
  expect(JSON.parse(String(restored.json))).toEqual(JSON.parse(String(profile.json)));
});
