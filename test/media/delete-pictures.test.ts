import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { claimPictures } from "#boards/claim-pictures";
import { pictures } from "#database/own-tables";
import { erasures } from "#database/privacy-tables";
import { newId } from "#domain/ids";
import { readPicturePath, tagOfPicture } from "#domain/pictures";
import { addDays } from "#domain/time";
import { deletePicturesOf } from "#media/delete-pictures";
import { keepPicture } from "#media/keep-picture";
import { sweepPictures } from "../../src/jobs/sweep-pictures.ts";
import { testSite } from "../http/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aPng, PicturesInMemory, sharpEncoder } from "../support/pictures.ts";

let database: TestDatabase;
let site: ReturnType<typeof aSite>;
beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  await database.db.delete(pictures);
  site = aSite();
});
afterAll(() => database.stop());

function aSite() {
  const { services } = testSite(database);
  const store = new PicturesInMemory();
  const purged: string[] = [];
  const edgeCache = () => ({
    purge: async (tags: readonly string[]) => {
      purged.push(...tags);
      return { success: true, errors: [] };
    },
  });
  return { services: { ...services, pictures: store, images: sharpEncoder, edgeCache }, store, purged };
}

/** @returns its id */
async function kept(boardId: string | null = null): Promise<string> {
  const { services } = site;
  const picture = await keepPicture(services, aPng(4, 4), "gift");
  if ("refused" in picture) throw new Error(picture.refused);
  if (boardId) await claimPictures(services, boardId, [picture.path]);
  return readPicturePath(picture.path)?.id ?? "";
}

async function left() {
  const rows = await database.db.select().from(pictures);
  const stored = new Set([...site.store.objects.keys()].map((key) => key.split("/")[0]));
  return { rows: rows.map(({ id }) => id).toSorted(), stored: [...stored].toSorted() };
}
const all = (...ids: string[]) => ({ rows: ids.toSorted(), stored: ids.toSorted() });
const erasureOf = (boardId: string) => ({
  id: newId(new Date()),
  cause: "a test",
  at: new Date(),
  dreamBoardId: boardId,
});

it("a board's pictures are deleted with their copies, those of others stay, and it is recorded", async () => {
  const [boardId, other] = [randomUUID(), randomUUID()];
  const [photo, gift] = [await kept(boardId), await kept(boardId)];
  const staying = [await kept(other), await kept()];
  const erasure = erasureOf(boardId);

  expect(await deletePicturesOf(site.services, boardId, erasure)).toBe(2);

  expect(await left()).toEqual(all(...staying));
  expect([...new Set(site.purged)].toSorted()).toEqual([photo, gift].map(tagOfPicture).toSorted());
  const recorded = await database.db.select().from(erasures).where(eq(erasures.id, erasure.id));
  expect(recorded).toMatchObject([{ cause: "a test", dreamBoardId: boardId, counts: { pictures: 2 } }]);
  expect(await deletePicturesOf(site.services, boardId, erasure)).toBe(0);
});

it("while the bucket is down nothing is forgotten", async () => {
  const boardId = randomUUID();
  const id = await kept(boardId);
  site.store.isDown = true;
  await expect(deletePicturesOf(site.services, boardId, erasureOf(boardId))).rejects.toThrow("the bucket is down");
  site.store.isDown = false;

  expect(await left()).toEqual(all(id));
  expect(await deletePicturesOf(site.services, boardId, erasureOf(boardId))).toBe(1);
});

it("a picture belongs to the board that claimed it first, and what is not ours is not claimed", async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  const id = await kept(first);
  const elsewhere = ["https://shop.example/pictures/x.webp", "/images/share.png", `/pictures/${randomUUID()}/640.webp`];
  await claimPictures(site.services, second, [`/pictures/${id}/960.webp`, ...elsewhere]);

  expect(await database.db.select().from(pictures)).toMatchObject([{ id, dreamBoardId: first }]);
});

it("an upload that no board shows is deleted after seven days, and no other picture", async () => {
  const { services } = site;
  const [upload, ofBoard] = [await kept(), await kept(randomUUID())];
  const createdAt = services.now();

  const before = await sweepPictures(services, addDays(createdAt, 7));
  expect([before, await left()]).toEqual([{ deleted: 0, complete: true }, all(upload, ofBoard)]);
  const after = await sweepPictures(services, new Date(addDays(createdAt, 7).getTime() + 1));
  expect([after, await left()]).toEqual([{ deleted: 1, complete: true }, all(ofBoard)]);
});

it("a sweep deletes in batches, and says when more is left", async () => {
  for (let nth = 0; nth < 5; nth += 1) await kept();
  const later = addDays(site.services.now(), 8);

  expect(await sweepPictures(site.services, later, { batch: 2, pictures: 4 })).toEqual({ deleted: 4, complete: false });
  expect(await sweepPictures(site.services, later, { batch: 2, pictures: 4 })).toEqual({ deleted: 1, complete: true });
});
