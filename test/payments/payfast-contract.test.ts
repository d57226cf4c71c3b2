import { payfast } from "#payments/payfast/provider";
import { payfastFarSide } from "./payfast-far-side.ts";
import { callback, deps, NOW, notice, SETTINGS } from "./payfast-notices.ts";
import { type ConnectedProvider, describeProvider, type ProviderPayment } from "./provider-contract.ts";

const STATUS: Record<ProviderPayment["outcome"], string> = {
  paid: "COMPLETE",
  failed: "FAILED",
  unheard_of: "ON_HOLD",
};

function connect(): ConnectedProvider {
  const { requests, fetch, behave, pay, attempt, refundsOf, loseNextRefundAnswer } = payfastFarSide();
  const payWithoutCallback = ({ reference, amount, outcome }: ProviderPayment) =>
    outcome === "paid" ? pay(reference, amount) : attempt();
  const logged: object[] = [];
  return {
    provider: payfast(SETTINGS, { ...deps(fetch), log: (entry) => logged.push(entry) }),
    requests,
    logged,
    behave,
    notify: (payment) =>
      callback(
        notice({
          m_payment_id: payment.reference,
          pf_payment_id: payWithoutCallback(payment),
          payment_status: STATUS[payment.outcome],
          amount_gross: (payment.amount / 100).toFixed(2),
        }),
      ),
    withoutSignature: (request) =>
      callback(new TextDecoder().decode(request.body).replace(/&signature=[0-9a-f]{32}$/, "")),
    unreadable: () => callback(notice({ amount_gross: "free" })),
    foreign: () => callback(notice({ merchant_id: "10099999" })),
    payWithoutCallback,
    openPayment: (reference, amount) => ({
      reference,
      amount,
      slug: "maya-birthday-8k3m9q2rtw",
      attempt: 1,
      attemptExpiresAt: new Date(NOW.getTime() + 3_600_000),
      returnUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw/thanks",
      cancelUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw",
      notifyUrl: "https://chipin.example/api/webhooks/payfast",
      requestId: null,
      openedAt: new Date(NOW.getTime() - 3_600_000),
    }),
    refundsOf,
    loseNextRefundAnswer,
  };
}

describeProvider("PayFast", connect);
