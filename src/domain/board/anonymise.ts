import { firstCause } from "../causes.ts";
import type { Gift, OverflowGift } from "../gift.ts";
import { boardSlug } from "../slug.ts";
import type { Refusal } from "./commands.ts";
import type { Rules, Ruling } from "./decide.ts";
import type { BoardStatus } from "./lifecycle.ts";
import { ANONYMISED_NAME, type BoardProfile, type ContributorProfile } from "./profile.ts";
import type { BoardState } from "./state.ts";

/** What anonymisation leaves in place of what a board says about people. (data-models, product-facts 18.2) */
export const ANONYMISED_PHOTO = "/images/anonymized.png";
export const ANONYMISED_EMAIL = "anonymized@chipin.co.za";
/** In place of the ciphertext: the specified CHECK forbids NULL on a Karri board. */
export const ANONYMISED_CARD = "anonymized";
export const ANONYMOUS: ContributorProfile = { name: "Anonymous", message: null, ipAddress: null, userAgent: null };
/** The domain of the addresses that erased hosts get: the specified column is unique and not null. Nothing is sent there. */
export const ERASED_HOSTS = "@anonymized.chipin.co.za";
const ANONYMISED_PRODUCT = "A gift";

/** Money of a board that has not arrived where it goes, in counts. */
export type MoneyUnderWay = Readonly<{ payouts: number; refunds: number; payments: number }>;

export function moneyUnderWay({ payouts, contributions, open }: Readonly<BoardState>): MoneyUnderWay {
  const unpaid = [...payouts.values()].filter(({ gross, status }) => gross > 0 && status !== "completed");
  let refunds = 0;
  for (const contribution of contributions.values()) {
    for (const { status } of contribution.refunds.values()) {
      if (status !== "completed" && status !== "withdrawn") refunds += 1;
    }
  }
  return { payouts: unpaid.length, refunds, payments: open.size };
}

/** Only a board that has ended for good may be anonymised: one that is closed and has nothing to pay counts. (product-facts 18.2, X 3) */
export function whyNotAnonymised(status: BoardStatus, underWay: MoneyUnderWay): Refusal | null {
  if (status === "draft" || status === "active" || status === "funded") return { refused: "not_ended", status };
  const { payouts, refunds, payments } = underWay;
  return payouts + refunds + payments > 0 ? { refused: "money_under_way", ...underWay } : null;
}

/** Its age is the caller's: the job waits 90 days, a host's erasure does not. */
export function anonymiseBoard({ state, by }: Rules): Ruling {
  if (by.kind === "partner") return { refused: "not_for_partners" };
  if (state.anonymised) return [];
  const { status } = state;
  return whyNotAnonymised(status, moneyUnderWay(state)) ?? [{ type: "board_anonymised", status }];
}

/** The birthday stays: without a name it is nobody's, and the specification keeps it. */
export function anonymisedProfile({ gift, overflowGift, ...profile }: BoardProfile, code: string): BoardProfile {
  return {
    slug: boardSlug(ANONYMISED_NAME, code),
    childName: ANONYMISED_NAME,
    childPhotoUrl: ANONYMISED_PHOTO,
    birthdayDate: profile.birthdayDate,
    gift: anonymisedGift(gift, profile.childName),
    overflowGift: overflowGift && anonymisedCause(overflowGift),
    message: null,
    payoutEmail: ANONYMISED_EMAIL,
    karriCardCiphertext: profile.karriCardCiphertext && ANONYMISED_CARD,
  };
}

/** Takealot's page and picture stay, without what somebody added to the addresses. Words and pictures of others go. */
function anonymisedGift(gift: Gift, childName: string): Gift {
  if (gift.type === "philanthropy") {
    const { description: causeDescription = "", image: causeImage = ANONYMISED_PHOTO } = firstCause(gift.causeId) ?? {};
    return { ...gift, ...anonymisedCause(gift), causeDescription, causeImage };
  }
  const namesTheChild = gift.productName.toLowerCase().includes(childName.toLowerCase());
  return {
    ...gift,
    productUrl: takealotAddress(gift.productUrl) ?? "https://www.takealot.com/",
    productName: namesTheChild ? ANONYMISED_PRODUCT : gift.productName,
    productImage: takealotAddress(gift.productImage) ?? ANONYMISED_PHOTO,
  };
}

/** A cause in our words: a partner may have sent others. Who receives the money is ours in any case. */
function anonymisedCause(given: Pick<OverflowGift, "causeId" | "impactDescription" | "organisation">) {
  const { causeId, impactDescription, organisation } = given;
  const cause = firstCause(causeId);
  const isListed = cause?.impacts.some(({ impact }) => impact === impactDescription) ?? false;
  return {
    causeId,
    causeName: cause?.name ?? organisation ?? "",
    impactDescription: isListed ? impactDescription : "",
    ...(organisation !== undefined && { organisation }),
  };
}

function takealotAddress(address: string): string | null {
  const url = URL.parse(address);
  const isTakealots = url !== null && /^([a-z0-9-]+\.)*takealot\.com$/.test(url.hostname);
  return isTakealots ? url.origin + url.pathname : null;
}
