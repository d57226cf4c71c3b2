export const GIFT_TYPES = ["takealot_product", "philanthropy"] as const;
export type GiftType = (typeof GIFT_TYPES)[number];

export const PAYOUT_METHODS = ["takealot_gift_card", "karri_card_topup", "philanthropy_donation"] as const;
export type PayoutMethod = (typeof PAYOUT_METHODS)[number];

/** Stored in `dream_boards.gift_data`. Prices in cents, at the time of selection. (data-models) */
export type TakealotGift = {
  type: "takealot_product";
  productUrl: string;
  productId?: string;
  productName: string;
  productImage: string;
  productPrice: number;
};

export type PhilanthropyGift = {
  type: "philanthropy";
  causeId: string;
  causeName: string;
  causeDescription: string;
  causeImage: string;
  impactDescription: string;
  /** Who receives the money. Absent from a board that was stored before it was kept. */
  organisation?: string;
};

export type Gift = TakealotGift | PhilanthropyGift;

/** The address of the picture of the product or the cause. */
export function pictureOf(gift: Gift): string {
  return gift.type === "takealot_product" ? gift.productImage : gift.causeImage;
}

export function withPicture(gift: Gift, address: string): Gift {
  return gift.type === "takealot_product" ? { ...gift, productImage: address } : { ...gift, causeImage: address };
}

/** The charity a Takealot board turns to once its gift is funded. Stored in `dream_boards.overflow_gift_data`. */
export type OverflowGift = {
  causeId: string;
  causeName: string;
  impactDescription: string;
  /** The words of the list of causes when the board was opened. Absent from a board that was stored before they were kept. */
  organisation?: string;
  description?: string;
  image?: string;
};
