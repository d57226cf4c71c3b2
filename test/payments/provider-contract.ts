import fc from "fast-check";
import { expect, it } from "vitest";
import { type Cents, cents } from "#domain/money";
import { addDays, zoneDate } from "#domain/time";
import {
  answerTo,
  type CallbackRequest,
  type CallbackVerdict,
  type Checkout,
  type ListedPayment,
  type LookUpFinding,
  type OpenPayment,
  type PaymentProvider,
  type PaymentToRefund,
  ProviderError,
  type RefundOutcome,
} from "#payments/provider";
import { everyRow } from "../support/every-row.ts";

/** A payment at the provider. `unheard_of` is a status that is not in its documentation. */
export type ProviderPayment = Readonly<{ reference: string; amount: Cents; outcome: "paid" | "failed" | "unheard_of" }>;

/** How the provider behaves when the adapter calls it. */
export const FAR_SIDES = [
  "works",
  "breaks the connection",
  "answers 500",
  "answers 429",
  "answers 401",
  "answers nonsense",
] as const;
export type FarSide = (typeof FAR_SIDES)[number];

/** An adapter wired to a far side under the test's control. */
export type ConnectedProvider = Readonly<{
  provider: PaymentProvider;
  /** The requests that the adapter has sent so far. */
  requests: readonly Request[];
  /** The log entries that the adapter has written so far. */
  logged: readonly object[];
  behave(farSide: FarSide): void;
  /** Makes a payment at the provider, and the callback about it. Reading the same callback again is a redelivery. */
  notify(payment: ProviderPayment): CallbackRequest;
  /** The same request without its signature. */
  withoutSignature(request: CallbackRequest): CallbackRequest;
  /** A validly signed callback that is not as the provider documents it. */
  unreadable(): CallbackRequest;
  /** A validly signed callback about a payment to another account. */
  foreign(): CallbackRequest;
  /** Makes a payment at the provider without a callback. @returns the provider's id of it */
  payWithoutCallback(payment: ProviderPayment): string;
  /** The payment as our records have it: opened an hour ago, without any report. */
  openPayment(reference: string, amount: Cents): OpenPayment;
  /** The number of refunds that the far side paid for the payment with this id. */
  refundsOf(providerPaymentId: string): number;
  /** The next refund is paid, and its answer is lost. */
  loseNextRefundAnswer(): void;
}>;

const PAID: ProviderPayment = { reference: "8k3m9q2rtw0v5x7yz1ab", amount: cents(25_750), outcome: "paid" };
const PAYMENT = {
  reference: PAID.reference,
  amount: PAID.amount,
  slug: "maya-birthday-8k3m9q2rtw",
  attempt: 1,
  attemptExpiresAt: new Date("2026-03-01T12:00:00Z"),
  returnUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw/thanks",
  cancelUrl: "https://chipin.example/maya-birthday-8k3m9q2rtw",
  notifyUrl: "https://chipin.example/api/webhooks/provider",
};

const TROUBLES = FAR_SIDES.filter((farSide) => farSide !== "works");
const TROUBLE_OF: Record<(typeof TROUBLES)[number], ProviderError["trouble"]> = {
  "breaks the connection": "unavailable",
  "answers 500": "unavailable",
  "answers 429": "busy",
  "answers 401": "refuses_us",
  "answers nonsense": "unavailable",
};

/** More than one page of any provider: PayFast's has 1,000 rows. */
const MORE_THAN_A_PAGE = 1_100;
const HOUR_MS = 3_600_000;
/** Every step of a refund but the first. */
const AFTERWARDS = { mayHaveBeenSent: true };

