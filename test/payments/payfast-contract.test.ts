import { payfast } from "#payments/payfast/provider";
import { callback, notice, SETTINGS, VALID } from "./payfast-notices.ts";
import { type ConnectedProvider, describeProvider, type FarSide, type PaymentNews } from "./provider-contract.ts";

const STATUS: Record<PaymentNews["outcome"], string> = { paid: "COMPLETE", failed: "FAILED", unheard_of: "ON_HOLD" };

const VALIDATE_ANSWERS: Record<FarSide, () => Response> = {
  works: VALID,
  "breaks the connection": () => {
    throw new TypeError("fetch failed");
  },
  "answers 500": () => new Response("VALID", { status: 500 }),
  "answers 429": () => new Response("VALID", { status: 429 }),
  "answers nonsense": () => new Response("<html>"),
};

function connect(): ConnectedProvider {
  const requests: Request[] = [];
  let farSide: FarSide = "works";
  let lastPaymentId = 2_577_000;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    requests.push(new Request(input, init));
    return VALIDATE_ANSWERS[farSide]();
  };
  return {
    provider: payfast(SETTINGS, { fetch }),
    requests,
    behave: (next) => {
      farSide = next;
    },
    notify({ reference, amount, outcome }) {
      lastPaymentId += 1;
      return callback(
        notice({
          m_payment_id: reference,
          pf_payment_id: String(lastPaymentId),
          payment_status: STATUS[outcome],
          amount_gross: (amount / 100).toFixed(2),
        }),
      );
    },
    withoutSignature: (request) =>
      callback(new TextDecoder().decode(request.body).replace(/&signature=[0-9a-f]{32}$/, "")),
    unreadable: () => callback(notice({ amount_gross: "free" })),
    foreign: () => callback(notice({ merchant_id: "10099999" })),
  };
}

describeProvider("PayFast", connect);
