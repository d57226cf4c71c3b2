import { NeonDbError } from "@neondatabase/serverless";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "#platform/errors";
import { refusalOf, STATUS_OF } from "../../src/http/errors.ts";
import { ChipInError } from "../../src/platform/errors.ts";

describe("refusalOf", () => {
  it("keeps what we meant to say", () => {
    const refusal = new ChipInError("conflict", "The board is closed");
    expect(refusalOf(refusal)).toBe(refusal);
  });

  it.each([
    ["an error", new Error("password=hunter2 at db.internal")],
    ["an internal refusal", new ChipInError("internal_error", "password=hunter2")],
    ["no error at all", "hunter2"],
    ["Hono's 500", new HTTPException(500, { message: "hunter2" })],
  ])("says nothing of what we did not expect: %s", (_, thrown) => {
    const refusal = refusalOf(thrown);

    expect(refusal.code).toBe("internal_error");
    expect(refusal.message + JSON.stringify(refusal.details)).not.toContain("hunter2");
    expect(refusal.cause).toBe(thrown);
  });

  it("calls a database that does not answer unavailable", () => {
    const silence = new NeonDbError("Error connecting to database: fetch failed");
    expect(refusalOf(new Error("query failed", { cause: silence })).code).toBe("unavailable");
  });
});

describe("STATUS_OF", () => {
  it("has a status for every code", () => {
    expect(Object.keys(STATUS_OF).sort()).toEqual([...ERROR_CODES].sort());
  });
});
