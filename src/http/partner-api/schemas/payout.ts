import { z } from "@hono/zod-openapi";
import { PAYOUT_STATUSES } from "#domain/board/lifecycle";
import { PAYOUT_METHODS } from "#domain/gift";
import { EXAMPLE_PAYOUT } from "../examples.ts";
import { Instant } from "./fields.ts";
import { publicIdOf } from "./ids.ts";

export const PayoutType = z.enum(PAYOUT_METHODS);
export const PayoutStatus = z.enum(PAYOUT_STATUSES);

const PLAIN = /^[^\p{Cc}\p{Cs}]*$/u;

const RecipientData = z
  .union([
    z.object({ email: z.string(), product_url: z.string().optional() }).openapi({ title: "Takealot gift card" }),
    z
      .object({
        card_number: z
          .string()
          .optional()
          .openapi({ description: "Only while the payout may be paid, and only for keys with payouts:write" }),
        card_number_last4: z.string(),
        cardholder_name: z.string().nullable(),
      })
      .openapi({ title: "Karri card" }),
    z.object({ cause_id: z.string(), donor_name: z.string(), donor_email: z.string() }).openapi({ title: "Donation" }),
  ])
  .nullable()
  .openapi({ description: "Who is paid; null once it was erased" });

export const PayoutResource = z
  .object({
    id: publicIdOf("payout"),
    dream_board_id: publicIdOf("board"),
    type: PayoutType,
    gross_cents: z.int().openapi({ description: "The share of the pot" }),
    fee_cents: z.int(),
    net_cents: z.int().openapi({ description: "What is to be paid" }),
    status: PayoutStatus,
    recipient_data: RecipientData,
    external_ref: z.string().nullable(),
    error_code: z.string().optional(),
    error_message: z.string().optional(),
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
  })
  .openapi("Payout", { example: EXAMPLE_PAYOUT });

export const ExternalRef = z
  .string("must be a text")
  .trim()
  .min(1, "must not be empty")
  .max(255, "must be at most 255 characters long")
  .refine((value) => PLAIN.test(value), "must not hold control characters");

export const ConfirmPayout = z
  .object({
    external_ref: ExternalRef.openapi({ description: "Your reference of the payment", example: "KARRI-20261129-0042" }),
    completed_at: Instant.optional().openapi({ description: "When it was paid; now unless given" }),
  })
  .openapi("ConfirmPayout");

export const FailPayout = z
  .object({
    error_code: z
      .string("must be a text")
      .regex(/^[A-Za-z0-9_.-]{1,50}$/, "must be 1 to 50 letters, digits, dots, hyphens or underscores")
      .optional(),
    error_message: z
      .string("must be a text")
      .trim()
      .min(1, "must not be empty")
      .max(500, "must be at most 500 characters long")
      .refine((value) => PLAIN.test(value), "must not hold control characters"),
  })
  .openapi("FailPayout", { example: { error_code: "card_blocked", error_message: "The card is blocked" } });
