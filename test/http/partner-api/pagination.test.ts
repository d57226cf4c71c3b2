import { describe, expect, it } from "vitest";
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

describe("cursors", () => {
  it("give the position back to the microsecond", () => {
    expect(readCursor(scope, cursor)).toEqual(position);
  });

  it.each<[string, Partial<CursorScope>]>([
    ["another partner", { partnerId: "p2" }],
    ["another endpoint", { endpoint: "listDreamBoards" }],
    ["another filter", { filter: "b1 pending" }],
    ["another installation", { pepper: "another pepper" }],
  ])("are no good for %s", (_, other) => {
    expect(() => readCursor({ ...scope, ...other }, cursor)).toThrow(expect.objectContaining(refusal));
  });

  it.each([
    ["nothing", ""],
    ["a word", "abc"],
    ["no signature", cursor.split(".")[0] ?? ""],
    ["a signature cut short", cursor.slice(0, -1)],
    ["a changed position", `A${cursor.slice(1)}`],
    [
      "a position of the caller's making",
      `${Buffer.from("2026-01-01 x").toString("base64url")}.${cursor.split(".")[1]}`,
    ],
    ["control characters", "\u0000.\u0000"],
  ])("are refused: %s", (_, text) => {
    expect(() => readCursor(scope, text)).toThrow(expect.objectContaining(refusal));
  });
});

describe("pageOf", () => {
  const row = (n: number) => ({ id: position.id.replace(/.$/, String(n)), position: position.createdAt });

  it("points at its last row when there are more", () => {
    const { items, nextCursor } = pageOf([row(1), row(2), row(3)], 2, scope);

    expect(items).toEqual([row(1), row(2)]);
    expect(readCursor(scope, nextCursor ?? "")).toEqual({ createdAt: position.createdAt, id: row(2).id });
  });

  it.each([[[]], [[row(1)]], [[row(1), row(2)]]])("is the last when nothing follows", (rows) => {
    expect(pageOf(rows, 2, scope)).toEqual({ items: rows, nextCursor: null });
  });
});

describe("PageQuery", () => {
  it.each([
    [{}, 20],
    [{ limit: "1" }, 1],
    [{ limit: "100" }, 100],
  ])("reads %j as %i a page", (query, limit) => {
    expect(PageQuery.parse(query).limit).toBe(limit);
  });

  it.each(["0", "101", "-1", "1.5", "1e2", "ten", "", " 5", "٥"])("refuses a limit of %j", (limit) => {
    expect(PageQuery.safeParse({ limit }).error?.issues[0]?.message).toBe("must be a whole number from 1 to 100");
  });
});
