import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { dreamBoards } from "#database/schema";
import { ADMIN } from "#domain/board/actor";
import type { BoardProfile } from "#domain/board/profile";
import { type Keyring, keyringOf, parseKeyring } from "#privacy/encryption";
import { openJson, openText, sealText } from "#privacy/sealed";
import { reencrypt } from "../../src/jobs/reencrypt.ts";
import { restoreBoard } from "../../src/operations/boards.ts";
import { settingsOf } from "../../src/platform/settings.ts";
import { servicesOf } from "../../src/platform/wiring.ts";
import { payoutsOf, projected } from "./board-support.ts";
import { anOwner, database, newBoard, RemoteBoard } from "./support.ts";

const CARD = "5234111122223333";
const settings = settingsOf(env);
/** The Worker lists two keys, the current one first. */
const [CURRENT = "", OLDER = ""] = settings.CARD_DATA_ENCRYPTION_KEY.split(",");
const onlyCurrent = parseKeyring(CURRENT);
const onlyOlder = parseKeyring(OLDER);

/** A Karri board whose card was sealed with `keyring`. */
async function aKarriBoard(keyring: Keyring) {
  const { command, profile } = newBoard(await anOwner(), { payoutMethod: "karri_card_topup" });
  const karriCardCiphertext = await sealText(keyring, CARD);
  const board = new RemoteBoard(command.boardId);
  await board.execute(command, { profiles: { board: { ...profile, karriCardCiphertext } }, waitForProjection: true });
  return { board, karriCardCiphertext };
}

/** The profile in the object's SQLite. */
async function storedProfile({ stub }: RemoteBoard): Promise<BoardProfile> {
  const json = await runInDurableObject(
    stub,
    (_, { storage }) => storage.sql.exec<{ json: string }>("SELECT json FROM profile").one().json,
  );
  return JSON.parse(json);
}

it("an object brings its card under the current key, once, and its log does not change", async () => {
  const { board, karriCardCiphertext } = await aKarriBoard(onlyOlder);
  const before = { profile: await storedProfile(board), inspection: await board.inspect() };

  expect(await board.object.reencrypt()).toEqual({ keyId: "test", changed: 1, unreadable: 0 });
  expect(await board.object.reencrypt()).toEqual({ keyId: "test", changed: 0, unreadable: 0 });

  await evictDurableObject(board.stub);
  const after = await storedProfile(board);
  expect({ ...after, karriCardCiphertext }).toEqual(before.profile);
  expect(await openText(onlyCurrent, after.karriCardCiphertext ?? "")).toBe(CARD);
  expect(await board.inspect()).toEqual(before.inspection);
});

it("the new ciphertext is in use at once: an edit keeps it, and the payout gets the card", async () => {
  const { board } = await aKarriBoard(onlyOlder);
  await board.object.reencrypt();

  const edited = await board.execute({ type: "update_board", message: "See you on Sunday" }, { by: ADMIN });
  await board.paid(50_000);
  await board.close();

  expect(edited).toMatchObject({ outcome: "recorded" });
  expect((await storedProfile(board)).karriCardCiphertext).toMatch(/^test\./);
  const [payout] = await payoutsOf(board.boardId);
  expect(await openJson(onlyCurrent, payout?.recipientData)).toMatchObject({ cardNumber: CARD });
});

it("an object without a card, without a log, or with a card that no key reads changes nothing", async () => {
  const { command, profile } = newBoard(await anOwner());
  const plain = new RemoteBoard(command.boardId);
  await plain.execute(command, { profiles: { board: profile }, waitForProjection: true });
  const absent = new RemoteBoard(newBoard(await anOwner()).command.boardId);
  const lost = await aKarriBoard(parseKeyring(`lost:${Buffer.alloc(32, 9).toString("base64")}`));

  expect(await plain.object.reencrypt()).toEqual({ keyId: "test", changed: 0, unreadable: 0 });
  expect(await absent.object.reencrypt()).toEqual({ keyId: "test", changed: 0, unreadable: 0 });
  expect(await lost.board.object.reencrypt()).toEqual({ keyId: "test", changed: 0, unreadable: 1 });
  expect((await storedProfile(lost.board)).karriCardCiphertext).toBe(lost.karriCardCiphertext);
});

it("the job reaches object and row, and a restored object then needs only the current key", {
  timeout: 60_000,
}, async () => {
  const { board } = await aKarriBoard(onlyOlder);
  await projected(board);
  const services = servicesOf(env, createExecutionContext(), "req_test");
  expect(keyringOf(services.settings).keys.size).toBe(2);

  await reencrypt(services, new Date());

  expect((await storedProfile(board)).karriCardCiphertext).toMatch(/^test\./);
  const [row] = await database.select().from(dreamBoards).where(eq(dreamBoards.id, board.boardId));
  expect(await openText(onlyCurrent, row?.karriCardNumber ?? "")).toBe(CARD);
  await runInDurableObject(board.stub, async (_, { storage }) => {
    await storage.deleteAlarm();
    await storage.deleteAll();
  });
  await evictDurableObject(board.stub);
  await restoreBoard(services, board.boardId);
  expect(await openText(onlyCurrent, (await storedProfile(board)).karriCardCiphertext ?? "")).toBe(CARD);
});
