import { snapscan } from "#payments/snapscan/provider";
import { type ConnectedProvider, describeProvider, type ProviderPayment } from "./provider-contract.ts";
import { callback, deps, notice, openPayment, SETTINGS, snapscanFarSide } from "./snapscan-callbacks.ts";

const STATUS: Record<ProviderPayment["outcome"], string> = {
  paid: "completed",
  failed: "error",
  unheard_of: "on_hold",
};

function connect(): ConnectedProvider {
  const { requests, fetch, behave, pay } = snapscanFarSide();
  const begin = ({ reference, amount, outcome }: ProviderPayment) =>
    pay({
      merchantReference: reference,
      status: STATUS[outcome],
      requiredAmount: amount,
      totalAmount: amount,
    });
  const { logged, ...outside } = deps(fetch);
  return {
    provider: snapscan(SETTINGS, outside),
    requests,
    logged,
    behave,
    notify: (payment) => notice(begin(payment)),
    withoutSignature: ({ body }) => callback(body, null),
    unreadable: () => callback("payload=%7B%22id%22"),
    foreign: () => notice(pay({ snapCode: "OTHERSHOP" })),
    payWithoutCallback: (payment) => String(begin(payment).id),
    openPayment,
    refundsOf: () => 0,
    loseNextRefundAnswer: () => {},
  };
}

describeProvider("SnapScan", connect);
