import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { BoardProfile } from "#domain/board/profile";
import { type Answer, CARD_NUMBER, farSide } from "../../payouts/far-side.ts";
import { startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { everyRow } from "../../support/every-row.ts";
import { testSite } from "../support.ts";
import { karriBoard, takealotBoard } from "./bodies.ts";
import { aBoardOf, aCaller, expectRefusal, objectOf } from "./support.ts";

const PATH = "/v1/dream-boards";
const realFetch = globalThis.fetch;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A site with an account at Karri, which gives these answers. */
async function aSite(...answers: readonly Answer[]) {
  const karri = farSide(...answers);
  vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) =>
    new Request(input).url.startsWith("http://127.0.0.1") ? realFetch(input, init) : karri.fetch(input, init),
  );
  const opened: BoardProfile[] = [];
  const object = objectOf(
    () => null,
    (_, { profiles }) => {
      if (profiles?.board) opened.push(profiles.board);
      return { projected: true, board };
    },
  );
  const settings = { KARRI_BASE_URL: "https://karri.example", KARRI_API_KEY: "a Karri key" };
  const site = testSite(database, { board: object, settings });
  const caller = await aCaller(site);
  const board = await aBoardOf(database, caller.partnerId);
  return { site, caller, karri, opened };
}

it("a card that Karri knows opens the board, which keeps the instant of the verification", async () => {
  const { site, caller, karri, opened } = await aSite({ json: { valid: true, cardholderFirstName: "Lindiwe" } });
  const headers = { "idempotency-key": unique("verified") };

  expect((await caller.post(PATH, karriBoard, headers)).status).toBe(201);
  expect((await caller.post(PATH, karriBoard, headers)).status).toBe(201);

  expect(opened.map(({ karriVerifiedAt }) => karriVerifiedAt)).toEqual([site.clock.now.toISOString()]);
  expect(karri.requests.map(({ line, body }) => [line, body])).toEqual([
    ["POST https://karri.example/cards/verify", { cardNumber: "5234000000000007" }],
  ]);
});

it("a card that Karri does not know is answered 400 on its field, and no board is opened", async () => {
  const { caller, opened } = await aSite({ json: { valid: false, errorCode: "CARD_BLOCKED" } });

  const error = await expectRefusal(await caller.post(PATH, karriBoard), 400, "validation_error");

  expect(error.details).toEqual([{ field: "karri_card_number", reason: "is not a card that Karri can top up" }]);
  expect(opened).toEqual([]);
});

it("while Karri cannot be asked a Karri board is answered 502, is not opened, and may be sent again", async () => {
  const rows: Answer[] = [{ status: 503 }, { status: 401 }, "lost", { text: "valid" }];
  await everyRow(rows, async (answer) => {
    const { site, caller, karri, opened } = await aSite(answer, { json: { valid: true } });
    const headers = { "idempotency-key": unique("away") };

    const refused = await caller.post(PATH, karriBoard, headers);

    expect(refused.headers.get("retry-after")).toBe("60");
    const error = await expectRefusal(refused, 502, "upstream_unavailable");
    expect(error.message).toContain("no board was opened");
    expect(opened).toEqual([]);
    const alerts = site.logged.filter(({ alert }) => alert);
    expect(alerts).toMatchObject([{ event: "karri_unreachable", reason: expect.any(String) }]);
    expect(JSON.stringify(site.logged)).not.toMatch(/5234|Lindiwe/);
    expect((await caller.post(PATH, karriBoard, headers)).status).toBe(201);
    expect(karri.waiting).toEqual([]);
  });
});

it("Karri is not asked about a board that pays out otherwise, or whose body is refused", async () => {
  const { caller, karri } = await aSite();

  expect((await caller.post(PATH, takealotBoard)).status).toBe(201);
  const wrong = { ...karriBoard, karri_card_number: CARD_NUMBER, karri_cardholder_name: "" };
  await expectRefusal(await caller.post(PATH, wrong), 400, "validation_error");

  expect(karri.requests).toEqual([]);
});
