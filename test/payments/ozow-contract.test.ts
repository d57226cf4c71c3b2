import { ozow } from "#payments/ozow/provider";
import { callback, depsOf, ozowFarSide, PAYMENT, SETTINGS, thin } from "./ozow-callbacks.ts";
import { type ConnectedProvider, describeProvider, type ProviderPayment } from "./provider-contract.ts";

const STATUS: Record<ProviderPayment["outcome"], string> = {
  paid: "Successful",
  failed: "Error",
  unheard_of: "OnHold",
};

function connect(): ConnectedProvider {
  const far = ozowFarSide();
  let deliveries = 0;
  const payWithoutCallback = ({ reference, amount, outcome }: ProviderPayment) =>
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
    notify: (payment) => deliver(payWithoutCallback(payment)),
    withoutSignature: (request) => {
      const headers = new Headers(request.headers);
      for (const name of ["svix-id", "svix-timestamp", "svix-signature"]) headers.delete(name);
      return { ...request, headers };
    },
    unreadable: () => callback('{"type": '),
    foreign: () => deliver(far.pay({ siteCode: "OTH-OTH-001" }).id),
    payWithoutCallback,
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
