import { expect } from "vitest";
import { callbackSite } from "../callbacks/callback-site.ts";
import { type CallbackRequest, type ProviderCallbacks, textOf } from "../callbacks/provider-callbacks.ts";

export const AMOUNT = 25_750;
/** `AMOUNT` without the fee. */
export const NET = 24_977;
/** For property tests with many runs. */
export const LONG = { timeout: 120_000 };

/** Two boards, each with an open payment of R257.50 by this provider, and a genuine callback for the first payment. */
export function openPayments(provider: ProviderCallbacks, settings: Record<string, string> = {}) {
  const it = callbackSite(settings);
  const reference = it.board.begin(provider.name, AMOUNT);
  const otherReference = it.other.begin(provider.name, AMOUNT);
  const genuine = provider.report(it.far, { reference, amount: AMOUNT });
  const before = it.effects();
  return {
    ...it,
    reference,
    otherReference,
    genuine,
    /** Expects the provider's status for refused callbacks and no effect. */
    async expectRefused(sent: CallbackRequest, init?: RequestInit): Promise<void> {
      const { status, line } = await it.postCallback(provider.name, sent, "203.0.113.66", init);
      expect(it.effects()).toEqual(before);
      expect(status).toBe(provider.refusedStatus);
      expect(line).toMatchObject({ outcome: "refused" });
    },
    /** Expects an answer without a server error, and unchanged totals. */
    async expectNoPayment(sent: CallbackRequest, init?: RequestInit) {
      const answer = await it.postCallback(provider.name, sent, "203.0.113.66", init);
      expect([200, 204, 400, 401, 413]).toContain(answer.status);
      expect(it.effects().totals).toEqual(before.totals);
      return answer;
    },
    isPaid: () => it.board.of(reference).status === "completed",
  };
}

/**
 * What the signature covers: for PayFast the decoded pairs, with the signature last, and for the others the text of the
 * body.
 */
export function meaningOf(provider: ProviderCallbacks, sent: CallbackRequest): string {
  const text = textOf(sent);
  if (provider.name !== "payfast") return text;
  const decode = (part: string) =>
    part.replaceAll("+", " ").replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const pairs = text.split("&").map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return [decode(name), decode(value.join("="))];
  });
  const isSignature = (pair: string[]) => pair[0] === "signature";
  return JSON.stringify([...pairs.filter((pair) => !isSignature(pair)), ...pairs.filter(isSignature)]);
}

export type OpenPayments = ReturnType<typeof openPayments>;
