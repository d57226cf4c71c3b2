import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { karriCards } from "#database/own-tables";
import { dreamBoards } from "#database/schema";
import { type Answer, CARD_NUMBER, farSide } from "../../payouts/far-side.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { everyRow } from "../../support/every-row.ts";
import { aParent, fillInUpTo, keysIn, mistakes } from "./wizard-parent.ts";

const realFetch = globalThis.fetch;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
afterEach(() => void vi.unstubAllGlobals());

/** A parent whose site has an account at Karri, which gives these answers. */
async function aParentWithKarri(...answers: readonly Answer[]) {
  const karri = farSide(...answers);
  vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) =>
    new Request(input).url.startsWith("http://127.0.0.1") ? realFetch(input, init) : karri.fetch(input, init),
  );
  const parent = await aParent(database, { KARRI_BASE_URL: "https://karri.example", KARRI_API_KEY: "a Karri key" });
  return { parent, karri };
}

const details = { payout_method: "karri_card_topup", karri_card_number: "5234 1234 1234 1234" };
const boardsOf = (hostId = "") => database.db.select().from(dreamBoards).where(eq(dreamBoards.hostId, hostId));

async function agreed({ parent }: Awaited<ReturnType<typeof aParentWithKarri>>) {
  const { html: _, ...keys } = await fillInUpTo(parent, "review", { details });
  return { keys, answer: await parent.post("review", { ...keys, consent: "1" }) };
}

it("Karri is asked about the card when the board is created, and a card it knows opens the board", async () => {
  const family = await aParentWithKarri({ json: { valid: true, cardholderFirstName: "Lindiwe" } });
  const { answer } = await agreed(family);

  expect([answer.status, answer.location]).toEqual([303, expect.stringMatching(/^\/dashboard\/db_[0-9a-z]+$/)]);
  expect((await family.parent.parent.get(answer.location ?? "")).html).not.toContain("Karri");
  expect(family.karri.requests.map(({ body }) => body)).toEqual([{ cardNumber: CARD_NUMBER }]);
  const [board] = await boardsOf(family.parent.host?.id);
  const [card] = await database.db
    .select()
    .from(karriCards)
    .where(eq(karriCards.dreamBoardId, board?.id ?? ""));
  expect(card?.verifiedAt).toEqual(family.parent.site.clock.now);
});

it("a card that Karri does not know leads back to its field, with everything kept and no board; another card opens it", async () => {
  const family = await aParentWithKarri(
    { json: { valid: false, errorCode: "CARD_BLOCKED" } },
    { json: { valid: true } },
  );
  const { keys, answer } = await agreed(family);
  const { parent, get } = { ...family.parent, get: family.parent.parent.get };

  const page = await get(answer.location ?? "");
  expect([page.status, mistakes(page.html)]).toEqual([200, ["karri_card_number"]]);
  expect(page.html).toContain("Karri does not know this card. Please check its number.");
  for (const kept of ["Seven already!", "ends in 1234", parent.host.email]) expect(page.html).toContain(kept);
  expect(await boardsOf(family.parent.host?.id)).toEqual([]);

  const other = { ...family.parent.details, ...details, karri_card_number: "5234000000000007" };
  const again = await family.parent.post("details", { ...keysIn(page.html), ...other });
  const review = keysIn((await get(again.location ?? "")).html);
  const opened = await family.parent.post("review", { ...review, consent: "1" });
  expect([review.draft, opened.status]).toEqual([keys.draft, 303]);
  expect((await boardsOf(family.parent.host?.id)).map(({ id }) => id)).toEqual([keys.draft]);
});

it("while Karri is away the board opens, its page says that the card is checked later, and there is an alert", async () => {
  const rows: Answer[] = ["lost", "cut", { status: 503 }, { status: 401 }, { text: "valid" }];
  await everyRow(rows, async (away) => {
    const family = await aParentWithKarri(away);
    const { answer } = await agreed(family);
    const page = await family.parent.parent.get(answer.location ?? "");

    expect([answer.status, page.status]).toEqual([303, 200]);
    expect(page.html).toContain("your card has not been checked yet. We check it before the money is sent.");
    expect(await boardsOf(family.parent.host?.id)).toHaveLength(1);
    const alerts = family.parent.site.logged.filter(({ alert }) => alert);
    expect(alerts.map(({ event }) => event)).toEqual(["karri_unreachable"]);
    expect(JSON.stringify(family.parent.site.logged)).not.toContain(CARD_NUMBER);
  });
});

it("a number that is mistyped is refused at its field as it was typed, and Karri is not asked", async () => {
  const { parent, karri } = await aParentWithKarri();
  const { html: _, ...keys } = await fillInUpTo(parent, "details");
  const typed = "5234 12x4";
  const answer = await parent.post("details", { ...keys, ...parent.details, ...details, karri_card_number: typed });

  expect([answer.status, mistakes(answer.html)]).toEqual([422, ["karri_card_number"]]);
  expect(answer.html).toContain(`value="${typed}"`);
  expect(answer.html).toContain("12 to 19 digits");
  const kept = await parent.post("details", { ...keysIn(answer.html), ...parent.details, ...details });
  const page = await parent.parent.get(`/create/details?draft=${keys.draft}`);
  expect([kept.status, page.html.includes("ends in 1234"), page.html.includes("12x4")]).toEqual([303, true, false]);
  expect(karri.requests).toEqual([]);
});

it("a number without the checksum of card numbers is taken, and the review asks to compare it with the card", async () => {
  const rows: [number: string, isDoubtful: boolean][] = [
    ["5234 0000 0000 0007", false],
    ["5234 0000 0000 0070", true],
  ];
  await everyRow(rows, async ([karri_card_number, isDoubtful]) => {
    const { parent } = await aParentWithKarri();
    const { html } = await fillInUpTo(parent, "review", { details: { ...details, karri_card_number } });
    expect(html).toContain(`Karri card that ends in ${karri_card_number.slice(-4)}`);
    expect(html.includes("looks mistyped")).toBe(isDoubtful);
  });
});
