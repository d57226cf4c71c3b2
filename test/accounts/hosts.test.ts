import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findOrCreateHost } from "#accounts/hosts";
import { hosts } from "#database/schema";
import { startTestDatabase, type TestDatabase, unique } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

it("findOrCreateHost returns the same host for an address in other case or with blanks around it", async () => {
  const email = `${unique("parent")}@example.com`;

  const host = await findOrCreateHost(database.db, email);

  expect(host).toMatchObject({ email, isNew: true });
  expect(await findOrCreateHost(database.db, `  ${email.toUpperCase()} `)).toEqual({ ...host, isNew: false });
});

it("eight concurrent requests with one address create one host", async () => {
  const email = `${unique("parent")}@example.com`;

  const made = await Promise.all(Array.from({ length: 8 }, () => findOrCreateHost(database.db, email)));

  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect(await database.db.select().from(hosts).where(eq(hosts.email, email))).toHaveLength(1);
});

it("findOrCreateHost does not change an existing host", async () => {
  const email = `${unique("parent")}@example.com`;
  await database.db.insert(hosts).values({ email, name: "Thandi", updatedAt: new Date(0) });

  await findOrCreateHost(database.db, email);

  expect(await database.db.select().from(hosts).where(eq(hosts.email, email))).toMatchObject([
    { name: "Thandi", updatedAt: new Date(0) },
  ]);
});
