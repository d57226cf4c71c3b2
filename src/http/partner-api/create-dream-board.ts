import { createRoute } from "@hono/zod-openapi";
import { countBoardOfHost } from "#accounts/board-quota";
import { findOrCreateHost } from "#accounts/hosts";
import { activeCauses } from "#boards/causes";
import { openBoard } from "#boards/open-board";
import { findBoard } from "#boards/read-board";
import type { BoardProfile } from "#domain/board/profile";
import { type Cause, ourWordsOf } from "#domain/causes";
import type { Gift } from "#domain/gift";
import { passesLuhn } from "#domain/luhn";
import { cents } from "#domain/money";
import { verifyKarriCard } from "#payouts/verify-karri-card";
import { ChipInError, type ErrorDetail } from "#platform/errors";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { presentBoard } from "#wire/board";
import { createRouter } from "./create-router.ts";
import { envelopeWithWarnings } from "./envelope.ts";
import { CREATE_DREAM_BOARD_EXAMPLES } from "./examples.ts";
import { IdempotencyHeaders, idempotent } from "./idempotency.ts";
import { dataWithWarnings, jsonBody, refusals, withReplay } from "./openapi-parts.ts";
import { CreateDreamBoard, problemsOfAnyGift } from "./schemas/create-dream-board.ts";
import { createDreamBoardRules } from "./schemas/create-dream-board-rules.ts";
import { DreamBoardResource } from "./schemas/dream-board.ts";
import { scoped } from "./scoped.ts";
import { detailsOf, type FurtherRules, invalid, refuseInvalidWith } from "./validation.ts";

const route = createRoute({
  method: "post",
  path: "/dream-boards",
  operationId: "createDreamBoard",
  tags: ["Dream boards"],
  summary: "Create a dream board",
  description: "Guests may chip in at once at `public_url`.",
  ...scoped("dreamboards:write"),
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateDreamBoard, CREATE_DREAM_BOARD_EXAMPLES) },
  responses: {
    201: withReplay(dataWithWarnings(DreamBoardResource, "The new board")),
    202: withReplay(
      dataWithWarnings(DreamBoardResource, "The new board; it is open, and lists will show it in a moment"),
    ),
    ...refusals("conflict", "payload_too_large", "upstream_unavailable"),
  },
});

const rules: FurtherRules = async (body, c) => {
  const services = c.get("services");
  const { now, settings } = services;
  const causeIds = (await activeCauses(services)).map(({ id }) => id);
  const ofAnyGift = problemsOfAnyGift(body);
  return [
    ...(ofAnyGift ? detailsOf(ofAnyGift) : []),
    ...createDreamBoardRules(body, now(), causeIds, settings.LOCAL_PLATFORM ? settings.PUBLIC_ORIGIN : null),
  ];
};

export const createDreamBoardRoute = createRouter().openapi(
  route,
  async (c) => {
    const services = c.get("services");
    const { partnerId, sandbox } = c.get("apiKey");
    const body = c.req.valid("json");
    const find = async (boardId: string) => {
      const board = await findBoard(services, { kind: "partner", partnerId }, boardId);
      return board && { status: 201 as const, data: presentBoard(board, services.settings.PUBLIC_ORIGIN) };
    };
    const answer = await idempotent(c, { route: route.operationId, rules, find }, async (boardId) => {
      const card = await karriCardOf(services, body, sandbox);
      const host = await findOrCreateHost(services.database, body.payout_email);
      await countBoardOfHost(services, { partnerId, sandbox }, host.email);
      const { board, projected } = await openBoard(services, {
        boardId,
        partnerId,
        hostId: host.id,
        hostSince: host.createdAt,
        profile: { ...profileOf(body, await activeCauses(services)), ...card },
        payoutMethod: body.payout_method,
        goal: cents(body.goal_cents),
        deadline: new Date(body.deadline),
        sandbox,
      });
      const status = projected ? (201 as const) : (202 as const);
      return { status, data: presentBoard(board, services.settings.PUBLIC_ORIGIN) };
    });
    return c.json(envelopeWithWarnings(c, answer.data, warningsOf(body)), answer.status);
  },
  refuseInvalidWith(rules),
);

