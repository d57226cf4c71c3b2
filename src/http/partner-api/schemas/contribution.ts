import { z } from "@hono/zod-openapi";
import { PAYMENT_STATUSES } from "#domain/board/lifecycle";
import { BoardId } from "./dream-board.ts";

export const PaymentStatus = z.enum(PAYMENT_STATUSES);

export const ContributionResource = z
  .object({
    id: z.string().openapi({ example: "con_01k9v2m3q4e8xavkz6m1t7h5ws" }),
    dream_board_id: BoardId,
    contributor_name: z.string().nullable(),
    message: z.string().nullable(),
    amount_cents: z.int().openapi({ description: "What the guest was charged" }),
    fee_cents: z.int().openapi({ description: "ChipIn's part of it" }),
    net_cents: z.int().openapi({ description: "What reached the pot" }),
    payment_status: PaymentStatus,
    created_at: z.iso.datetime(),
  })
  .openapi("Contribution");
