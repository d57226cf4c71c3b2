import { ozow } from "#payments/ozow/provider";
import { callback, depsOf, ozowFarSide, PAYMENT, SETTINGS, thin } from "./ozow-callbacks.ts";
import { type ConnectedProvider, describeProvider, type PaymentNews } from "./provider-contract.ts";

const STATUS: Record<PaymentNews["outcome"], string> = { paid: "Successful", failed: "Error", unheard_of: "OnHold" };

function connect(): ConnectedProvider {
  const far = ozowFarSide();
  let deliveries = 0;
  const payInSilence = ({ reference, amount, outcome }: PaymentNews) =>
    far.pay({
      merchantReference: reference,
      amount: { currency: "ZAR", value: amount / 100 },
      status: STATUS[outcome],
    }).id;
  const deliver = (id: string) => callback(thin("transaction.complete", id), { id: `msg_${++deliveries}` });
  const { deps, logged } = depsOf(far.fetch);
  return {
    provider: ozow(SETTINGS, deps),
    requests: far.requests,
    logged,
    behave: (farSide) => {
      far.farSide = farSide;
    },
    notify: (news) => deliver(payInSilence(news)),
    withoutSignature: (request) => {
      const headers = new Headers(request.headers);
      for (const name of ["svix-id", "svix-timestamp", "svix-signature"]) headers.delete(name);
      return { ...request, headers };
    },
    unreadable: () => callback('{"type": '),
    foreign: () => deliver(far.pay({ siteCode: "OTH-OTH-001" }).id),
    payInSilence,
    openPayment: (reference, amount) => ({
      ...PAYMENT,
      reference,
      amount,
      requestId: far.openPayment(reference).id,
    }),
    refundsOf: (id) => far.refunds.filter(({ transactionId }) => transactionId === id).length,
    loseNextRefundAnswer: () => {
      far.losesNextRefundAnswer = true;
    },
  };
}

describeProvider("Ozow", connect);
