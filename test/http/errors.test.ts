import { NeonDbError } from "@neondatabase/serverless";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "#platform/errors";
import { refusalOf, STATUS_OF } from "../../src/http/errors.ts";
import { ChipInError } from "../../src/platform/errors.ts";

describe("refusalOf", () => {
  it("refusalOf returns an expected refusal unchanged", () => {
    const refusal = new ChipInError("conflict", "The board is closed");
    expect(refusalOf(refusal)).toBe(refusal);
  });

  it.each([
    ["an error", new Error("password=hunter2 at db.internal")],
    ["a ChipInError with the code internal_error", new ChipInError("internal_error", "password=hunter2")],
    ["a thrown text", "hunter2"],
    ["an HTTPException with status 500", new HTTPException(500, { message: "hunter2" })],
  ])("refusalOf turns %s into internal_error without its text", (_, thrown) => {
    const refusal = refusalOf(thrown);

    expect(refusal.code).toBe("internal_error");
    expect(refusal.message + JSON.stringify(refusal.details)).not.toContain("hunter2");
    expect(refusal.cause).toBe(thrown);
  });

  it("refusalOf turns an unreachable database into unavailable", () => {
    const connectionError = new NeonDbError("Error connecting to database: fetch failed");
    expect(refusalOf(new Error("query failed", { cause: connectionError })).code).toBe("unavailable");
  });
});

describe("STATUS_OF", () => {
  it("STATUS_OF has a status for every error code", () => {
    expect(Object.keys(STATUS_OF).sort()).toEqual([...ERROR_CODES].sort());
  });
});
