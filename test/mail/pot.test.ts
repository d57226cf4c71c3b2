import { afterAll, beforeAll, expect, it } from "vitest";
import { cents } from "#domain/money";
import { aHouse, aLiveBoard, aReport, type LiveBoard } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aMail, provider, sendMail } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

type Move = (live: LiveBoard, reference: string) => Promise<unknown>;
const sentBackByProvider: Move = (live, reference) =>
  live.report(aReport(reference, { providerPaymentId: "pf-other", status: "refunded", providerStatus: "REFUNDED" }));

it.each<{ why: string; moves: Move[]; pot: string }>([
  { why: "two contributions were paid", moves: [], pot: "R291" },
  {
    why: "the provider sent another payment of a paid reference back",
    moves: [sentBackByProvider],
    pot: "R291",
  },
  {
    why: "another payment of a paid reference arrived and is on its way back",
    moves: [(live, reference) => live.report(aReport(reference, { providerPaymentId: "pf-other" }))],
    pot: "R291",
  },
  {
    why: "a payment of a wrong amount for a paid reference is on its way back",
    moves: [
      (live, reference) => live.report(aReport(reference, { providerPaymentId: "pf-other", amount: cents(1) })),
      (live, reference) => live.requestRefund(reference, "pf-other"),
    ],
    pot: "R291",
  },
  { why: "the refund of one was requested", moves: [(live, reference) => live.requestRefund(reference)], pot: "R97" },
  {
    why: "the refund of one was requested and withdrawn",
    moves: [(live, reference) => live.requestRefund(reference), (live, reference) => live.withdrawRefund(reference)],
    pot: "R291",
  },
  {
    why: "the refund of one is done",
    moves: [
      (live, reference) => live.requestRefund(reference),
      (live, reference) => live.reportRefund(reference, "completed"),
    ],
    pot: "R97",
  },
])("a host's mail states a pot of $pot when $why", async ({ moves, pot }) => {
  const house = aHouse(database);
  const live = await aLiveBoard(house);
  const reference = await live.paid();
  for (const move of moves) await move(live, reference);
  const { id: contributionId } = live.of(await live.paid(10_000));
  const nextAttemptAt = house.clock.now;
  const id = await aMail(database, live.boardId, { kind: "contribution_received", contributionId, nextAttemptAt });
  const { posted, deps } = provider();

  expect(await sendMail(house.services, id, deps)).toEqual({ outcome: "sent" });

  expect(posted[0]?.text).toContain(`${pot} of R1,000 raised so far.`);
});
