import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { erasures } from "#database/privacy-tables";
import { newId } from "#domain/ids";
import { addDays } from "#domain/time";
import { keyringOf } from "#privacy/encryption";
import { BOARD_ERASERS } from "#privacy/erase-board";
import { type JobName, runJob } from "../../src/jobs/schedule.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aPerson, aPlatform, findPerson, type Platform } from "./a-person.ts";

let database: TestDatabase;
let platform: Platform;
beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(() => {
  platform = aPlatform(database);
});
afterAll(() => database.stop());

const EVERYWHERE = [
  "audit_logs.actor_email: email",
  "audit_logs.ip_address: hostAddress",
  "board_flags.note: note",
  "board_managers.invited_email: second",
  "board_notes.note: note",
  "board_reports.words: note",
  "contributions.contributor_name: guest hidden",
  "contributions.ip_address: ipAddress",
  "contributions.message: guestMessage",
  "contributions.user_agent: userAgent",
  "dream_boards.child_name: child",
  "dream_boards.child_photo_url: photo",
  "dream_boards.gift_data: child photo",
  "dream_boards.karri_card_number: card",
  "dream_boards.message: later",
  "dream_boards.payout_email: email",
  "dream_boards.slug: child",
  "email_changes.new_email: newEmail",
  "hosts.email: email",
  "idempotency_keys.response_body: child message photo",
  "karri_cards.cardholder_name: cardholder",
  "object.contributors: guest guestMessage hidden ipAddress userAgent",
  // The object in memory keeps it. In the real one it goes with the projection.
  "object.origins: email hostAddress",
  "object.profile: card cardholder child email error later photo",
  "partner_events.data: cardholder child email error guest guestMessage hidden later message photo",
  "payouts.recipient_data: card cardholder child email",
  "refunds.note: note",
  "webhook_attempts.response_body: cardholder child email error later message photo",
  "webhook_events.last_response_body: cardholder child email error later message photo",
];
/** What the registry keeps as long as the account. */
const OF_THE_HOST = ["audit_logs.actor_email: email", "audit_logs.ip_address: hostAddress", "hosts.email: email"];

const JOBS: JobName[] = [
  "scrub-origins",
  "purge-webhook-bodies",
  "purge-idempotency-keys",
  "purge-old-records",
  "anonymise-boards",
];

async function pass(days: number): Promise<void> {
  const { site } = platform;
  site.clock.now = addDays(site.clock.now, days);
  for (const name of JOBS) await runJob(name, site.services, site.clock.now);
}

it("a person who was entered everywhere is in no store 90 days after the board ended, and a host in none after their erasure", async () => {
  const person = await aPerson(platform);
  const { site } = platform;
  const find = () => findPerson(platform, person);
  expect(await find()).toEqual(EVERYWHERE);

  await pass(90);
  const onTheDay = await find();
  expect(onTheDay).toContain("dream_boards.child_name: child");
  await pass(1);
  expect(await find()).toEqual(OF_THE_HOST);

  // Whatever is projected or asked afterwards brings nothing back.
  await person.operate(`/internal/boards/${person.id}/project-again?after=0`, { note: "a repair of ours" });
  expect(await find()).toEqual(OF_THE_HOST);
  const answers: [string, number][] = [];
  const { slug: newSlug = "" } = person.object.journal.profile ?? {};
  for (const path of [`/${person.slug}`, `/${newSlug}`, `/${newSlug}/contribute`, `/${newSlug}/live.json`]) {
    answers.push([path, (await site.request(path)).status]);
  }
  expect(answers.map(([, status]) => status)).toEqual([404, 404, 404, 404]);
  const seen = (await (await person.caller.get(`/v1/dream-boards/${person.id}`)).json()) as { data: object };
  expect(seen.data).toMatchObject({
    child_name: "Anonymized",
    message: null,
    status: "paid_out",
    raised_cents: 48_500,
  });

  const erase = { note: person.words.note, confirm: person.host };
  expect(await person.operate(`/internal/hosts/${person.hostId}/erase`, erase)).toEqual({ erased: true, boards: 1 });
  expect(await find()).toEqual(["erasures.note: note"]);
  await pass(91);
  expect(await find()).toEqual([]);
}, 60_000);

it("each eraser of a board erases places that no other does, and the board's own event erases the rest", async () => {
  const person = await aPerson(platform);
  const { services } = platform.site;
  const board = { id: person.boardId, partnerId: person.caller.partnerId };
  const at = services.now();
  const erasure = { id: newId(at), cause: "test", at, dreamBoardId: board.id };
  let left = await findPerson(platform, person);
  const erased: Record<string, string[]> = {};
  const note = async (name: string) => {
    const after = await findPerson(platform, person);
    const places = left.filter((place) => !after.includes(place)).map((place) => place.split(":")[0] ?? "");
    left = after;
    erased[name] = places;
  };

  for (const [name, eraser] of Object.entries(BOARD_ERASERS)) {
    await eraser({ database: database.db, keyring: keyringOf(services.settings), erasure }, board);
    await note(name);
  }
  const [record] = await database.db.select().from(erasures).where(sql`${erasures.id} = ${erasure.id}`);
  await person.object.execute({ type: "anonymise_board" }, { by: services.actor, requestId: "req_test" });
  await note("board_anonymised");

  expect(erased).toEqual({
    "board notes": ["board_notes.note"],
    "second parent": ["board_managers.invited_email"],
    "visitors' reports": ["board_reports.words"],
    "refund notes": ["refunds.note"],
    "flag notes": ["board_flags.note"],
    "idempotent answers": ["idempotency_keys.response_body"],
    "gift cards": [],
    webhooks: ["partner_events.data", "webhook_attempts.response_body", "webhook_events.last_response_body"],
    recipients: ["payouts.recipient_data"],
    board_anonymised: EVERYWHERE.map((place) => place.split(":")[0] ?? "").filter((place) =>
      /^(object|contributions|dream_boards|karri_cards)\./.test(place),
    ),
  });
  expect(left).toEqual([...OF_THE_HOST, "email_changes.new_email: newEmail"].sort());
  expect(record?.counts).toEqual({
    board_notes: 1,
    board_managers: 1,
    board_reports: 1,
    refund_notes: 1,
    flag_notes: 1,
    idempotency_keys: 1,
    gift_cards: 2,
    webhook_attempts: person.deliveries.length,
    webhook_events: person.deliveries.length,
    partner_events: person.deliveries.length,
    recipients: 2,
  });
}, 60_000);

it("the seven years' record of a payout keeps cause, product and the last digits of the card", async () => {
  const person = await aPerson(platform);
  const before = person.exported.boards[0].payouts;
  expect(before.map(({ recipientData }: { recipientData: object }) => recipientData)).toContainEqual({
    cardNumber: person.words.card,
    cardholderName: person.words.cardholder,
  });
  await pass(91);

  const exported = await person.operate(`/internal/hosts/${person.host}/export`);

  const recipients = exported.boards[0].payouts.map(({ recipientData }: { recipientData: object }) => recipientData);
  expect(recipients).toHaveLength(2);
  expect(recipients).toContainEqual({ cardNumber: person.words.card.slice(-4), cardholderName: null });
  expect(recipients).toContainEqual({
    causeId: "food-forward",
    donorName: "Anonymized",
    donorEmail: "anonymized@chipin.co.za",
  });
}, 60_000);
