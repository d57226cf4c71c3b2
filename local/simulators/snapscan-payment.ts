/** A payment as SnapScan shows it, amounts in cents. */
export type SnapscanPayment = {
  id: number;
  status: string;
  date: string;
  totalAmount: number;
  tipAmount: number | null;
  requiredAmount: number | null;
  snapCode: string;
  snapCodeReference: string | null;
  userReference: string;
  merchantReference: string | null;
  statementReference: string | null;
  authCode: string | null;
  deliveryAddress: string | null;
  isVoucher: boolean;
  isVoucherRedemption: boolean;
  transactionType: string;
  extra: Record<string, string>;
};

type Facts = {
  id: number;
  snapCode: string;
  reference: string;
  requiredCents: number;
  tipCents: number;
  status: "completed" | "error";
  /** six digits, shown to the guest */
  authCode: string;
  /** the code's URL parameters */
  extra: Record<string, string>;
  at: Date;
};

/** A payment with its fields in the order of real ones. */
export function snapscanPayment(facts: Facts): SnapscanPayment {
  const { id, snapCode, reference, requiredCents, tipCents, status, authCode, extra, at } = facts;
  return {
    id,
    status,
    date: `${at.toISOString().slice(0, 19)}Z`,
    totalAmount: requiredCents + tipCents,
    tipAmount: tipCents,
    requiredAmount: requiredCents,
    snapCode,
    snapCodeReference: null,
    userReference: "",
    merchantReference: reference,
    statementReference: null,
    authCode: status === "completed" ? authCode : null,
    deliveryAddress: null,
    isVoucher: false,
    isVoucherRedemption: false,
    transactionType: "payment",
    extra,
  };
}
