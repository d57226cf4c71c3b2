import { randomUUID } from "node:crypto";
import { SYSTEM } from "#domain/board/actor";
import { TEST_PAGE } from "#domain/board/lifecycle";
import { boardCode, newId, parsePublicId } from "#domain/ids";
import { cents } from "#domain/money";
import { keyringOf } from "#privacy/encryption";
import { type MemoryBoardObject, MemoryBoards } from "../support/board.ts";
import type { TestDatabase } from "../support/database.ts";
import { takealotBoard } from "./partner-api/bodies.ts";
import type { Caller } from "./partner-api/support.ts";
import { PUBLIC_ORIGIN, type TestSite, testSite } from "./support.ts";

/** A site whose boards are real and projected into the test's database. */
export function siteWithBoards(database: TestDatabase): { site: TestSite; boards: MemoryBoards } {
  const boards = new MemoryBoards({
    now: () => site.clock.now,
    projection: {
      database: database.db,
      publicOrigin: PUBLIC_ORIGIN,
      get keyring() {
        return keyringOf(site.services.settings);
      },
    },
  });
  const site = testSite(database, { board: boards.board });
  return { site, boards };
}

/** A partner's board with a goal of R200, a Karri card unless `body` says otherwise, and one paid contribution of R500. */
export async function aPaidBoard(
  { site, boards }: ReturnType<typeof siteWithBoards>,
  caller: Caller,
  body: Readonly<Record<string, unknown>> = KARRI,
): Promise<{ id: string; slug: string; object: MemoryBoardObject; contributionId: string }> {
  const created = await caller.post("/v1/dream-boards", { ...takealotBoard, goal_cents: 20_000, ...body });
  if (created.status !== 201) throw new Error(await created.text());
  const { data } = (await created.json()) as { data: { id: string; slug: string; sandbox: boolean } };
  const object = boards.board(boardCode(parsePublicId("board", data.id) ?? ""));
  const contributionId = await pay(object, site, { provider: data.sandbox ? TEST_PAGE : "payfast" });
  return { ...data, object, contributionId };
}

export const KARRI = {
  payout_method: "karri_card_topup",
  karri_card_number: "5234111122223333",
  karri_cardholder_name: "Lindiwe Mokoena",
};

export async function pay(
  object: MemoryBoardObject,
  { clock }: TestSite,
  { amount = 50_000, provider = "payfast" }: { amount?: number; provider?: "payfast" | typeof TEST_PAGE } = {},
): Promise<string> {
  const contributionId = newId(clock.now);
  const form = { submission: randomUUID(), amount: cents(amount), signals: [], challengePassed: true };
  const by = { by: SYSTEM, requestId: "test" };
  const opened = await object.execute({ type: "open_contribution", contributionId, provider, ...form }, by);
  if ("refused" in opened) throw new Error(opened.refused);
  await report(object, opened.checkout?.receipt.reference ?? "", amount, "completed", provider);
  return contributionId;
}

/** The provider says that the payment was made, or taken back. */
export async function report(
  object: MemoryBoardObject,
  reference: string,
  amount: number,
  status: "completed" | "refunded",
  provider: "payfast" | typeof TEST_PAGE = "payfast",
): Promise<void> {
  const payment = { providerPaymentId: `pf-${reference}`, providerStatus: "COMPLETE" };
  const news = { provider, reference, status, amount: cents(amount), ...payment } as const;
  await object.execute({ type: "report_payment", ...news }, { by: SYSTEM, requestId: "test" });
}
