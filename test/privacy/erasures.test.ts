import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, expect, it } from "vitest";
import { erasures } from "#database/privacy-tables";
import { erase, recordErasure } from "#privacy/erasures";
import { aHost, startTestDatabase } from "../support/database.ts";

const { db, stop } = await startTestDatabase();
afterAll(stop);

const AT = new Date("2027-02-20T00:40:00Z");
const anErasure = () => ({
  id: randomUUID(),
  cause: "erase-host",
  at: AT,
  dreamBoardId: randomUUID(),
  hostId: randomUUID(),
});
const recorded = (id: string) => db.select().from(erasures).where(eq(erasures.id, id));

it("the counts of the steps of one erasure add up in one row, which names its board and host", async () => {
  const erasure = anErasure();

  await recordErasure(db, erasure, { contributions: 2, photos: 1 });
  await recordErasure(db, erasure, { contributions: 3, notes: 0, mails: 4 });

  const counts = { contributions: 5, photos: 1, notes: 0, mails: 4 };
  expect(await recorded(erasure.id)).toEqual([{ ...erasure, counts, note: null }]);
});

it("an erasure of nothing leaves no record", async () => {
  const erasure = anErasure();

  await recordErasure(db, erasure, { contributions: 0, photos: 0 });
  expect(await erase(db, sql`DELETE FROM hosts WHERE id = ${randomUUID()}`, "hosts", erasure)).toBe(0);

  expect(await recorded(erasure.id)).toEqual([]);
});

it("what is erased and its record commit together", async () => {
  const { id } = await aHost(db, { name: "Thandi" });
  const nameOf = sql`UPDATE hosts SET name = NULL WHERE id = ${id}`;
  const unrecordable = { ...anErasure(), cause: "x".repeat(51) };

  await expect(erase(db, nameOf, "hosts", unrecordable)).rejects.toThrow();
  expect((await db.execute(sql`SELECT name FROM hosts WHERE id = ${id}`)).rows).toEqual([{ name: "Thandi" }]);

  const erasure = anErasure();
  expect(await erase(db, nameOf, "hosts", erasure)).toBe(1);
  expect(await recorded(erasure.id)).toEqual([{ ...erasure, counts: { hosts: 1 }, note: null }]);
});
