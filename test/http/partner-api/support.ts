import { describe, expect, it } from "vitest";
import { createApiKey } from "#accounts/api-keys";
import { SCOPES, type Scope } from "#accounts/scopes";
import { owns } from "#domain/board/actor";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { boardSlug } from "#domain/slug";
import { aBoard, aPartner, type TestDatabase } from "../../support/database.ts";
import { type Script, ScriptedBoardObject } from "../scripted-board.ts";
import type { TestSite } from "../support.ts";
import { NOW } from "./bodies.ts";

export type Caller = {
  partnerId: string;
  apiKeyId: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
};

/** A key of a new partner, or of `partnerId`, with all scopes unless given. */
export async function aCaller(
  site: TestSite,
  { scopes = SCOPES, partnerId }: { scopes?: readonly Scope[]; partnerId?: string } = {},
): Promise<Caller> {
  const { database } = site.services;
  const owner = partnerId ?? (await aPartner(database)).id;
  const key = { environment: "live", partnerId: owner, partnerName: "A partner", scopes } as const;
  const { token, row } = await createApiKey(database, key);
  const call: Caller["call"] = (method, path, body, headers = {}) =>
    site.request(path, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const get: Caller["get"] = (path) => call("GET", path);
  const post: Caller["post"] = (path, body, headers) => call("POST", path, body, headers);
  return { partnerId: owner, apiKeyId: row.id, call, get, post };
}

/** A board as its row and as its object would show it. */
export async function aBoardOf(database: TestDatabase, partnerId: string, values: Partial<BoardSnapshot> = {}) {
  const id = newId(NOW);
  const slug = boardSlug("Maya", boardCode(id));
  const row = await aBoard(database.db, { id, slug, partnerId });
  const snapshot: BoardSnapshot = {
    ...{ id, partnerId, hostId: row.hostId, slug, childName: "Maya", childPhotoUrl: "/photos/maya.jpg" },
    ...{ birthdayDate: row.birthdayDate, giftType: row.giftType, gift: row.giftData },
    ...{ overflowGift: row.overflowGiftData, payoutMethod: row.payoutMethod, goal: cents(row.goalCents) },
    ...{ raised: cents(0), payable: cents(0), overflow: cents(0), message: null, deadline: row.deadline.toISOString() },
    ...{ status: "active", displayMode: "gift", contributionCount: 0, payouts: [] },
    ...{ createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() },
    ...values,
  };
  return snapshot;
}

/** The objects of a world with one board, which shows itself to its owners only and answers their commands by `execute`. */
export function objectOf(board: () => BoardSnapshot | null, execute: Script["execute"] = () => ({})) {
  return (code: string) => {
    const named = () => {
      const snapshot = board();
      return snapshot && boardCode(snapshot.id) === code ? snapshot : null;
    };
    return new ScriptedBoardObject({
      reads: {
        snapshot: ({ owner }) => {
          const snapshot = named();
          return snapshot && owns(owner, snapshot) ? snapshot : null;
        },
      },
      execute: (command, context) => {
        const snapshot = named();
        const isOwners = snapshot !== null && context.by.kind !== "system" && owns(context.by, snapshot);
        if (command.type !== "open_board" && !isOwners) return { refused: "unknown_board" };
        return execute(command, context);
      },
    });
  };
}

type Request = { method: string; path: string; body?: unknown };

/** What every partner route owes its callers: who may call it, and that a stranger learns nothing. */
export function describePartnerRoute(scope: Scope, site: () => TestSite, request: () => Request): void {
  const send = (headers: Record<string, string>) => {
    const { method, path, body } = request();
    const json = { "Content-Type": "application/json" };
    return site().request(path, {
      ...{ method, headers: { ...json, ...headers } },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  };

  describe("callers", () => {
    it.each([
      ["no key", {}],
      ["another way to sign in", { Authorization: "Basic dXNlcjpwYXNz" }],
      ["a malformed key", { Authorization: "Bearer cpk_live_short" }],
      ["an unknown key", { Authorization: `Bearer cpk_live_${"z".repeat(32)}` }],
      ["a key in the wrong place", { "X-Api-Key": `cpk_live_${"z".repeat(32)}` }],
    ])("answers 401 to %s", async (_, headers) => {
      const response = await send(headers as Record<string, string>);

      await expectRefusal(response, 401, "unauthorized");
      expect(response.headers.get("WWW-Authenticate")).toMatch(/^Bearer/);
    });

    it(`answers 403 to a key that holds every scope but ${scope}, even when the body is malformed`, async () => {
      const caller = await aCaller(site(), { scopes: SCOPES.filter((other) => other !== scope) });
      const { method, path } = request();

      const response = await caller.call(method, path, method === "GET" ? undefined : "{");

      await expectRefusal(response, 403, "forbidden");
    });
  });
}

/** For routes that name a board: unknown ones and other partners' look alike. */
export function describeBoardRoute(
  caller: () => Caller,
  request: (idOrSlug: string) => Request,
  foreign: () => string,
) {
  const send = (idOrSlug: string) => {
    const { method, path, body } = request(idOrSlug);
    return caller().call(method, path, body);
  };

  it.each([
    "db_01k9v2m3q4e8xav8k3m9q2rtw5",
    "0199b3c4-1234-7abc-8def-0123456789ab",
    "no-such-birthday-8k3m9q2rtw",
    "con_01k9v2m3q4e8xav8k3m9q2rtw5",
    "x",
    "%00",
    "..%2F..%2Fetc",
    "%E0%A4%A",
    "x".repeat(3_000),
  ])("answers 404 for %j", async (idOrSlug) => {
    await expectRefusal(await send(idOrSlug), 404, "not_found");
  });

  it("answers 404 for another partner's board", async () => {
    await expectRefusal(await send(foreign()), 404, "not_found");
  });
}

export async function expectRefusal(response: Response, status: number, code: string) {
  expect(response.status).toBe(status);
  expect(response.headers.get("Content-Type")).toMatch(/^application\/json/);
  const requestId = response.headers.get("X-Request-Id");
  expect(requestId).toMatch(/^req_[0-9a-z]{26}$/);
  const body = (await response.json()) as {
    error: { code: string; message: string; details?: { field: string; reason: string }[] };
  };
  expect(body).toMatchObject({
    error: { code, message: expect.any(String) },
    meta: { request_id: requestId, timestamp: expect.stringMatching(/Z$/) },
  });
  return body.error;
}
