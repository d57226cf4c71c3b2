import { and, eq, isNotNull } from "drizzle-orm";
import { giftCards } from "#database/payout-tables";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openText, sealText } from "#privacy/sealed";

/** A code is as good as cash: it stands here, sealed, until its mail was taken, and nowhere else. (product-facts 7) */
export type GiftCard = Readonly<{ code: string; url: string | null }>;

/** The order a code came with. */
type Order = Readonly<{ payoutId: string; externalRef: string }>;

type Stores = Pick<Services, "database" | "settings">;

/** Before the payout is completed with this order. Keeping it again changes nothing. */
export async function keepGiftCard({ database, settings }: Stores, order: Order, card: GiftCard): Promise<void> {
  const sealed = await sealText(keyringOf(settings), JSON.stringify(card));
  await database
    .insert(giftCards)
    .values({ ...order, sealed })
    .onConflictDoNothing();
}

/** The code of the order a payout was completed with; null when it has none, or it was mailed. */
export async function findGiftCard({ database, settings }: Stores, order: Order): Promise<GiftCard | null> {
  const [row] = await database.select({ sealed: giftCards.sealed }).from(giftCards).where(isOf(order));
  return row?.sealed ? JSON.parse(await openText(keyringOf(settings), row.sealed)) : null;
}

/**
 * The mail was taken: the codes of the payout are wiped, also those of orders that did not complete it. A statement that
 * runs when it is awaited, or in a batch together with what says that the mail was taken.
 */
export function forgetGiftCards({ database }: Pick<Services, "database">, payoutId: string, mailedAt: Date) {
  return database
    .update(giftCards)
    .set({ sealed: null, mailedAt })
    .where(and(eq(giftCards.payoutId, payoutId), isNotNull(giftCards.sealed)));
}

function isOf({ payoutId, externalRef }: Order) {
  return and(eq(giftCards.payoutId, payoutId), eq(giftCards.externalRef, externalRef));
}
