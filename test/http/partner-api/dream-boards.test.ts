import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { idempotencyKeys } from "#database/own-tables";
import { hosts } from "#database/schema";
import type { Actor } from "#domain/board/actor";
import type { CloseBoard, OpenBoard, Refusal } from "#domain/board/commands";
import { plannedAt } from "#domain/board/plan-payouts";
import type { BoardProfile } from "#domain/board/profile";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { parsePublicId } from "#domain/ids";
import { cents } from "#domain/money";
import { decrypt, keyringOf } from "#privacy/encryption";
import { startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { type TestSite, testSite } from "../support.ts";
import { karriBoard, NOW, philanthropyBoard, takealotBoard, withField } from "./bodies.ts";
import { aBoardOf, aCaller, type Caller, describeBoardRoute, expectRefusal, objectOf } from "./support.ts";

/** Each test sets what the board's object answers. The rules of the board have tests of their own. */
let database: TestDatabase;
let site: TestSite;
let caller: Caller;
let board: BoardSnapshot | null;
let opened: { command: OpenBoard; profile: BoardProfile }[];
let closed: { command: CloseBoard; by: Actor }[];
let projected: boolean;
let refusal: Refusal | null;

beforeAll(async () => {
  database = await startTestDatabase();
  const object = objectOf(
    () => board,
    (command, { by, profiles }) => {
      if (command.type === "close_board") {
        closed.push({ command, by });
        return refusal ?? { projected, board: { ...(board as BoardSnapshot), status: "closed" } };
      }
      const profile = profiles?.board;
      if (command.type !== "open_board" || !profile) throw new Error(`this test expects no ${command.type}`);
      opened.push({ command, profile });
      if (refusal) return refusal;
      const { boardId: id, partnerId, hostId, giftType, payoutMethod, goal, deadline } = command;
      const terms = { id, partnerId, hostId, giftType, payoutMethod, goal, deadline: deadline.toISOString() };
      const { karriCardCiphertext: _, karriCardholderCiphertext: __, payoutEmail: ___, ...shown } = profile;
      return { projected, board: { ...(someBoard as BoardSnapshot), ...terms, ...shown } };
    },
  );
  site = testSite(database, { board: object });
  caller = await aCaller(site);
  someBoard = await aBoardOf(database, caller.partnerId);
});
let someBoard: BoardSnapshot;
afterAll(() => database.stop());
afterEach(() => database.gateway.resume());

const reset = () => {
  board = someBoard;
  opened = [];
  closed = [];
  projected = true;
  refusal = null;
};
const openedProfile = (): BoardProfile => opened[0]?.profile ?? expect.fail("no board was opened");
const dataOf = async (response: Response) => ((await response.json()) as { data: Record<string, unknown> }).data;
const anotherPartnersBoard = () => ({ ...someBoard, partnerId: "0199b3c4-1234-7abc-8def-0123456789ab" });

describe("GET /v1/dream-boards/{id}", () => {
  const get = (idOrSlug: string) => ({ method: "GET", path: `/v1/dream-boards/${idOrSlug}` });

  describeBoardRoute(
    () => caller,
    get,
    () => {
      board = anotherPartnersBoard();
      return someBoard.slug;
    },
  );

  it("a board is read by prefixed id, bare UUID and slug", async () => {
    reset();
    const bySlug = await caller.get(`/v1/dream-boards/${someBoard.slug}`);
    const { data } = (await bySlug.json()) as { data: { id: string; public_url: string } };

    expect(bySlug.status).toBe(200);
    expect(bySlug.headers.get("Cache-Control")).toBe("no-store");
    expect(parsePublicId("board", data.id)).toBe(someBoard.id);
    expect(data.public_url).toBe(`https://chipin.test/${someBoard.slug}`);
    for (const name of [data.id, someBoard.id, someBoard.id.toUpperCase()]) {
      expect(await (await caller.get(`/v1/dream-boards/${name}`)).json()).toMatchObject({ data });
    }
  });

  it("a picture that could not be copied is a warning beside the board", async () => {
    reset();
    const { meta: without } = (await (await caller.get(`/v1/dream-boards/${someBoard.slug}`)).json()) as {
      meta: object;
    };
    board = { ...someBoard, copyProblems: { photo: "too_large", gift: "not_found" } };
    const { meta } = (await (await caller.get(`/v1/dream-boards/${someBoard.slug}`)).json()) as { meta: object };

    expect(without).not.toHaveProperty("warnings");
    expect(meta).toMatchObject({
      warnings: [
        { field: "child_photo_url", reason: "could not be copied, so guests see a drawing: it has more than 5 MB" },
        {
          field: "gift_data.product_image",
          reason: "could not be copied, so guests see a drawing: its host answered without a picture",
        },
      ],
    });
  });

  it("a board is read with a cached API key while Postgres is away", async () => {
    reset();
    await caller.get(`/v1/dream-boards/${someBoard.slug}`);
    database.gateway.pause();

    expect((await caller.get(`/v1/dream-boards/${someBoard.slug}`)).status).toBe(200);
  });
});

describe("POST /v1/dream-boards", () => {
  const PATH = "/v1/dream-boards";

  it("POST /v1/dream-boards opens a board with the values of the body", async () => {
    reset();
    const payout_email = `${unique("Parent")}@Example.com`;

    const response = await caller.post(PATH, { ...takealotBoard, payout_email });

    expect(response.status).toBe(201);
    expect(site.queuedPictures).toEqual([opened[0]?.command.boardId]);
    const { data } = (await response.json()) as { data: Record<string, unknown> };
    expect(data).toMatchObject({ child_name: "Maya", goal_cents: 249_900, message: "Maya turns seven!" });
    expect(JSON.stringify(data)).not.toMatch(/@/);
    const [{ command, profile } = expect.fail("no board was opened")] = opened;
    const [host] = await database.db.select().from(hosts).where(eq(hosts.email, payout_email.toLowerCase()));
    expect(command).toMatchObject({
      partnerId: caller.partnerId,
      hostId: host?.id,
      goal: 249_900,
      giftType: "takealot_product",
      payoutMethod: "takealot_gift_card",
      deadline: new Date("2026-12-20T21:59:59Z"),
    });
    expect(profile).toMatchObject({
      gift: {
        type: "takealot_product",
        productUrl: "https://www.takealot.com/lego-friends/PLID90000001?from=search",
        productId: "PLID90000001",
        productName: "LEGO Friends Treehouse",
        productPrice: 249_900,
      },
      overflowGift: { causeId: "food-forward", causeName: "Feed Hungry Children", impactDescription: "Feed 5" },
      payoutEmail: payout_email.toLowerCase(),
      karriCardCiphertext: null,
    });
  });

  it("a cause without description and picture gets those of the list of causes", async () => {
    reset();
    const response = await caller.post(PATH, philanthropyBoard);

    expect(response.status).toBe(201);
    expect(opened[0]?.profile).toMatchObject({
      overflowGift: null,
      message: null,
      gift: {
        causeId: "greenpop",
        causeDescription: expect.stringMatching(/trees/),
        causeImage: "/causes/greenpop.jpg",
      },
    });
    expect(await response.json()).toHaveProperty(
      "data.gift_data.cause_image",
      "https://chipin.test/causes/greenpop.jpg",
    );
  });

  it("a Karri card's number and cardholder are encrypted, and neither returned nor logged", async () => {
    reset();

    const response = await caller.post(PATH, karriBoard);

    expect(response.status).toBe(201);
    const { karriCardCiphertext, karriCardholderCiphertext, karriVerifiedAt } = openedProfile();
    const keyring = keyringOf(site.services.settings);
    expect(await decrypt(keyring, karriCardCiphertext ?? "")).toBe("5234000000000007");
    expect(await decrypt(keyring, karriCardholderCiphertext ?? "")).toBe("Lindiwe Mokoena");
    expect(karriVerifiedAt).toBeNull();
    expect((await response.text()) + JSON.stringify(site.logged)).not.toMatch(
      /5234|karri_card_number|cardholder|Lindiwe|Mokoena/,
    );
  });

  it("a card number that fails the Luhn check is accepted with a warning, also when the request is repeated", async () => {
    reset();
    const body = { ...karriBoard, karri_card_number: "5234 0000 0000 0008" };
    const headers = { "idempotency-key": unique("luhn") };

    const first = await caller.post(PATH, body, headers);
    const again = await caller.post(PATH, body, headers);

    const warnings = [
      { field: "karri_card_number", reason: "fails the checksum of card numbers; check it for a typing error" },
    ];
    expect([first.status, again.status, again.headers.get("idempotent-replayed")]).toEqual([201, 201, "true"]);
    expect(await first.json()).toMatchObject({ meta: { warnings } });
    expect(await again.json()).toMatchObject({ meta: { warnings } });
    for (const accepted of [karriBoard, takealotBoard]) {
      expect(await (await caller.post(PATH, accepted)).json()).not.toHaveProperty("meta.warnings");
    }
  });

  it("a goal that differs from the price is accepted with a warning that names both", async () => {
    reset();
    const rows = [
      [withField(takealotBoard, "goal_cents", 200_000), "gift_data.product_price, which is 249900"],
      [withField(philanthropyBoard, "goal_cents", 40_000), "gift_data.amount_cents, which is 50000"],
    ] as const;
    for (const [body, other] of rows) {
      const response = await caller.post(PATH, body);
      const reason = `differs from ${other}; guests are asked for goal_cents`;

      expect([response.status, await response.json()]).toMatchObject([
        201,
        { meta: { warnings: [{ field: "goal_cents", reason }] } },
      ]);
    }
  });

  it("a new board that is not projected yet is answered 202", async () => {
    reset();
    projected = false;
    expect((await caller.post(PATH, takealotBoard)).status).toBe(202);
  });

  it("an invalid board is answered 400 with every wrong field, and is not opened", async () => {
    reset();
    const body = { ...withField(takealotBoard, "gift_data.product_price", 0), child_name: "7", deadline: "2026-12-01" };

    const error = await expectRefusal(await caller.post(PATH, body), 400, "validation_error");

    expect(error.details).toEqual(
      expect.arrayContaining([
        { field: "child_name", reason: "may hold letters, spaces, hyphens and apostrophes only" },
        { field: "deadline", reason: "must be an instant like 2026-12-31T21:59:59Z" },
        { field: "gift_data.product_price", reason: "must be a whole number of cents from 1 to 2147483647" },
      ]),
    );
    expect(error.details).toHaveLength(3);
    expect(opened).toEqual([]);
  });

  it("a body that is not a valid JSON object is answered 400 and opens no board", async () => {
    reset();
    for (const body of ["null", "[]", '"x"', "7", '{"goal_cents":NaN}', '{"__proto__":{"child_name":"Maya"}}']) {
      await expectRefusal(await caller.post(PATH, body), 400, "validation_error");
    }
    expect(opened).toEqual([]);
  });

  it("an unknown gift type is answered 400 naming the known types", async () => {
    const response = await caller.post(PATH, { ...takealotBoard, gift_type: "voucher" });
    const error = await expectRefusal(response, 400, "validation_error");
    expect(error.details).toEqual([{ field: "gift_type", reason: "must be one of takealot_product, philanthropy" }]);
  });

  it("a new board is answered 503 and not opened when its host cannot be looked up", async () => {
    reset();
    await caller.get(`/v1/dream-boards/${someBoard.slug}`);
    database.gateway.pause();

    await expectRefusal(await caller.post(PATH, takealotBoard), 503, "unavailable");
    expect(opened).toEqual([]);
  });

  it("a retry after a failure uses the same board id, and a retry after a success replays the answer", async () => {
    reset();
    const headers = { "Idempotency-Key": "b1" };
    refusal = { refused: "newer_release" };
    await expectRefusal(await caller.post(PATH, takealotBoard, headers), 503, "unavailable");
    refusal = null;
    const second = await caller.post(PATH, takealotBoard, headers);
    const third = await caller.post(PATH, takealotBoard, headers);

    expect([second.status, third.status]).toEqual([201, 201]);
    expect(third.headers.get("Idempotent-Replayed")).toBe("true");
    expect(opened.map(({ command }) => command.boardId)).toEqual([
      opened[0]?.command.boardId,
      opened[0]?.command.boardId,
    ]);
  });

  describe("rules that depend on the clock", () => {
    const SOON = withField(takealotBoard, "deadline", "2026-12-02T08:05:00Z");
    const later = () => {
      site.clock.now = new Date("2026-12-01T09:00:00Z");
    };
    beforeEach(() => {
      reset();
      site.clock.now = NOW;
    });
    afterAll(() => {
      site.clock.now = NOW;
    });

    it("an answer is replayed although its deadline is less than a day ahead by now", async () => {
      const headers = { "Idempotency-Key": "soon" };
      const first = await caller.post(PATH, SOON, headers);
      later();
      const again = await caller.post(PATH, SOON, headers);

      expect([first.status, again.status, again.headers.get("Idempotent-Replayed")]).toEqual([201, 201, "true"]);
      expect(await dataOf(again)).toEqual(await dataOf(first));
      const error = await expectRefusal(await caller.post(PATH, SOON), 400, "validation_error");
      expect(error.details).toMatchObject([{ field: "deadline" }]);
    });

    it("a board that was made before its request broke off is answered although its deadline is too near by now", async () => {
      const key = "broken-off";
      const { id } = await dataOf(await caller.post(PATH, SOON, { "Idempotency-Key": key }));
      await database.db
        .update(idempotencyKeys)
        .set({ status: "in_progress", leaseUntil: NOW, responseStatus: null, responseBody: null })
        .where(eq(idempotencyKeys.key, key));
      board = { ...someBoard, id: opened[0]?.command.boardId ?? "" };
      later();
      const again = await caller.post(PATH, SOON, { "Idempotency-Key": key });

      expect([again.status, (await dataOf(again)).id]).toEqual([201, id]);
      expect(opened).toHaveLength(1);
    });

    it("a key of a request that was refused as invalid is free for the corrected request", async () => {
      const headers = { "Idempotency-Key": "corrected" };
      later();
      await expectRefusal(await caller.post(PATH, SOON, headers), 400, "validation_error");

      expect((await caller.post(PATH, takealotBoard, headers)).status).toBe(201);
    });
  });
});

describe("POST /v1/dream-boards/{id}/close", () => {
  const close = (idOrSlug: string) => ({
    method: "POST",
    path: `/v1/dream-boards/${idOrSlug}/close`,
    body: { reason: "manual" },
  });

  describeBoardRoute(
    () => caller,
    close,
    () => {
      board = anotherPartnersBoard();
      return someBoard.slug;
    },
  );

  const payoutId = "0199b3c4-9999-7abc-8def-0123456789ab";
  const planned = { id: payoutId, type: "takealot_gift_card" as const, items: [] };
  const withPayout = () => ({
    ...someBoard,
    raised: cents(6_940),
    payable: cents(5_000),
    payouts: [plannedAt({ ...planned, gross: cents(5_000), fee: cents(0), net: cents(5_000) }, someBoard.createdAt)],
  });
  const send = (body: unknown = { reason: "manual" }) => caller.post(`/v1/dream-boards/${someBoard.slug}/close`, body);

  it("a close request closes the board as the partner and returns the payouts", async () => {
    reset();
    board = withPayout();

    const response = await send();

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      data: {
        id: expect.stringMatching(/^db_/),
        status: "closed",
        raised_cents: 6_940,
        payable_cents: 5_000,
        payouts: [
          { id: expect.stringMatching(/^po_/), type: "takealot_gift_card", status: "pending", net_cents: 5_000 },
        ],
      },
    });
    const by = { kind: "partner", partnerId: caller.partnerId, apiKeyId: caller.apiKeyId };
    expect(closed).toEqual([{ command: { type: "close_board", reason: "manual" }, by }]);
  });

  it("a closed board that is not projected yet is answered 202", async () => {
    reset();
    projected = false;
    expect((await send()).status).toBe(202);
  });

  it("closing again with the same idempotency key closes again and answers what is true now", async () => {
    reset();
    board = withPayout();
    const path = `/v1/dream-boards/${someBoard.slug}/close`;
    const headers = { "Idempotency-Key": "close-again" };
    const closeWith = async (reason: string) => await caller.post(path, { reason }, headers);
    const first = await closeWith("manual");
    board = { ...withPayout(), payable: cents(2_000) };
    const again = await closeWith("manual");

    expect([(await dataOf(first)).payable_cents, (await dataOf(again)).payable_cents]).toEqual([5_000, 2_000]);
    expect(closed).toHaveLength(2);
    await expectRefusal(await closeWith("goal_reached"), 409, "conflict");
    expect(closed).toHaveLength(2);
  });

  it("a close request with an idempotency key closes the board while Postgres is away", async () => {
    reset();
    board = withPayout();
    projected = false;
    await caller.get(`/v1/dream-boards/${someBoard.slug}`);
    database.gateway.pause();

    const path = `/v1/dream-boards/${someBoard.slug}/close`;
    const response = await caller.post(path, { reason: "manual" }, { "Idempotency-Key": "c1" });

    expect(response.status).toBe(202);
    expect(closed).toHaveLength(1);
  });

  it("a board that cannot be closed is answered 409 with the reason", async () => {
    const rows: [Refusal, RegExp][] = [
      [{ refused: "cannot_close", status: "expired" }, /is expired cannot be closed/],
      [{ refused: "goal_not_reached" }, /goal is not reached yet/],
      [{ refused: "deadline_not_reached" }, /deadline has not passed yet/],
    ];
    for (const [refused, message] of rows) {
      reset();
      refusal = refused;
      expect((await expectRefusal(await send(), 409, "conflict")).message).toMatch(message);
    }
  });

  it("a missing or unknown close reason is answered 400 and closes nothing", async () => {
    reset();
    for (const body of [{}, { reason: "bored" }, { reason: "MANUAL" }, { reason: null }, { reason: ["manual"] }]) {
      const error = await expectRefusal(await send(body), 400, "validation_error");
      expect(error.details).toMatchObject([{ field: "reason" }]);
    }
    expect(closed).toEqual([]);
  });
});
