import { pgEnum } from "drizzle-orm/pg-core";
import { BOARD_STATUSES, PAYMENT_PROVIDERS, PAYMENT_STATUSES, PAYOUT_STATUSES } from "#domain/board/lifecycle";
import { GIFT_TYPES, PAYOUT_METHODS } from "#domain/gift";

export const dreamBoardStatus = pgEnum("dream_board_status", BOARD_STATUSES);
export const giftType = pgEnum("gift_type", GIFT_TYPES);
export const payoutMethod = pgEnum("payout_method", PAYOUT_METHODS);
export const paymentStatus = pgEnum("payment_status", PAYMENT_STATUSES);
export const paymentProvider = pgEnum("payment_provider", PAYMENT_PROVIDERS);
export const payoutStatus = pgEnum("payout_status", PAYOUT_STATUSES);
/** The same words as `PAYOUT_METHODS`, in the order the specification gives this type. */
export const payoutType = pgEnum("payout_type", ["takealot_gift_card", "philanthropy_donation", "karri_card_topup"]);
export const payoutItemType = pgEnum("payout_item_type", ["gift", "overflow"]);
export const auditActorType = pgEnum("audit_actor_type", ["admin", "host", "system"]);
