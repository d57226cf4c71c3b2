import { publicId } from "#domain/ids";

/**
 * What the counterparty knows an attempt by: the public id of the payout, `po_…`, and `po_…-2` for the second attempt. An
 * attempt that was refused is never sent again under its reference.
 * @param attempt from 1. @throws RangeError otherwise.
 */
export function payoutReference(payoutId: string, attempt: number): string {
  if (!Number.isInteger(attempt) || attempt < 1) throw new RangeError("attempts count from 1");
  const id = publicId("payout", payoutId);
  return attempt === 1 ? id : `${id}-${attempt}`;
}