/** The personal data of the board, which is kept beside its log. */
function profileOf(
  body: CreateDreamBoard,
  causes: readonly Cause[],
): Omit<BoardProfile, "slug" | "karriCardCiphertext"> {
  return {
    childName: body.child_name,
    childPhotoUrl: body.child_photo_url,
    birthdayDate: body.birthday_date,
    gift: giftOf(body, causes),
    overflowGift: overflowGiftOf(body, causes),
    message: body.message ?? null,
    payoutEmail: body.payout_email,
  };
}

type KarriCard = Pick<BoardProfile, "karriCardCiphertext" | "karriCardholderCiphertext" | "karriVerifiedAt">;

/**
 * The encrypted card, verified where Karri can be asked. A sandbox asks no counterparty. (product-facts 21.4)
 * @throws ChipInError `validation_error` for a card that Karri does not know, `upstream_unavailable` when Karri is away.
 */
async function karriCardOf(services: Services, body: CreateDreamBoard, sandbox: boolean): Promise<KarriCard> {
  const { karri_card_number: number, karri_cardholder_name: name } = body;
  if (!number || !name) return { karriCardCiphertext: null };
  const verification = sandbox ? ({ result: "not_configured" } as const) : await verifyKarriCard(services, number);
  if (verification.result === "invalid") {
    throw invalid([{ field: "karri_card_number", reason: "is not a card that Karri can top up" }]);
  }
  if (verification.result === "unreachable") {
    services.alert({ event: "karri_unreachable", request_id: services.requestId, reason: verification.reason });
    const sentence =
      "Karri cannot be asked about this card right now, so no board was opened; try again in a few minutes";
    throw new ChipInError("upstream_unavailable", sentence);
  }
  const keyring = keyringOf(services.settings);
  return {
    karriCardCiphertext: await sealText(keyring, number),
    karriCardholderCiphertext: await sealText(keyring, name),
    karriVerifiedAt: verification.result === "valid" ? services.now().toISOString() : null,
  };
}

/** What is accepted and probably wrong. No source says that Karri's numbers have a checksum. (product-facts 21.4) */
function warningsOf(body: CreateDreamBoard): ErrorDetail[] {
  const warnings: ErrorDetail[] = [];
  const { karri_card_number: number } = body;
  if (number && !passesLuhn(number)) {
    const reason = "fails the checksum of card numbers; check it for a typing error";
    warnings.push({ field: "karri_card_number", reason });
  }
  const [priced, cost] =
    body.gift_type === "takealot_product"
      ? ["gift_data.product_price", body.gift_data.product_price]
      : ["gift_data.amount_cents", body.gift_data.amount_cents];
  if (cost !== body.goal_cents) {
    const reason = `differs from ${priced}, which is ${cost}; guests are asked for goal_cents`;
    warnings.push({ field: "goal_cents", reason });
  }
  return warnings;
}

function giftOf(body: CreateDreamBoard, causes: readonly Cause[]): Gift {
  if (body.gift_type === "takealot_product") {
    const { product_url, product_name, product_image, product_price } = body.gift_data;
    return {
      type: body.gift_type,
      productUrl: product_url.url,
      ...(product_url.productId !== null && { productId: product_url.productId }),
      productName: product_name,
      productImage: product_image,
      productPrice: product_price,
    };
  }
  const { cause_id, cause_name, impact_description, cause_description, cause_image } = body.gift_data;
  const cause = causes.find(({ id }) => id === cause_id);
  return {
    type: body.gift_type,
    causeId: cause_id,
    causeName: cause_name,
    causeDescription: cause_description ?? cause?.description ?? "",
    causeImage: cause_image ?? cause?.image ?? "",
    impactDescription: impact_description,
    ...(cause && { organisation: cause.organisation }),
  };
}

function overflowGiftOf(body: CreateDreamBoard, causes: readonly Cause[]): BoardProfile["overflowGift"] {
  if (body.gift_type !== "takealot_product") return null;
  const { cause_id, cause_name, impact_description } = body.overflow_gift_data;
  const words = { causeId: cause_id, causeName: cause_name, impactDescription: impact_description };
  const cause = causes.find(({ id }) => id === cause_id);
  return cause ? { ...words, ...ourWordsOf(cause) } : words;
}
