import type { Gift, OverflowGift } from "#domain/gift";

/** camelCase in the database, snake_case on the wire. (product-facts X 20) */
export function presentGift(gift: Gift, publicOrigin: string) {
  if (gift.type === "takealot_product") {
    return {
      type: gift.type,
      product_url: gift.productUrl,
      ...(gift.productId !== undefined && { product_id: gift.productId }),
      product_name: gift.productName,
      product_image: absolute(gift.productImage, publicOrigin),
      product_price: gift.productPrice,
    };
  }
  return {
    type: gift.type,
    cause_id: gift.causeId,
    cause_name: gift.causeName,
    cause_description: gift.causeDescription,
    cause_image: absolute(gift.causeImage, publicOrigin),
    impact_description: gift.impactDescription,
  };
}

export function presentOverflowGift({ causeId, causeName, impactDescription }: OverflowGift) {
  return { cause_id: causeId, cause_name: causeName, impact_description: impactDescription };
}

/** ChipIn's own pictures are stored as paths, and a partner needs them with the origin. Any other text stays as it is. */
export function absolute(url: string, publicOrigin: string): string {
  return url.startsWith("/") ? publicOrigin + url : url;
}
