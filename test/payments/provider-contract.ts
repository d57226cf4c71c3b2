import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cents, cents } from "#domain/money";
import {
  answerTo,
  type CallbackRequest,
  type CallbackVerdict,
  type Handoff,
  type PaymentProvider,
} from "#payments/provider";

/** What happened at the provider. `unheard_of` is a status its documentation does not know. */
export type PaymentNews = Readonly<{ reference: string; amount: Cents; outcome: "paid" | "failed" | "unheard_of" }>;

/** How the provider behaves when the adapter asks it something. */
export const FAR_SIDES = ["works", "breaks the connection", "answers 500", "answers 429", "answers nonsense"] as const;
export type FarSide = (typeof FAR_SIDES)[number];

/** An adapter wired to a far side under the test's control. */
export type ConnectedProvider = Readonly<{
  provider: PaymentProvider;
  /** every request that went out so far */
  requests: readonly Request[];
  behave(farSide: FarSide): void;
  /** A new payment at the provider, and the callback it sends about it. Judging it again is a redelivery. */
  notify(news: PaymentNews): CallbackRequest;
  /** The same request without any proof of who sent it. */
  withoutSignature(request: CallbackRequest): CallbackRequest;
  /** Rightly signed, and not what the provider documents. */
  unreadable(): CallbackRequest;
  /** Rightly signed, about a payment to somebody else's account. */
  foreign(): CallbackRequest;
}>;

const PAID: PaymentNews = { reference: "8k3m9q2rtw0v5x7yz1ab", amount: cents(25_750), outcome: "paid" };
const PAYMENT = {
  reference: PAID.reference,
  amount: PAID.amount,
  slug: "maya-birthday-8k3m9q2rtw",
  returnUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw/thanks",
  cancelUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw",
  notifyUrl: "https://chipin.example/api/webhooks/provider",
};

