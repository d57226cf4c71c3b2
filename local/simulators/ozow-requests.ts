import { z } from "zod";
import { defined } from "./defined.ts";

const bankReference = z.string().regex(/^[A-Za-z0-9]{1,20}$/, "must be 1 to 20 letters and digits");

/** Rands as a JSON number, read as cents. */
const amount = z
  .object({ currency: z.literal("ZAR"), value: z.number().positive() })
  .refine(({ value }) => /^\d+(\.\d{1,2})?$/.test(String(value)), { error: "value must have two decimals at most" })
  .transform(({ value }) => Math.round(value * 100));

export const PaymentRequest = z.object({
  siteCode: z.string().min(1),
  region: z.literal("ZA").optional(),
  amount,
  merchantReference: z.string().min(1).max(50),
  beneficiaryReference: bankReference.optional(),
  payerReference: bankReference.optional(),
  returnUrl: z.url().optional(),
  notifyUrl: z.url().optional(),
  expireAt: z.iso.datetime(),
});

export const RefundRequest = z.object({
  amount,
  reason: z.string().min(1),
  notifyUrl: z.url().optional(),
  realTimePayment: z.boolean().default(false),
});

/** A transaction to enter with `vouch`. Reference and amount are enough. */
export const VouchedTransaction = z
  .object({
    id: z.string().min(1).optional(),
    amount,
    merchantReference: z.string().min(1),
    siteCode: z.string().optional(),
    status: z.string().min(1).optional(),
    createdDate: z.iso.datetime().optional(),
    completedDate: z.iso.datetime().nullable().optional(),
  })
  .transform(({ amount: amountCents, merchantReference: reference, ...rest }) => ({
    ...defined(rest),
    amountCents,
    reference,
  }));

const whole = (otherwise: number) => z.coerce.number().int().nonnegative().default(otherwise);

/** What every list takes; both dates are needed. */
export const ListQuery = z.object({
  fromDate: z.iso.datetime({ offset: true }),
  toDate: z.iso.datetime({ offset: true }),
  siteCode: z.string().optional(),
  limit: whole(50),
  offset: whole(0),
});
