import { z } from "@hono/zod-openapi";
import { PAYMENT_STATUSES } from "#domain/board/lifecycle";
import { EXAMPLE_CONTRIBUTION } from "../examples.ts";
import { publicIdOf } from "./ids.ts";

export const PaymentStatus = z.enum(PAYMENT_STATUSES);

export const ContributionResource = z
  .object({
    id: publicIdOf("contribution"),
    dream_board_id: publicIdOf("board"),
    contributor_name: z.string().nullable(),
    message: z.string().nullable(),
    amount_cents: z.int().openapi({ description: "What the guest was charged" }),
    fee_cents: z.int().openapi({ description: "ChipIn's part of it" }),
    net_cents: z.int().openapi({ description: "What reached the pot" }),
    payment_status: PaymentStatus,
    created_at: z.iso.datetime(),
  })
  .openapi("Contribution", { example: EXAMPLE_CONTRIBUTION });
