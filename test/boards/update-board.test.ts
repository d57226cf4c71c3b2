import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { updateBoard } from "#boards/update-board";
import { partnerEvents } from "#database/event-tables";
import { contributorVisibility } from "#database/own-tables";
import { auditLogs, dreamBoards } from "#database/schema";
import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { aHouse, aLiveBoard, DAY, type House, type LiveBoard } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let house: House;
let live: LiveBoard;
/** The host's own services. */
let services: Services;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  live = await aLiveBoard(house);
  services = { ...house.services, actor: { kind: "host", hostId: live.hostId } };
});

const PICTURES = { photo: "/pictures/maya.jpg", giftPicture: "https://cdn.example/treehouse.jpg" };

async function row() {
  const [board] = await database.db.select().from(dreamBoards).where(eq(dreamBoards.id, live.boardId));
  if (!board) throw new Error("no row");
  return board;
}

describe("updateBoard", () => {
  it("the host's new pictures are in the answer, in Postgres and in the event to partners", async () => {
    house.pass(DAY);

    const { board, projected } = await updateBoard(services, live.slug, PICTURES);

    expect(projected).toBe(true);
    expect(board).toMatchObject({
      childPhotoUrl: PICTURES.photo,
      gift: { productName: "LEGO Friends Treehouse", productImage: PICTURES.giftPicture },
      updatedAt: house.clock.now.toISOString(),
    });
    expect(await row()).toMatchObject({
      childPhotoUrl: PICTURES.photo,
      giftData: board.gift,
      updatedAt: house.clock.now,
    });
    const isUpdate = and(eq(partnerEvents.dreamBoardId, live.boardId), eq(partnerEvents.type, "dreamboard.updated"));
    const events = await database.db.select().from(partnerEvents).where(isUpdate);
    expect(events.map(({ data }) => data)).toMatchObject([
      {
        child_photo_url: "https://chipin.example/pictures/maya.jpg",
        gift_data: { product_image: PICTURES.giftPicture },
      },
    ]);
  });

  it("a hidden name is announced and audited once, and an owner still sees the contribution as it is", async () => {
    const { id: contributionId } = live.of(await live.paid());
    const hide = { contributors: [{ contributionId, name: "hidden" }] } as const;

    await updateBoard(services, live.slug, hide);
    await updateBoard(services, live.slug, hide);

    const { db } = database;
    const isBoards = eq(contributorVisibility.dreamBoardId, live.boardId);
    expect(await db.select().from(contributorVisibility).where(isBoards)).toMatchObject([
      { contributionId, nameHidden: true, messageHidden: false },
    ]);
    const isUpdate = and(
      eq(auditLogs.targetId, publicId("board", live.boardId)),
      eq(auditLogs.action, "board.updated"),
    );
    const audits = await db.select().from(auditLogs).where(isUpdate);
    const contributors = [
      { contribution: publicId("contribution", contributionId), name_hidden: true, message_hidden: false },
    ];
    expect(audits).toMatchObject([
      { actorType: "host", actorId: live.hostId, metadata: { fields: ["contributors"], contributors } },
    ]);
  });

  it("a board that has ended keeps its updated_at when its pictures change", async () => {
    await live.execute({ type: "cancel_board" });
    const { updatedAt } = await row();
    house.pass(DAY);

    await updateBoard(services, live.slug, PICTURES);

    expect(await row()).toMatchObject({ childPhotoUrl: PICTURES.photo, updatedAt });
  });

  it("a change that the board refuses is a sentence, and nothing of it happens", async () => {
    const before = await row();
    const contributors = [{ contributionId: live.boardId, name: "hidden" }] as const;
    const other: Services = { ...house.services, actor: { kind: "host", hostId: live.partnerId } };

    await expect(updateBoard(services, live.slug, { ...PICTURES, contributors })).rejects.toMatchObject({
      code: "validation_error",
      details: [{ field: "hide", reason: "names a contribution that this board does not have or that was never paid" }],
    });
    await expect(updateBoard(other, live.slug, PICTURES)).rejects.toMatchObject({ code: "not_found" });
    expect(await row()).toEqual(before);
  });
});
