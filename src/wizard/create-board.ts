import { findOrCreateHost } from "#accounts/hosts";
import { openBoard } from "#boards/open-board";
import { consents } from "#database/consent-tables";
import type { BoardProfile } from "#domain/board/profile";
import { ourWordsOf } from "#domain/causes";
import { CONSENT_WORDING } from "#domain/consent";
import { DEFAULT_PARTNER } from "#domain/default-partner";
import { type DraftGift, goalOf, type WholeDraft } from "#domain/draft";
import type { Gift, OverflowGift } from "#domain/gift";
import { verifyKarriCard } from "#payouts/verify-karri-card";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openText, sealText } from "#privacy/sealed";

/** `card_unchecked`: the board is open, and Karri was away. `card_refused`: Karri does not know the card, and no board was opened. */
export type Created = "created" | "card_unchecked" | "card_refused";

type Card = Pick<BoardProfile, "karriCardCiphertext" | "karriCardholderCiphertext" | "karriVerifiedAt">;
type CheckedCard = Readonly<{ card: Card; isUnchecked?: boolean }>;

/**
 * Opens the board of a finished draft under its own id, so that a draft that is sent twice opens one board. The consent is recorded
 * first: no board lacks it. Karri is asked about the card; while it is away, the card is checked before the payout.
 * @throws ChipInError `unavailable`.
 */
export async function createBoard(
  services: Services,
  { boardId, email }: Readonly<{ boardId: string; email: string }>,
  whole: WholeDraft,
): Promise<Created> {
  const { database, now } = services;
  const { details, gift } = whole;
  const checked = await checkCard(services, details.card);
  if (checked === "refused") return "card_refused";
  const host = await findOrCreateHost(database, email);
  const consent = { dreamBoardId: boardId, hostId: host.id, wording: CONSENT_WORDING, givenAt: now() };
  await database.insert(consents).values(consent).onConflictDoNothing();
  const profile = { ...profileOf(whole), ...checked.card };
  await openBoard(services, {
    boardId,
    partnerId: DEFAULT_PARTNER.id,
    hostId: host.id,
    hostSince: host.createdAt,
    profile,
    payoutMethod: details.payoutMethod,
    goal: goalOf(gift),
    deadline: details.deadline,
    sandbox: false,
  });
  return checked.isUnchecked ? "card_unchecked" : "created";
}

/** What the board says about the family, without the card. */
export function profileOf({ child, gift, details }: WholeDraft): Omit<BoardProfile, "slug" | "karriCardCiphertext"> {
  return {
    childName: child.name,
    childPhotoUrl: child.photo,
    birthdayDate: child.birthday,
    gift: giftOf(gift),
    overflowGift: overflowOf(gift),
    message: details.message,
    payoutEmail: details.payoutEmail,
  };
}

function giftOf(gift: DraftGift): Gift {
  if (gift.type === "takealot_product") {
    const { type, url: productUrl, productId, name: productName, image: productImage, price: productPrice } = gift;
    return { type, productUrl, ...(productId !== null && { productId }), productName, productImage, productPrice };
  }
  const { cause, level } = gift;
  return {
    type: gift.type,
    causeId: cause.id,
    causeName: cause.name,
    causeDescription: cause.description,
    causeImage: cause.image,
    impactDescription: level.impact,
    organisation: cause.organisation,
  };
}

function overflowOf(gift: DraftGift): OverflowGift | null {
  if (gift.type !== "takealot_product") return null;
  const { overflow } = gift;
  const [least] = overflow.impacts;
  const words = { causeId: overflow.id, causeName: overflow.name, impactDescription: least?.impact ?? overflow.name };
  return { ...words, ...ourWordsOf(overflow) };
}

async function checkCard(services: Services, card: WholeDraft["details"]["card"]): Promise<CheckedCard | "refused"> {
  if (!card) return { card: { karriCardCiphertext: null } };
  const keyring = keyringOf(services.settings);
  const number = await openText(keyring, card.sealed);
  const verification = await verifyKarriCard(services, number);
  if (verification.result === "invalid") return "refused";
  const isUnchecked = verification.result === "unreachable";
  if (isUnchecked) {
    services.alert({ event: "karri_unreachable", request_id: services.requestId, reason: verification.reason });
  }
  const name = verification.result === "valid" ? verification.cardholderFirstName : null;
  return {
    isUnchecked,
    card: {
      karriCardCiphertext: card.sealed,
      ...(name !== null && { karriCardholderCiphertext: await sealText(keyring, name) }),
      karriVerifiedAt: verification.result === "valid" ? services.now().toISOString() : null,
    },
  };
}