/** The contract of every payment provider. Look-up, refund and listing are tested only where the provider has them. */
export function describeProvider(name: string, connect: () => ConnectedProvider): void {
  const { lookUp, refund, listPayments } = connect().provider;
  const reported = (verdict: CallbackVerdict) => ("report" in verdict ? verdict : expect.fail(JSON.stringify(verdict)));
  const refused = (verdict: CallbackVerdict, { provider }: ConnectedProvider) =>
    "reason" in verdict ? answerTo(verdict, provider.name) : expect.fail("accepted");

  it(`${name} sends the guest to a listed origin, with the same checkout for every start of an attempt`, async () => {
    const { provider } = connect();

    const { checkout, requestId } = await provider.start(PAYMENT);

    const target = new URL(destinationOf(checkout));
    expect(target.protocol).toBe("https:");
    expect(provider.checkoutOrigins.some((listed) => isListed(target, listed))).toBe(true);
    expect(await provider.start(PAYMENT)).toEqual({ checkout, requestId });
  });

  it(`${name} accepts amounts at its limits and refuses amounts outside them`, async () => {
    const { provider } = connect();
    const { minimum, maximum } = provider.limits;

    expect(minimum).toBeLessThanOrEqual(2_000);
    // Each amount has an attempt of its own, because a provider may refuse two amounts for one attempt.
    for (const [at, amount] of [minimum, maximum].entries())
      await provider.start({ ...PAYMENT, amount, attempt: at + 1 });
    for (const amount of [cents(minimum - 1), cents(maximum + 1)]) {
      await expect(provider.start({ ...PAYMENT, amount })).rejects.toThrow(RangeError);
    }
  });

  it(`${name} fails to start a payment while the provider fails, unless it needs no request`, async () => {
    await everyRow(TROUBLES, async (farSide) => {
      const connected = connect();
      const { provider, requests } = connected;
      connected.behave(farSide);

      const result = await provider.start(PAYMENT).catch((error: unknown) => error);
      connected.behave("works");

      if (requests.length === 0) expect(result).toHaveProperty("checkout");
      else expect(result).toBeInstanceOf(Error);
      expect(result).not.toBeInstanceOf(RangeError);
      expect(await provider.start(PAYMENT)).toHaveProperty("checkout");
    });
  });

  it(`${name} reports a payment with our reference, its amount to the cent and the provider's id`, async () => {
    const connected = connect();

    const { report, notes } = reported(await connected.provider.readCallback(connected.notify(PAID)));

    expect(report).toMatchObject({ provider: connected.provider.name, status: "completed" });
    expect(report).toMatchObject({ reference: PAID.reference, amount: PAID.amount });
    expect(report.providerPaymentId).not.toBe("");
    expect(notes).toEqual([]);
  });

  it(`${name} reports a failed payment as failed`, async () => {
    const connected = connect();
    const request = connected.notify({ ...PAID, outcome: "failed" });

    expect(reported(await connected.provider.readCallback(request)).report.status).toBe("failed");
  });

  it(`${name} reports an unknown status as processing, with a note`, async () => {
    const connected = connect();
    const request = connected.notify({ ...PAID, outcome: "unheard_of" });

    const { report, notes } = reported(await connected.provider.readCallback(request));

    expect(report.status).toBe("processing");
    expect(notes).toHaveLength(1);
  });

  it(`${name} reads the same event key from a redelivery, and another one from a second payment`, async () => {
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

  it(`${name} answers a callback without proof 400 or 401, and sends no request`, async () => {
    const connected = connect();
    const genuine = connected.notify(PAID);
    const forgeries = [connected.withoutSignature(genuine), { ...genuine, body: new Uint8Array() }];

    for (const forgery of forgeries) {
      const answer = refused(await connected.provider.readCallback(forgery), connected);
      expect([400, 401]).toContain(answer.status);
    }

    expect(connected.requests).toEqual([]);
  });

  it(`${name} refuses a callback with a changed byte, or reads exactly the same from it`, async () => {
    const connected = connect();
    const genuine = connected.notify(PAID);
    const accepted = await connected.provider.readCallback(genuine);
    const requestCount = connected.requests.length;

    await fc.assert(
      fc.asyncProperty(fc.nat(genuine.body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const body = genuine.body.slice();
        body[at] = (body[at] ?? 0) ^ change;
        const before = connected.requests.length;

        const verdict = await connected.provider.readCallback({ ...genuine, body });

        if ("report" in verdict) expect(verdict).toEqual(accepted);
        else expect([400, 401]).toContain(refused(verdict, connected).status);
        expect(connected.requests.length - before).toBe("report" in verdict ? requestCount : 0);
      }),
    );
  });

  it(`${name} answers arbitrary bytes 400 or 401 without throwing, and sends no request`, async () => {
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

  it(`${name} raises an alert for an authentic callback it cannot read`, async () => {
    const connected = connect();

    const answer = refused(await connected.provider.readCallback(connected.unreadable()), connected);

    expect(answer).toEqual({ status: 400, alert: true });
  });

  it(`${name} answers a callback about another account 200 with an alert`, async () => {
    const connected = connect();

    const answer = refused(await connected.provider.readCallback(connected.foreign()), connected);

    expect(answer).toEqual({ status: 200, alert: true });
  });

  it(`${name} answers 503 while the provider fails, and accepts the same callback afterwards`, async () => {
    await everyRow(TROUBLES, async (farSide) => {
      const connected = connect();
      const request = connected.notify(PAID);
      connected.behave(farSide);

      const answer = refused(await connected.provider.readCallback(request), connected);
      connected.behave("works");

      expect(answer.status).toBe(503);
      expect(reported(await connected.provider.readCallback(request)).report.status).toBe("completed");
    });
  });

  it(`${name} puts no payment reference into log entries, notes, refusals, problems or errors`, async () => {
    await everyRow(FAR_SIDES, async (farSide) => {
      const connected = connect();
      const { provider } = connected;
      const open = connected.openPayment(PAID.reference, PAID.amount);
      const id = connected.payWithoutCallback(PAID);
      const requests = (["paid", "failed", "unheard_of"] as const).map((outcome) =>
        connected.notify({ ...PAID, outcome }),
      );
      requests.push(connected.withoutSignature(connected.notify(PAID)), connected.foreign());
      connected.behave(farSide);

      const texts: unknown[] = [];
      const attempt = (act: () => Promise<unknown>) => act().catch((error: unknown) => texts.push(...causesOf(error)));
      await attempt(() => provider.start(PAYMENT));
      for (const request of requests) {
        await attempt(async () => {
          const { report: _, ...rest } = { report: null, ...(await provider.readCallback(request)) };
          texts.push(rest);
        });
      }
      const lookUpOpen = async () => {
        for (const finding of await lookUpAt(connected, [open])) {
          texts.push("problem" in finding ? finding.problem : finding.notes);
        }
      };
      if (lookUp) await attempt(lookUpOpen);
      if (refund) await attempt(async () => texts.push(await refundAt(connected, id)));
      const days = { from: today(connected), to: today(connected) };
      if (listPayments) await attempt(() => listAt(connected, days));

      expect(texts.length).toBeGreaterThan(0);
      expect(JSON.stringify([...texts, ...connected.logged])).not.toContain(PAID.reference);
    });
  });

  if (lookUp) {
    it(`${name}'s look-up finds a payment that no callback reported`, async () => {
      const connected = connect();
      const open = connected.openPayment(PAID.reference, PAID.amount);
      const providerPaymentId = connected.payWithoutCallback(PAID);

      const [finding, ...others] = await lookUpAt(connected, [open]);

      expect(others).toEqual([]);
      expect(completedIn(finding)).toEqual([
        expect.objectContaining({
          provider: connected.provider.name,
          reference: PAID.reference,
          amount: PAID.amount,
          providerPaymentId,
        }),
      ]);
    });

    it(`${name}'s look-up returns the same report as the callback`, async () => {
      const connected = connect();
      const open = connected.openPayment(PAID.reference, PAID.amount);
      const { report } = reported(await connected.provider.readCallback(connected.notify(PAID)));

      const [finding] = await lookUpAt(connected, [open]);

      expect(completedIn(finding)).toEqual([report]);
    });

    it(`${name}'s look-up finds both of two payments for one reference`, async () => {
      const connected = connect();
      const open = connected.openPayment(PAID.reference, PAID.amount);
      const ids = [connected.payWithoutCallback(PAID), connected.payWithoutCallback(PAID)];

      const reports = completedIn((await lookUpAt(connected, [open]))[0]);

      expect(reports.map((report) => report.providerPaymentId).sort()).toEqual(ids.sort());
      expect(new Set(reports.map((report) => report.eventKey)).size).toBe(2);
    });

    it(`${name}'s look-up finds a payment that came after a failure`, async () => {
      const connected = connect();
      const open = connected.openPayment(PAID.reference, PAID.amount);
      connected.payWithoutCallback({ ...PAID, outcome: "failed" });
      const providerPaymentId = connected.payWithoutCallback(PAID);

      expect(completedIn((await lookUpAt(connected, [open]))[0])).toMatchObject([{ providerPaymentId }]);
    });

    it(`${name}'s look-up answers once for each payment and reports nothing for the unpaid ones`, async () => {
      const connected = connect();
      const references = [PAID.reference, "notpaid0000000000001", "notpaid0000000000002"];
      const open = references.map((reference) => connected.openPayment(reference, PAID.amount));
      connected.payWithoutCallback(PAID);
      connected.payWithoutCallback({ ...PAID, reference: "otherboard0000000001" });

      const findings = await lookUpAt(connected, open);

      expect(findings.map(({ reference }) => reference).sort()).toEqual([...references].sort());
      for (const finding of findings) {
        const reports = completedIn(finding).map(({ reference }) => reference);
        expect(reports).toEqual(finding.reference === PAID.reference ? [PAID.reference] : []);
      }
    });

    it(`${name}'s look-up returns no report and no note for an unpaid payment`, async () => {
      const connected = connect();
      const open = connected.openPayment(PAID.reference, PAID.amount);

      expect(await lookUpAt(connected, [open])).toEqual([{ reference: PAID.reference, reports: [], notes: [] }]);
    });

    it(`${name}'s look-up of no payments sends no request`, async () => {
      const connected = connect();

      expect(await lookUpAt(connected, [])).toEqual([]);
      expect(connected.requests).toEqual([]);
    });

    it(`${name}'s look-up follows every page`, async () => {
      const connected = connect();
      const open = connected.openPayment(PAID.reference, PAID.amount);
      const first = connected.payWithoutCallback(PAID);
      for (let attempt = 0; attempt < 120; attempt++) connected.payWithoutCallback({ ...PAID, outcome: "failed" });
      for (const payment of manyPayments()) connected.payWithoutCallback(payment);
      const last = connected.payWithoutCallback(PAID);

      const ids = completedIn((await lookUpAt(connected, [open]))[0]).map((report) => report.providerPaymentId);

      expect(ids.sort()).toEqual([first, last].sort());
    });

    it(`${name}'s look-up ends without further requests when the provider refuses us or is busy`, async () => {
      await everyRow(["answers 401", "answers 429"] as const, async (farSide) => {
        const requestsFor = async (count: number) => {
          const connected = connect();
          const open = Array.from({ length: count }, (_, index) =>
            connected.openPayment(`open${String(index).padStart(16, "0")}`, PAID.amount),
          );
          connected.behave(farSide);
          await expect(lookUpAt(connected, open)).rejects.toSatisfy(isTrouble(TROUBLE_OF[farSide]));
          return connected.requests.length;
        };

        expect(await requestsFor(3)).toBe(await requestsFor(1));
      });
    });

    it(`${name}'s look-up reports nothing while the provider fails, and the payment afterwards`, async () => {
      await everyRow(TROUBLES, async (farSide) => {
        const connected = connect();
        const open = [PAID.reference, "notpaid0000000000001"].map((reference) =>
          connected.openPayment(reference, PAID.amount),
        );
        connected.payWithoutCallback(PAID);
        connected.behave(farSide);

        const result = await lookUpAt(connected, open).catch((error: unknown) => error);
        connected.behave("works");

        if (Array.isArray(result)) {
          const problem = { problem: expect.any(String) };
          expect(result).toMatchObject([problem, problem]);
        } else expect(result).toSatisfy(isTrouble(TROUBLE_OF[farSide]));
        const findings = await lookUpAt(connected, open);
        expect(completedIn(findings.find(({ reference }) => reference === PAID.reference))).toHaveLength(1);
      });
    });
  }

  if (refund) {
    const paid = (connected: ConnectedProvider, reference = PAID.reference) => {
      connected.openPayment(reference, PAID.amount);
      return connected.payWithoutCallback({ ...PAID, reference });
    };

    it(`${name} pays one refund, however often it is requested`, async () => {
      const connected = connect();
      const id = paid(connected);

      const first = await refundAt(connected, id);
      const again = await refundAt(connected, id, { providerRefundId: refundIdIn(first), ...AFTERWARDS });
      const withoutId = await refundAt(connected, id, AFTERWARDS);
      // This step has no record of a sent refund, as after a crash.
      const forgotten = await refundAt(connected, id);

      for (const { outcome } of [first, again, withoutId, forgotten])
        expect(["processing", "completed"]).toContain(outcome);
      expect(connected.refundsOf(id)).toBe(1);
    });

    it(`${name} pays one refund when an answer was lost`, async () => {
      const connected = connect();
      const id = paid(connected);
      connected.loseNextRefundAnswer();

      const lost = await refundAt(connected, id).catch((error: unknown) => error);
      const outcomes = [await refundAt(connected, id, AFTERWARDS), await refundAt(connected, id, AFTERWARDS)];

      // The adapter may have repeated the request itself.
      if (lost instanceof Error) expect(lost).toSatisfy(isTrouble("unavailable"));
      for (const { outcome } of outcomes) expect(["processing", "completed"]).toContain(outcome);
      expect(connected.refundsOf(id)).toBe(1);
    });

    it(`${name} sends no refund while the provider fails, and one afterwards`, async () => {
      await everyRow(TROUBLES, async (farSide) => {
        const connected = connect();
        const id = paid(connected);
        connected.behave(farSide);

        await expect(refundAt(connected, id)).rejects.toSatisfy(isTrouble(TROUBLE_OF[farSide]));
        expect(connected.refundsOf(id)).toBe(0);

        connected.behave("works");
        expect(["processing", "completed"]).toContain((await refundAt(connected, id, AFTERWARDS)).outcome);
        expect(connected.refundsOf(id)).toBe(1);
      });
    });

    it(`${name} sends one refund when an earlier step may have sent it and did not`, async () => {
      const connected = connect();
      const id = paid(connected);

      const outcomes = [await refundAt(connected, id, AFTERWARDS), await refundAt(connected, id, AFTERWARDS)];

      for (const { outcome } of outcomes) expect(["processing", "completed"]).toContain(outcome);
      expect(connected.refundsOf(id)).toBe(1);
    });

    it(`${name} never pays a refund twice, whatever fails in between`, async () => {
      const step = fc.constantFrom<FarSide | "loses the answer">(...FAR_SIDES, "loses the answer");
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
          const connected = connect();
          const id = paid(connected);
          for (const [at, next] of steps.entries()) {
            if (next === "loses the answer") connected.loseNextRefundAnswer();
            connected.behave(next === "loses the answer" ? "works" : next);
            await refundAt(connected, id, { mayHaveBeenSent: at > 0 }).catch(() => {});
            expect(connected.refundsOf(id)).toBeLessThanOrEqual(1);
          }
          connected.behave("works");
          // The answer of the first of these steps may still be lost.
          await refundAt(connected, id, { mayHaveBeenSent: steps.length > 0 }).catch(() => {});
          await refundAt(connected, id, AFTERWARDS);

          expect(connected.refundsOf(id)).toBe(1);
        }),
        { numRuns: 50 },
      );
    });

    it(`${name} refunds two payments separately, also of one reference`, async () => {
      const connected = connect();
      const ids = [paid(connected), paid(connected), paid(connected, "anotherreference0001")];

      for (const [index, id] of ids.entries()) {
        const reference = index === 2 ? "anotherreference0001" : PAID.reference;
        await refundAt(connected, id, { reference, idempotencyKey: `refund-${index}` });
      }

      expect(ids.map((id) => connected.refundsOf(id))).toEqual([1, 1, 1]);
    });
  }

  if (listPayments) {
    it(`${name} lists every payment of the day with its reference and amount, on every page`, async () => {
      const connected = connect();
      const from = today(connected);
      const many = manyPayments();
      const ids = many.map((payment) => connected.payWithoutCallback(payment));
      connected.payWithoutCallback({ ...PAID, outcome: "failed" });

      const listed = await listAt(connected, { from, to: today(connected) });

      const known = new Map(listed.map((payment) => [payment.providerPaymentId, payment]));
      expect(listed).toHaveLength(many.length);
      for (const [index, { reference, amount }] of many.entries()) {
        expect(known.get(ids[index] ?? "")).toMatchObject({ reference, amount, wentBack: false });
      }
      for (const { at } of listed) expect(zoneDate(at) >= from && zoneDate(at) <= today(connected)).toBe(true);
    });

    it(`${name} lists nothing of the days before and after`, async () => {
      const connected = connect();
      connected.payWithoutCallback(PAID);

      for (const away of [-1, 1]) {
        const day = today(connected, away);
        expect(await listAt(connected, { from: day, to: day })).toEqual([]);
      }
    });

    it(`${name}'s listing fails while the provider fails, and names the cause`, async () => {
      await everyRow(TROUBLES, async (farSide) => {
        const connected = connect();
        connected.payWithoutCallback(PAID);
        connected.behave(farSide);

        const days = { from: today(connected), to: today(connected) };
        await expect(listAt(connected, days)).rejects.toSatisfy(isTrouble(TROUBLE_OF[farSide]));
      });
    });
  }
}

/** Payments of other guests, each with another amount. */
function manyPayments(): ProviderPayment[] {
  return Array.from({ length: MORE_THAN_A_PAGE }, (_, index) => ({
    reference: `other${String(index).padStart(15, "0")}`,
    amount: cents(2_000 + index),
    outcome: "paid",
  }));
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function lookUpAt({ provider }: ConnectedProvider, payments: readonly OpenPayment[]): Promise<LookUpFinding[]> {
  return collect(provider.lookUp?.(payments) ?? expect.fail("not supported"));
}

function completedIn(finding: LookUpFinding | undefined) {
  if (!finding || "problem" in finding) return expect.fail(JSON.stringify(finding));
  return finding.reports.filter(({ status }) => status === "completed");
}

async function refundAt(
  { provider }: ConnectedProvider,
  providerPaymentId: string,
  changes: Partial<PaymentToRefund> = {},
): Promise<RefundOutcome> {
  const outcome = provider.refund?.({
    reference: PAID.reference,
    amount: PAID.amount,
    providerPaymentId,
    providerRefundId: null,
    mayHaveBeenSent: false,
    idempotencyKey: "refund-1",
    ...changes,
  });
  return outcome ?? expect.fail("refunds are made by hand");
}

function refundIdIn(outcome: RefundOutcome): string | null {
  return "providerRefundId" in outcome ? outcome.providerRefundId : null;
}

function listAt({ provider }: ConnectedProvider, days: { from: string; to: string }): Promise<ListedPayment[]> {
  return collect(provider.listPayments?.(days) ?? expect.fail("not supported"));
}

/** The far side's day in South Africa: open payments were begun an hour ago. */
function today({ openPayment }: ConnectedProvider, away = 0): string {
  const now = new Date(openPayment(PAID.reference, PAID.amount).openedAt.getTime() + HOUR_MS);
  return zoneDate(addDays(now, away));
}

/** The messages of an error and of its causes. */
function causesOf(error: unknown): string[] {
  return error instanceof Error ? [String(error), ...causesOf(error.cause)] : [String(error)];
}

function isTrouble(trouble: ProviderError["trouble"]): (error: unknown) => boolean {
  return (error) => error instanceof ProviderError && error.trouble === trouble;
}

/** Whether a form-action source allows the target. */
function isListed(target: URL, listed: string): boolean {
  const { protocol, host } = new URL(listed.replace("//*.", "//"));
  return listed.includes("//*.")
    ? target.protocol === protocol && target.host.endsWith(`.${host}`)
    : target.origin === listed;
}

function destinationOf(checkout: Checkout): string {
  switch (checkout.kind) {
    case "form":
      return checkout.action;
    case "redirect":
      return checkout.url;
    case "qr":
      return checkout.link;
    default:
      return checkout satisfies never;
  }
}
