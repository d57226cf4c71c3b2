import { cents } from "#domain/money";
import type { PayoutToExecute } from "#payouts/executor";
import { payoutReference } from "#payouts/payout-reference";

export const PAYOUT_ID = "0199b3c4-1234-7abc-8def-0123456789ab";
export const REFERENCE = payoutReference(PAYOUT_ID, 1);
export const ACCOUNT = { baseUrl: "https://counterparty.example/api", apiKey: "the account's key" };
export const CARD_NUMBER = "5234123412341234";

const common = { payoutId: PAYOUT_ID, reference: REFERENCE, amount: cents(249_900), mayHaveBeenSent: false };

export const PAYOUTS = {
  takealot_gift_card: { ...common, type: "takealot_gift_card", recipient: { email: "parent@example.com" } },
  karri_card_topup: {
    ...common,
    type: "karri_card_topup",
    recipient: { cardNumber: CARD_NUMBER, cardholderName: "Thandi Mokoena" },
  },
  philanthropy_donation: {
    ...common,
    type: "philanthropy_donation",
    recipient: { causeId: "food-forward", donorName: "Maya", donorEmail: "parent@example.com" },
  },
} as const satisfies Record<string, PayoutToExecute>;

/** An answer of the far side. `lost`: the connection breaks. `cut`: it breaks within the body. */
export type Answer = "lost" | "cut" | Readonly<{ status?: number; json?: unknown; text?: string }>;

export type SentRequest = Readonly<{ line: string; headers: Headers; body: unknown }>;

/** A far side that gives these answers, one a request, and fails the test when it is asked once more. */
export function farSide(...answers: readonly Answer[]) {
  const waiting = [...answers];
  const requests: SentRequest[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const text = await request.text();
    const line = `${request.method} ${request.url}`;
    requests.push({ line, headers: request.headers, body: text ? JSON.parse(text) : null });
    const answer = waiting.shift();
    if (answer === undefined) throw new Error(`${line} was not expected`);
    return responseTo(answer);
  };
  return { fetch, requests, waiting };
}

function responseTo(answer: Answer): Response {
  if (answer === "lost") throw new TypeError("fetch failed");
  if (answer === "cut") {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"status":')),
      pull: (controller) => controller.error(new TypeError("terminated")),
    });
    return new Response(body, { status: 200 });
  }
  const { status = 200, json, text = JSON.stringify(json ?? {}) } = answer;
  return new Response(text, { status });
}
