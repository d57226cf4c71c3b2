import { expect, it } from "vitest";
import {
  type CursorScope,
  PageQuery,
  pageOf,
  readCursor,
  writeCursor,
} from "../../../src/http/partner-api/pagination.ts";

const scope: CursorScope = {
  pepper: "a pepper",
  partnerId: "p1",
  endpoint: "listContributions",
  filter: "b1 completed",
};
const position = { createdAt: "2026-12-01T08:00:00.123456Z", id: "0199b3c4-1234-7abc-8def-0123456789ab" };
const cursor = writeCursor(scope, position);
const refusal = { code: "validation_error", details: [{ field: "after", reason: "is not a cursor of this list" }] };

const isRefused = (of: CursorScope, text: string) => {
  try {
    readCursor(of, text);
    return false;
  } catch (error) {
    expect(error).toMatchObject(refusal);
    return true;
  }
};

it("readCursor returns the position of a cursor to the microsecond", () => {
  expect(readCursor(scope, cursor)).toEqual(position);
});

it("a cursor is refused for another partner, endpoint, filter or pepper", () => {
  const others: Partial<CursorScope>[] = [
    { partnerId: "p2" },
    { endpoint: "listDreamBoards" },
    { filter: "b1 pending" },
    { filter: "b2 completed" },
    { pepper: "another pepper" },
  ];
  expect(others.filter((other) => !isRefused({ ...scope, ...other }, cursor))).toEqual([]);
});

it("a changed cursor is refused", () => {
  const [encoded = "", mac = ""] = cursor.split(".");
  const earlier = Buffer.from(Buffer.from(encoded, "base64url").toString().replace("2026", "2020"));
  const changed = [
    "",
    "abc",
    "a.b",
    encoded,
    `${encoded}.`,
    `.${mac}`,
    cursor.slice(0, -1),
    cursor.slice(1),
    `A${cursor.slice(1)}`,
    `${cursor}=`,
    `${cursor}!`,
    `${cursor}.xx`,
    `${earlier.toString("base64url")}.${mac}`,
    `${Buffer.from("2026-01-01 x").toString("base64url")}.${mac}`,
    "\u0000.\u0000",
  ];
  expect(changed.filter((text) => !isRefused(scope, text))).toEqual([]);
});

it("pageOf returns a cursor to its last row when another row follows, else none", () => {
  const row = (n: number) => ({ id: position.id.replace(/.$/, String(n)), position: position.createdAt });

  const { items, nextCursor } = pageOf([row(1), row(2), row(3)], 2, scope);

  expect(items).toEqual([row(1), row(2)]);
  expect(readCursor(scope, nextCursor ?? "")).toEqual({ createdAt: position.createdAt, id: row(2).id });
  for (const rows of [[], [row(1)], [row(1), row(2)]]) {
    expect(pageOf(rows, 2, scope)).toEqual({ items: rows, nextCursor: null });
  }
});

it("a page limit is from 1 to 100, and 20 by default", () => {
  expect([{}, { limit: "1" }, { limit: "100" }].map((query) => PageQuery.parse(query).limit)).toEqual([20, 1, 100]);
  const refused = ["0", "101", "-1", "1.5", "1e2", "ten", "", " 5", "٥"];
  expect(refused.map((limit) => PageQuery.safeParse({ limit }).error?.issues[0]?.message)).toEqual(
    refused.map(() => "must be a whole number from 1 to 100"),
  );
});
