import { z } from "@hono/zod-openapi";
import { BOARD_STATUSES, CLOSE_REASONS, PAYOUT_STATUSES } from "#domain/board/lifecycle";
import { GIFT_TYPES, PAYOUT_METHODS } from "#domain/gift";
import { EXAMPLE_BOARD, EXAMPLE_CLOSING } from "../examples.ts";
import { Instant, Message } from "./fields.ts";
import { publicIdOf } from "./ids.ts";

export const BoardStatus = z.enum(BOARD_STATUSES);

const TakealotGiftResource = z.object({
  type: z.literal("takealot_product"),
  product_url: z.string(),
  product_id: z.string().optional().openapi({ example: "PLID90000001" }),
  product_name: z.string(),
  product_image: z.string(),
  product_price: z.int().openapi({ description: "Cents, at the time of selection" }),
});

const PhilanthropyGiftResource = z.object({
  type: z.literal("philanthropy"),
  cause_id: z.string(),
  cause_name: z.string(),
  cause_description: z.string(),
  cause_image: z.string(),
  impact_description: z.string(),
});

const OverflowGiftResource = z.object({ cause_id: z.string(), cause_name: z.string(), impact_description: z.string() });

export const DreamBoardResource = z
  .object({
    id: publicIdOf("board"),
    slug: z.string().openapi({ example: "maya-birthday-8k3m9q2rtw" }),
    child_name: z.string(),
    child_photo_url: z.string(),
    birthday_date: z.string().openapi({ format: "date" }),
    gift_type: z.enum(GIFT_TYPES),
    gift_data: z.discriminatedUnion("type", [TakealotGiftResource, PhilanthropyGiftResource]),
    payout_method: z.enum(PAYOUT_METHODS),
    overflow_gift_data: OverflowGiftResource.nullable(),
    goal_cents: z.int(),
    raised_cents: z.int().openapi({ description: "Completed contributions less the fee" }),
    payable_cents: z
      .int()
      .openapi({ description: "`raised_cents` less what is on its way back to guests: what is paid out" }),
    overflow_cents: z.int().openapi({ description: "What came in beyond the goal" }),
    message: z.string().nullable(),
    deadline: z.iso.datetime(),
    status: BoardStatus,
    display_mode: z.enum(["gift", "charity"]),
    contribution_count: z.int(),
    sandbox: z.boolean().openapi({ description: "Opened with a `cpk_test_` key: no money of this board is real" }),
    public_url: z.string().openapi({ format: "uri" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("DreamBoard", { example: EXAMPLE_BOARD });

/** The fields of a board that can be changed. An unknown field is refused; `closed` is answered with what to do instead. */
export const UpdateDreamBoard = z
  .strictObject(
    {
      message: Message.nullable().optional().openapi({ description: "What guests read; null deletes it" }),
      deadline: Instant.optional().openapi({ description: "Only later, at most 90 days ahead" }),
      status: z
        .enum(["cancelled", "expired", "closed"], { error: "can only become cancelled or expired" })
        .optional()
        .openapi({
          type: "string",
          enum: ["cancelled", "expired"],
          description: "`cancelled` refunds every contribution; `expired` ends a board without money",
        }),
    },
    {
      error: ({ code }) =>
        code === "unrecognized_keys" ? "cannot be changed; only message, deadline and status can" : undefined,
    },
  )
  .refine((body) => Object.keys(body).length > 0, "must name message, deadline or status")
  .openapi("UpdateDreamBoard", { example: { message: "Maya turns seven on Thursday!" } });

export const CloseReason = z
  .object({ reason: z.enum(CLOSE_REASONS) })
  .openapi("CloseDreamBoard", { example: { reason: "manual" } });

export const ClosedDreamBoardResource = z
  .object({
    id: publicIdOf("board"),
    status: BoardStatus,
    raised_cents: z.int(),
    payable_cents: z.int(),
    payouts: z.array(
      z.object({
        id: publicIdOf("payout"),
        type: z.enum(PAYOUT_METHODS),
        status: z.enum(PAYOUT_STATUSES),
        net_cents: z.int(),
      }),
    ),
  })
  .openapi("ClosedDreamBoard", { example: EXAMPLE_CLOSING });
