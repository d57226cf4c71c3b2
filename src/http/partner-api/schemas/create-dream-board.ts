import { z } from "@hono/zod-openapi";
import { MAX_PRODUCT_NAME, MIN_GOAL_CENTS } from "#domain/board/field-rules";
import {
  amount,
  CalendarDate,
  ChildName,
  Email,
  ImageUrl,
  Instant,
  KarriCardholderName,
  KarriCardNumber,
  Message,
  TakealotUrl,
  text,
} from "./fields.ts";

/** `create-dream-board-rules.ts` looks for it in the list of causes, which operators change. */
const CauseId = z.string().openapi({
  description: "A cause of [our list](https://api.chipin.co.za/docs/boards): `food-forward`, `greenpop`",
  example: "food-forward",
});

const TakealotGiftData = z
  .object({
    product_url: TakealotUrl,
    product_name: text({ max: MAX_PRODUCT_NAME }).openapi({ example: "LEGO Friends Treehouse" }),
    product_image: ImageUrl,
    product_price: amount(1).openapi({
      description: "Cents, at the time of selection. Guests are asked for `goal_cents`, which is usually the same",
      example: 249_900,
    }),
  })
  .openapi("TakealotGiftData");

const PhilanthropyGiftData = z
  .object({
    cause_id: CauseId,
    cause_name: text({ max: MAX_PRODUCT_NAME }).openapi({ example: "Plant Trees" }),
    impact_description: text({ max: MAX_PRODUCT_NAME }).openapi({ example: "Plant 10 trees" }),
    amount_cents: amount(1).openapi({
      description: "What the impact costs. Guests are asked for `goal_cents`, which is usually the same",
      example: 50_000,
    }),
    cause_description: text({ max: 1_000 })
      .optional()
      .openapi({ description: "The description of the cause unless given" }),
    cause_image: ImageUrl.optional().openapi({ description: "The picture of the cause unless given" }),
  })
  .openapi("PhilanthropyGiftData");

const OverflowGiftData = z
  .object({
    cause_id: CauseId,
    cause_name: text({ max: MAX_PRODUCT_NAME }).openapi({ example: "Feed Hungry Children" }),
    impact_description: text({ max: MAX_PRODUCT_NAME }).openapi({ example: "Feed 5 children for a week" }),
  })
  .openapi("OverflowGiftData", { description: "The cause that receives money beyond the goal" });

/** What every board has, whatever the gift. */
export const BoardOfAnyGift = z.object({
  child_name: ChildName,
  child_photo_url: ImageUrl,
  birthday_date: CalendarDate.openapi({ description: "From today to 90 days ahead, in South Africa" }),
  goal_cents: amount(MIN_GOAL_CENTS).openapi({ description: "What the pot is to reach", example: 249_900 }),
  payout_email: Email,
  message: Message.nullish(),
  deadline: Instant.openapi({ description: "1 to 90 days ahead", example: "2026-12-31T21:59:59Z" }),
});

const payoutMethod = <const Method extends string>(...methods: [Method, ...Method[]]) =>
  z.enum(methods, { error: (issue) => (issue.input === undefined ? "is required" : misfit(methods)) });
const misfit = (methods: readonly string[]) => `must be ${methods.join(" or ")} for this gift_type`;

type KarriField = "karri_card_number" | "karri_cardholder_name";
type KarriRule = { payout_method?: unknown } & { [field in KarriField]?: unknown };
const isKarri = ({ payout_method }: KarriRule) => payout_method === "karri_card_topup";
const isGiven = (body: KarriRule, field: KarriField) => (body[field] ?? null) !== null;
// Checked while other fields are wrong too, so that one response names all of them.
const isObject = ({ value }: { value: unknown }) => typeof value === "object" && value !== null;
const ONLY_WITH_KARRI = "goes with karri_card_topup only";
const goesWithKarri = (field: KarriField) => (body: KarriRule) => isKarri(body) === isGiven(body, field);
const karriProblem = (field: KarriField) => ({
  path: [field],
  // The input is an object, see `isObject`.
  error: ({ input }: { input?: unknown }) =>
    isKarri(input as KarriRule) ? "is required for karri_card_topup" : ONLY_WITH_KARRI,
  when: isObject,
});

const TakealotBoard = BoardOfAnyGift.extend({
  gift_type: z.literal("takealot_product"),
  gift_data: TakealotGiftData,
  payout_method: payoutMethod("takealot_gift_card", "karri_card_topup"),
  overflow_gift_data: OverflowGiftData,
  karri_card_number: KarriCardNumber.nullish().openapi({ type: ["string", "null"] }),
  karri_cardholder_name: KarriCardholderName.nullish(),
})
  .refine(goesWithKarri("karri_card_number"), karriProblem("karri_card_number"))
  .refine(goesWithKarri("karri_cardholder_name"), karriProblem("karri_cardholder_name"))
  .openapi("CreateTakealotBoard", { title: "A gift from Takealot" });

const PhilanthropyBoard = BoardOfAnyGift.extend({
  gift_type: z.literal("philanthropy"),
  gift_data: PhilanthropyGiftData,
  payout_method: payoutMethod("philanthropy_donation"),
  karri_card_number: z.null(ONLY_WITH_KARRI).optional(),
  karri_cardholder_name: z.null(ONLY_WITH_KARRI).optional(),
}).openapi("CreatePhilanthropyBoard", { title: "A donation to a cause" });

const GIFT_TYPES = ["takealot_product", "philanthropy"] as const;

/** Unknown fields are ignored. Rules that need the clock or the settings are in `create-dream-board-rules.ts`. */
export const CreateDreamBoard = z
  .discriminatedUnion("gift_type", [TakealotBoard, PhilanthropyBoard], {
    error: `must be one of ${GIFT_TYPES.join(", ")}`,
  })
  .openapi("CreateDreamBoard");
export type CreateDreamBoard = z.output<typeof CreateDreamBoard>;

/** What is wrong with the fields that every gift has, in a body whose `gift_type` names none, which the union does not look into. */
export function problemsOfAnyGift(body: unknown): z.core.$ZodError | null {
  const { gift_type } = (body ?? {}) as { gift_type?: unknown };
  if (GIFT_TYPES.some((type) => type === gift_type)) return null;
  return BoardOfAnyGift.safeParse(body).error ?? null;
}