/** What every payment provider owes the rest of the house, whatever its dialect. */
export function describeProvider(name: string, connect: () => ConnectedProvider): void {
  const reported = (verdict: CallbackVerdict) => ("report" in verdict ? verdict : expect.fail(verdict.reason));
  const refused = (verdict: CallbackVerdict, { provider }: ConnectedProvider) =>
    "report" in verdict ? expect.fail("accepted") : answerTo(verdict, provider.name);

  describe(`${name}, as any payment provider`, () => {
    it("sends the guest to a listed address, the same one however often it is asked", async () => {
      const { provider } = connect();

      const handoff = await provider.start(PAYMENT);

      const target = new URL(destinationOf(handoff));
      expect(target.protocol).toBe("https:");
      expect(provider.handoffOrigins).toContain(target.origin);
      expect(await provider.start(PAYMENT)).toEqual(handoff);
    });

    it("takes what guests may give and refuses amounts outside its limits", async () => {
      const { provider } = connect();
      const { minimum, maximum } = provider.limits;

      expect(minimum).toBeLessThanOrEqual(2_000);
      for (const amount of [minimum, maximum]) await provider.start({ ...PAYMENT, amount });
      for (const amount of [cents(minimum - 1), cents(maximum + 1)]) {
        await expect(provider.start({ ...PAYMENT, amount })).rejects.toThrow(RangeError);
      }
    });

    it("reports a payment with our reference, its amount to the cent and the provider's id", async () => {
      const connected = connect();

      const { report, notes } = reported(await connected.provider.readCallback(connected.notify(PAID)));

      expect(report).toMatchObject({ provider: connected.provider.name, status: "completed" });
      expect(report).toMatchObject({ reference: PAID.reference, amount: PAID.amount });
      expect(report.providerPaymentId).not.toBe("");
      expect(notes).toEqual([]);
    });

    it("reports a failure as failed", async () => {
      const connected = connect();
      const request = connected.notify({ ...PAID, outcome: "failed" });

      expect(reported(await connected.provider.readCallback(request)).report.status).toBe("failed");
    });

    it("takes a status it has never heard of as open, and says so", async () => {
      const connected = connect();
      const request = connected.notify({ ...PAID, outcome: "unheard_of" });

      const { report, notes } = reported(await connected.provider.readCallback(request));

      expect(report.status).toBe("processing");
      expect(notes).toHaveLength(1);
    });

    it("tells a redelivery from a second payment", async () => {
      const connected = connect();
      const { provider } = connected;
      const first = connected.notify(PAID);
      const second = connected.notify(PAID);

      const [once, again, other] = [
        reported(await provider.readCallback(first)).report,
        reported(await provider.readCallback(first)).report,
        reported(await provider.readCallback(second)).report,
      ];

      expect(again).toEqual(once);
      expect(other.reference).toBe(once.reference);
      expect(other.eventKey).not.toBe(once.eventKey);
      expect(other.providerPaymentId).not.toBe(once.providerPaymentId);
    });

    it("refuses a callback without proof, and asks nobody about it", async () => {
      const connected = connect();
      const genuine = connected.notify(PAID);
      const forgeries = [connected.withoutSignature(genuine), { ...genuine, body: new Uint8Array() }];

      for (const forgery of forgeries) {
        const answer = refused(await connected.provider.readCallback(forgery), connected);
        expect([400, 401]).toContain(answer.status);
      }

      expect(connected.requests).toEqual([]);
    });

    it("refuses a callback whose body was changed, or reads the very same from it", async () => {
      const connected = connect();
      const genuine = connected.notify(PAID);
      const accepted = await connected.provider.readCallback(genuine);
      const asked = connected.requests.length;

      await fc.assert(
        fc.asyncProperty(fc.nat(genuine.body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
          const body = genuine.body.slice();
          body[at] = (body[at] ?? 0) ^ change;
          const before = connected.requests.length;

          const verdict = await connected.provider.readCallback({ ...genuine, body });

          if ("report" in verdict) expect(verdict).toEqual(accepted);
          else expect([400, 401]).toContain(answerTo(verdict, connected.provider.name).status);
          expect(connected.requests.length - before).toBe("report" in verdict ? asked : 0);
        }),
      );
    });

    it("answers any bytes without throwing, and asks nobody about them", async () => {
      const connected = connect();
      const { headers } = connected.notify(PAID);

      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (body, keepHeaders) => {
          const request = { ...connected.notify(PAID), body, headers: keepHeaders ? headers : new Headers() };
          const answer = refused(await connected.provider.readCallback(request), connected);
          expect([400, 401]).toContain(answer.status);
        }),
      );

      expect(connected.requests).toEqual([]);
    });

    it("calls a person when the provider really sent something unreadable", async () => {
      const connected = connect();

      const answer = refused(await connected.provider.readCallback(connected.unreadable()), connected);

      expect(answer).toEqual({ status: 400, alert: true });
    });

    it("ends a callback about another account with an alert, not with retries", async () => {
      const connected = connect();

      const answer = refused(await connected.provider.readCallback(connected.foreign()), connected);

      expect(answer).toEqual({ status: 200, alert: true });
    });

    it.each(FAR_SIDES.filter((farSide) => farSide !== "works"))(
      "asks to be told again when the provider %s, and then understands",
      async (farSide) => {
        const connected = connect();
        const request = connected.notify(PAID);
        connected.behave(farSide);

        const answer = refused(await connected.provider.readCallback(request), connected);
        connected.behave("works");

        expect(answer.status).toBe(503);
        expect(reported(await connected.provider.readCallback(request)).report.status).toBe("completed");
      },
    );
  });
}

function destinationOf(handoff: Handoff): string {
  switch (handoff.kind) {
    case "form":
      return handoff.action;
    case "redirect":
      return handoff.url;
    case "qr":
      return handoff.link;
    default:
      return handoff satisfies never;
  }
}
