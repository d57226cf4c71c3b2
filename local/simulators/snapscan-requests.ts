import { z } from "zod";
import { defined } from "./defined.ts";

const cents = z.number().int().nonnegative();
const text = z.string().nullable();

/** A payment to enter with `vouch`. Reference and amount are enough. */
export const VouchedPayment = z
  .object({
    id: z.number().int().positive(),
    status: z.string().min(1),
    date: z.iso.datetime(),
    totalAmount: cents,
    tipAmount: cents.nullable(),
    requiredAmount: cents,
    snapCode: z.string(),
    snapCodeReference: text,
    userReference: z.string(),
    merchantReference: z.string().min(1),
    statementReference: text,
    authCode: text,
    deliveryAddress: text,
    isVoucher: z.boolean(),
    isVoucherRedemption: z.boolean(),
    transactionType: z.string(),
    extra: z.record(z.string(), z.string()),
  })
  .partial()
  .required({ merchantReference: true, requiredAmount: true })
  .transform(({ merchantReference, requiredAmount, ...rest }) => ({
    ...defined(rest),
    merchantReference,
    requiredAmount,
  }));
