import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { CounterpartyName, ExecutedPayout, PayoutBooks } from "./payout-books.ts";

/**
 * `slow` answers "pending", and completes when it is looked up. `lost_answer` pays and cuts the answer. `refuse` pays
 * nothing. `duplicate` pays again when a reference is sent again, and answers as the first time: a counterparty that knows
 * no idempotency. `wrong_amount` pays R1 less. `down` answers 503 to everything.
 */
export const COUNTERPARTY_MODES = [
  "normal",
  "slow",
  "lost_answer",
  "refuse",
  "duplicate",
  "wrong_amount",
  "down",
] as const;
export type CounterpartyMode = (typeof COUNTERPARTY_MODES)[number];

const MISSING_CENTS = 100;

const Payout = z.object({
  reference: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  amountCents: z.int().positive(),
});
const RECIPIENTS = {
  takealot: z
    .object({ recipientEmail: z.email(), message: z.string() })
    .transform(({ recipientEmail }) => recipientEmail),
  karri: z
    .object({ cardNumber: z.string().regex(/^\d{12,19}$/), description: z.string() })
    .transform(({ cardNumber }) => cardNumber.slice(-4)),
  givengain: z
    .object({ causeId: z.string().min(1), donorName: z.string().min(1), donorEmail: z.email(), message: z.string() })
    .transform(({ causeId }) => causeId),
};
const PATHS = { takealot: "/gift-cards", karri: "/top-ups", givengain: "/donations" };
const PREFIXES = { takealot: "TA", karri: "KT", givengain: "GG" };

/** Takealot's gift cards, Karri's top-ups or GivenGain's donations. No public specification of these APIs exists. */
export class CounterpartySimulator {
  mode: CounterpartyMode = "normal";
  readonly name: CounterpartyName;
  readonly apiKey: string;
  readonly #books: PayoutBooks;

  constructor({ name, apiKey, books }: { name: CounterpartyName; apiKey: string; books: PayoutBooks }) {
    this.name = name;
    this.apiKey = apiKey;
    this.#books = books;
  }

  find(reference: string): ExecutedPayout | null {
    return this.#books.find(this.name, reference);
  }

  /** Pays once for each reference, except in the mode `duplicate`. Null when the reference was used for another amount. */
  pay(reference: string, askedCents: number, recipient: string): ExecutedPayout | null {
    const known = this.find(reference);
    if (known && known.askedCents !== askedCents) return null;
    const again = this.mode === "duplicate" ? 1 : 0;
    const payout: ExecutedPayout = known
      ? { ...known, requests: known.requests + 1, executions: known.executions + again }
      : {
          counterparty: this.name,
          reference,
          askedCents,
          amountCents: this.mode === "wrong_amount" ? askedCents - MISSING_CENTS : askedCents,
          status: this.mode === "slow" ? "pending" : "completed",
          number: `${PREFIXES[this.name]}-${randomBytes(5).toString("hex").toUpperCase()}`,
          recipient,
          giftCardCode: this.name === "takealot" ? randomBytes(8).toString("hex").toUpperCase() : null,
          executions: 1,
          requests: 1,
          at: new Date().toISOString(),
        };
    this.#books.record(payout);
    return payout;
  }

  /** A look-up, which completes what is pending. */
  lookUp(reference: string): ExecutedPayout | null {
    const known = this.find(reference);
    if (known?.status !== "pending") return known;
    const completed: ExecutedPayout = { ...known, status: "completed" };
    this.#books.record(completed);
    return completed;
  }
}

/** Its API: payouts, their look-up by reference, and at Karri the verification of cards. */
export function counterpartyApi(counterparty: CounterpartySimulator): Hono {
  const { name, apiKey } = counterparty;
  const api = new Hono();
  api.use(async (c, next) => {
    if (counterparty.mode === "down") return refuse(c, 503, "unavailable");
    if (c.req.header("authorization") !== `Bearer ${apiKey}`) return refuse(c, 401, "unauthorized");
    return await next();
  });
  api.post(PATHS[name], async (c) => {
    const json = await c.req.json().catch(() => null);
    const [payout, recipient] = [Payout.safeParse(json), RECIPIENTS[name].safeParse(json)];
    if (!payout.success || !recipient.success) return refuse(c, 400, "invalid_request");
    const { reference, amountCents } = payout.data;
    if (c.req.header("idempotency-key") !== reference) return refuse(c, 400, "invalid_idempotency_key");
    if (counterparty.mode === "refuse") return refuse(c, 422, "declined");
    const paid = counterparty.pay(reference, amountCents, recipient.data);
    if (!paid) return refuse(c, 409, "reference_used");
    return counterparty.mode === "lost_answer" ? cutAnswer() : c.json(answerOf(paid));
  });
  api.get(`${PATHS[name]}/:reference`, (c) => {
    const known = counterparty.lookUp(c.req.param("reference"));
    return known ? c.json(answerOf(known)) : refuse(c, 404, "unknown_reference");
  });
  if (name === "karri") {
    api.post("/cards/verify", async (c) => {
      const card = z.object({ cardNumber: z.string() }).safeParse(await c.req.json().catch(() => null));
      if (!card.success) return refuse(c, 400, "invalid_request");
      if (counterparty.mode === "refuse") return c.json({ valid: false, errorCode: "card_blocked" });
      return c.json({ valid: true, cardholderFirstName: "Lindiwe" });
    });
  }
  api.all("*", (c) => refuse(c, 404, "no_route"));
  return api;
}

function answerOf({ counterparty, reference, amountCents, status, number, giftCardCode }: ExecutedPayout) {
  const common = { reference, amountCents, status };
  switch (counterparty) {
    case "takealot": {
      const card = { giftCardCode, giftCardUrl: `https://www.takealot.example/gift-cards/${giftCardCode}` };
      return { ...common, orderId: number, ...(status === "completed" && card) };
    }
    case "karri":
      return { ...common, transactionId: number };
    case "givengain": {
      const [receiptUrl, certificateUrl] = ["receipt", "certificate"].map(
        (document) => `https://www.givengain.example/${document}/${number}.pdf`,
      );
      return { ...common, donationId: number, ...(status === "completed" && { receiptUrl, certificateUrl }) };
    }
    default:
      return counterparty satisfies never;
  }
}

function refuse(c: Context, status: 400 | 401 | 404 | 409 | 422 | 503, errorCode: string): Response {
  return c.json({ status: "failed", errorCode }, status);
}

/** An answer whose connection breaks within its body. */
function cutAnswer(): Response {
  let sent = false;
  const body = new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error("the answer is cut"));
      else controller.enqueue(new TextEncoder().encode('{"status":'));
      sent = true;
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}
