import { randomUUID } from "node:crypto";
import { noticeBody } from "../local/simulators/payfast-notice.ts";

/** R20: the platform keeps R3 of it. */
export const GIFT_CENTS = 2_000;
export const NET_CENTS = 1_700;

export type Board = { id: string; slug: string };

/** One guest's contribution, waiting for PayFast to speak. */
export type Gift = { board: Board; reference: string; notice: string };

/** Where ChipIn listens, how its pages are addressed, and who it is to PayFast. */
export type Door = {
  origin: string;
  publicOrigin: string;
  merchant: { id: string; key: string; passphrase: string | null };
};

const AT_ONCE = 32;
const NAMES = ["Gogo Thandi", "Uncle Sipho", "Aisha & family", "Ouma Elsa", "Zoë", "Coach Themba", ""];
let opened = 0;

/** Fills in the guest form `count` times, spread over `boards` in turn, and writes what PayFast will say to each. */
export async function openGifts(door: Door, boards: readonly Board[], count: number): Promise<Gift[]> {
  const gifts: Gift[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < count; index = next++) {
      const board = boards[index % boards.length];
      if (!board) throw new Error("gifts need a board");
      gifts.push(await openGift(door, board));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return gifts;
}

async function openGift({ origin, publicOrigin, merchant }: Door, board: Board): Promise<Gift> {
  opened += 1;
  const form = new URLSearchParams({
    ...{ amount: String(GIFT_CENTS / 100), name: NAMES[opened % NAMES.length] ?? "", message: "Happy birthday!" },
    ...{ provider: "payfast", submission: randomUUID() },
  });
  const headers = { origin: publicOrigin, "sec-fetch-site": "same-origin" };
  const answer = await fetch(`${origin}/${board.slug}/contribute`, { method: "POST", body: form, headers });
  const page = await answer.text();
  const reference = /name="m_payment_id"[^>]*value="([^"]+)"/.exec(page)?.[1];
  if (!answer.ok || !reference) throw new Error(`the guest form answered ${answer.status}: ${page.slice(0, 300)}`);
  return { board, reference, notice: noticeFor(reference, merchant) };
}

function noticeFor(reference: string, merchant: Door["merchant"]): string {
  const checkout = { reference, amountCents: GIFT_CENTS, fields: { item_name: "ChipIn gift contribution" } };
  const providerPaymentId = reference.slice(-10);
  return noticeBody(
    checkout,
    { status: "COMPLETE", providerPaymentId, grossCents: GIFT_CENTS, forged: false },
    merchant,
  );
}

/** PayFast speaks. @throws Error when we do not thank it. */
export async function notify({ origin }: Door, { notice, reference }: Gift): Promise<void> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(`${origin}/api/webhooks/payfast`, { method: "POST", headers, body: notice });
  await answer.body?.cancel();
  if (answer.status !== 200) throw new Error(`the notice for ${reference} was answered ${answer.status}`);
}
