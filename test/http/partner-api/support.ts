import { expect, it } from "vitest";
import { createApiKey } from "#accounts/api-keys";
import { SCOPES, type Scope } from "#accounts/scopes";
import { owns } from "#domain/board/actor";
import type { BoardReads } from "#domain/board/board";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { boardSlug } from "#domain/slug";
import type { ExecuteContext, Executed } from "#platform/objects";
import { RAISED_LIMITS, raiseBoardsPerHost } from "../../../local/seed.ts";
import { ChipIn } from "../../../sdk/src/index.ts";
import { MemoryBoardObject } from "../../support/board.ts";
import { aBoard, aPartner, type TestDatabase } from "../../support/database.ts";
import type { TestSite } from "../support.ts";
import { NOW } from "./bodies.ts";

export type Caller = {
  partnerId: string;
  apiKeyId: string;
  /** As `fetch` takes it, with the key. */
  send(method: string, path: string, init: { body?: BodyInit; headers?: Record<string, string> }): Promise<Response>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The partners' client with this key. It repeats nothing. */
  client: ChipIn;
};

/**
 * A caller with a new key of a new partner, or of `partnerId`. It has all scopes unless `scopes` is given, and limits that no
 * test meets unless it takes the usual ones.
 */
export async function aCaller(
  site: TestSite,
  {
    scopes = SCOPES,
    partnerId,
    environment = "live",
    limits = "raised",
  }: {
    scopes?: readonly Scope[];
    partnerId?: string;
    environment?: "live" | "test";
    limits?: "raised" | "usual";
  } = {},
): Promise<Caller> {
  const { database } = site.services;
  const owner = partnerId ?? (await aPartner(database)).id;
  const { rateLimit, boardsPerHost } = RAISED_LIMITS;
  if (limits === "raised") await raiseBoardsPerHost(database, owner, boardsPerHost);
  const raised = limits === "raised" && { rateLimit };
  const key = { environment, partnerId: owner, partnerName: "A partner", scopes, ...raised } as const;
  const { token, row } = await createApiKey(database, key);
  const send: Caller["send"] = (method, path, { headers = {}, ...init }) =>
    site.request(path, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
      ...init,
    });
  const call: Caller["call"] = (method, path, body, headers = {}) =>
    send(method, path, {
      headers,
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const get: Caller["get"] = (path) => call("GET", path);
  const post: Caller["post"] = (path, body, headers) => call("POST", path, body, headers);
  const client = new ChipIn({
    apiKey: token,
    baseUrl: "http://localhost/v1",
    maxRetries: 0,
    fetch: async (request) => {
      const { method, headers, url } = request;
      const body = await request.text();
      return site.request(url, { method, headers, ...(body !== "" && { body }) });
    },
  });
  return { partnerId: owner, apiKeyId: row.id, send, call, get, post, client };
}

/** Inserts the row of a board and returns the snapshot that its object would show. */
export async function aBoardOf(database: TestDatabase, partnerId: string, values: Partial<BoardSnapshot> = {}) {
  const id = newId(NOW);
  const slug = boardSlug("Maya", boardCode(id));
  const row = await aBoard(database.db, { id, slug, partnerId });
  const snapshot: BoardSnapshot = {
    id,
    partnerId,
    hostId: row.hostId,
    slug,
    childName: "Maya",
    childPhotoUrl: "/photos/maya.jpg",
    birthdayDate: row.birthdayDate,
    giftType: row.giftType,
    gift: row.giftData,
    overflowGift: row.overflowGiftData,
    payoutMethod: row.payoutMethod,
    goal: cents(row.goalCents),
    raised: cents(0),
    payable: cents(0),
    overflow: cents(0),
    message: null,
    deadline: row.deadline.toISOString(),
    status: "active",
    displayMode: "gift",
    contributionCount: 0,
    sandbox: false,
    payouts: [],
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    ...values,
  };
  return snapshot;
}

type Execute = (command: BoardCommand, context: ExecuteContext) => Refusal | Pick<Executed, "projected" | "board">;

/** An object that shows its snapshot only to the owner and answers commands with `execute`. */
class SnapshotObject extends MemoryBoardObject {
  readonly #board: () => BoardSnapshot | null;
  readonly #execute: Execute | undefined;

  constructor(board: () => BoardSnapshot | null, execute: Execute | undefined) {
    super({ now: () => NOW });
    this.#board = board;
    this.#execute = execute;
  }

  override read<Read extends keyof BoardReads>(
    read: Read,
    about: BoardReads[Read]["about"],
  ): BoardReads[Read]["answer"] {
    const board = this.#board();
    return read === "snapshot" && "owner" in about && board && owns(about.owner, { ...board, boardId: board.id })
      ? board
      : null;
  }

  override async execute(command: BoardCommand, context: ExecuteContext): Promise<Refusal | Executed> {
    const { by, boardId } = context;
    const board = this.#board();
    const isOther = boardId && boardId !== board?.id;
    const isOwned = board && by.kind !== "system" && owns(by, { ...board, boardId: board.id });
    if (command.type !== "open_board" && (isOther || !isOwned)) {
      return { refused: "unknown_board" };
    }
    const outcome = this.#execute?.(command, context);
    if (!outcome) throw new Error(`this test expects no ${command.type}`);
    return "refused" in outcome ? outcome : { outcome: "recorded", ...outcome };
  }
}

/** Objects by code. Only the one with the code of the snapshot has a board. Any object can be opened as a board. */
export function objectOf(board: () => BoardSnapshot | null, execute?: Execute) {
  return (code: string) => {
    const hasCode = (snapshot: BoardSnapshot | null) => (snapshot && boardCode(snapshot.id) === code ? snapshot : null);
    return new SnapshotObject(() => hasCode(board()), execute);
  };
}

type Request = { method: string; path: string; body?: unknown };

const UNKNOWN_BOARD_NAMES = [
  "db_01k9v2m3q4e8xav8k3m9q2rtw5",
  `db_${"0".repeat(26)}`,
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "0199b3c4-1234-7abc-8def-0123456789ab",
  "no-such-birthday-8k3m9q2rtw",
];

const UNREADABLE_BOARD_NAMES = [
  `db_${"z".repeat(26)}`,
  "con_01k9v2m3q4e8xav8k3m9q2rtw5",
  "x",
  "__proto__",
  "'%20OR%201=1--",
  "%",
  "%00",
  "%ff",
  "..%2F..%2Fetc",
  "%E0%A4%A",
  "x".repeat(8_000),
];

/** The tests of every route that names a board. `foreign` gives the board to another partner and returns its name. */
export function describeBoardRoute(
  caller: () => Caller,
  request: (idOrSlug: string) => Request,
  foreign: () => string,
) {
  it("an unknown board and another partner's board are both answered 404", async () => {
    for (const name of [...UNKNOWN_BOARD_NAMES, foreign()]) {
      const { method, path, body } = request(name);
      const error = await expectRefusal(await caller().call(method, path, body), 404, "not_found");
      expect(error.message).toBe("There is no such dream board.");
    }
  });

  it("what is neither an id nor a slug is answered 400 on id", async () => {
    for (const name of UNREADABLE_BOARD_NAMES) {
      const { method, path, body } = request(name);
      const error = await expectRefusal(await caller().call(method, path, body), 400, "validation_error");
      expect(error.details).toMatchObject([{ field: "id", reason: expect.stringMatching(/^must be an id like db_/) }]);
    }
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
