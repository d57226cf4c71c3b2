import { randomUUID } from "node:crypto";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { Secrets } from "../local/environment.ts";
import { noticeOf, type Paid } from "./notices.ts";
import { GIFT_CENTS } from "./outside.ts";

export type Board = { id: string; slug: string };

/** One guest's contribution, waiting for the provider to speak. */
export type Gift = Paid & { board: Board; provider: PaymentProviderName };

/** Where ChipIn listens, how its pages are addressed, and what it shares with providers. */
export type Door = { origin: string; publicOrigin: string; secrets: Secrets };

const AT_ONCE = 32;
const NAMES = ["Gogo Thandi", "Uncle Sipho", "Aisha & family", "Ouma Elsa", "Zoë", "Coach Themba", ""];
/** Where the answer to the guest form, its address and its page, names the reference. */
const REFERENCE_IN: Record<PaymentProviderName, RegExp> = {
  payfast: /name="m_payment_id"[^>]*value="(\w+)"/,
  ozow: /\/ozow\/pay\/(\w+)/,
  snapscan: /\/qr\/\w+\?id=(\w+)/,
};
let opened = 0;

/** Fills in the guest form `count` times, spread over `boards` in turn. */
export async function openGifts(
  door: Door,
  boards: readonly Board[],
  count: number,
  provider: PaymentProviderName = "payfast",
): Promise<Gift[]> {
  const gifts: Gift[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < count; index = next++) {
      const board = boards[index % boards.length];
      if (!board) throw new Error("gifts need a board");
      gifts.push(await openGift(door, board, provider));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return gifts;
}

async function openGift({ origin, publicOrigin }: Door, board: Board, provider: PaymentProviderName): Promise<Gift> {
  opened += 1;
  const number = opened;
  const form = new URLSearchParams({
    amount: String(GIFT_CENTS / 100),
    name: NAMES[number % NAMES.length] ?? "",
    message: "Happy birthday!",
    provider,
    submission: randomUUID(),
    // A board with many unpaid attempts challenges its guests; these have solved it.
    "cf-turnstile-response": "a token of the bench",
  });
  const answer = await fetch(`${origin}/${board.slug}/contribute`, {
    method: "POST",
    body: form,
    redirect: "manual",
    headers: { origin: publicOrigin, "sec-fetch-site": "same-origin" },
  });
  const page = `${answer.headers.get("location") ?? ""}\n${await answer.text()}`;
  const reference = REFERENCE_IN[provider].exec(page)?.[1];
  if (answer.status >= 400 || !reference) {
    const told = /role="alert"[^>]*>(.*?)<\/(?:div|p|section)>/s.exec(page)?.[1] ?? page;
    throw new Error(`the guest form answered ${answer.status}: ${told.replace(/<[^>]*>/g, " ").slice(0, 300)}`);
  }
  return { board, provider, reference, number };
}

/** The provider speaks. @throws Error when we do not thank it. */
export async function notify({ origin, secrets }: Door, gift: Gift): Promise<void> {
  const notice = noticeOf(gift.provider, gift, secrets);
  const answer = await fetch(`${origin}/api/webhooks/${gift.provider}`, { method: "POST", ...notice });
  await answer.body?.cancel();
  if (answer.status !== 200) throw new Error(`the notice for ${gift.reference} was answered ${answer.status}`);
}
