import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { payoutExecutors } from "#payouts/configure";
import { verifyKarriCard } from "#payouts/verify-karri-card";
import { settingsOf } from "#platform/settings";
import { workerSettings } from "../../local/environment.ts";
import { findFreePort } from "../../local/ports.ts";
import { listen } from "../../local/serve.ts";
import { type CounterpartyMode, counterpartyApi } from "../../local/simulators/counterparty.ts";
import { COUNTERPARTIES, type ExecutedPayout } from "../../local/simulators/payout-books.ts";
import { createCounterparties } from "../../local/simulators/simulators.ts";
import { CARD_NUMBER, PAYOUTS } from "../payouts/far-side.ts";
import { unique } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";

const directory = mkdtempSync(join(tmpdir(), "chipin-counterparties-"));
const port = await findFreePort();
const origin = `http://127.0.0.1:${port}`;
const addresses = { worker: "http://worker.test", console: origin, databaseUrl: "postgres://u:p@h/d" };
const AUTOMATED = {
  TAKEALOT_GIFTCARD_AUTOMATION_ENABLED: "true",
  KARRI_AUTOMATION_ENABLED: "true",
  GIVENGAIN_AUTOMATION_ENABLED: "true",
};
const environment = workerSettings(addresses, null, AUTOMATED);
const settings = settingsOf({ ...environment });

const keep = (name: string) => join(directory, name);
const counterparties = createCounterparties({ settings: environment, keep });
const app = new Hono();
for (const name of COUNTERPARTIES) app.route(`/${name}`, counterpartyApi(counterparties[name]));
const close = await listen(app.fetch, port);
afterAll(async () => {
  await close();
  rmSync(directory, { recursive: true });
});

const TYPES = {
  takealot: "takealot_gift_card",
  karri: "karri_card_topup",
  givengain: "philanthropy_donation",
} as const;
type Name = keyof typeof TYPES;

/** The real executor of a payout that was never sent, and the entry of the counterparty's books about it. */
function aPayout(name: Name, mode: CounterpartyMode) {
  counterparties[name].mode = mode;
  const executor = payoutExecutors(settings).get(TYPES[name]);
  if (!executor) throw new Error(`${name} is not automated`);
  const payout = { ...PAYOUTS[TYPES[name]], reference: unique("po_") };
  return {
    executor,
    payout,
    again: { ...payout, mayHaveBeenSent: true },
    paid: (): ExecutedPayout | null => counterparties.books.find(name, payout.reference),
  };
}

describe.each(COUNTERPARTIES)("%s", (name) => {
  it("each mode gives the executor the outcome it stands for, and one payout at most", async () => {
    const completed = { outcome: "completed", ref: expect.stringMatching(/^[A-Z]{2}-[0-9A-F]{10}$/) };
    const rows: [mode: CounterpartyMode, first: object, later: object, paid: object | null][] = [
      ["normal", completed, completed, { amountCents: 249_900, executions: 1, requests: 1 }],
      ["slow", { outcome: "processing" }, completed, { amountCents: 249_900, executions: 1, requests: 1 }],
      ["lost_answer", { outcome: "unknown", reason: "no_answer" }, completed, { executions: 1, requests: 1 }],
      ["duplicate", completed, completed, { executions: 1, requests: 1 }],
      [
        "wrong_amount",
        { outcome: "unknown", reason: "wrong_amount" },
        { outcome: "unknown" },
        { amountCents: 249_800, executions: 1 },
      ],
      ["refuse", { outcome: "refused", reason: "declined" }, { outcome: "refused", reason: "declined" }, null],
      ["down", { outcome: "unknown", reason: "answered_503" }, { outcome: "unknown" }, null],
    ];
    await everyRow(rows, async ([mode, first, later, paid]) => {
      const { executor, payout, again, paid: booked } = aPayout(name, mode);

      expect(await executor.execute(payout)).toMatchObject(first);
      expect(await executor.execute(again)).toMatchObject(later);

      if (paid) expect(booked()).toMatchObject(paid);
      else expect(booked()).toBeNull();
    });
  });

  it("a payout that is not known is not found, and is sent when the counterparty is back", async () => {
    const { executor, payout, again, paid } = aPayout(name, "down");
    expect(await executor.execute(payout)).toMatchObject({ outcome: "unknown" });

    counterparties[name].mode = "normal";
    expect(await executor.lookUp(again)).toEqual({ outcome: "not_found" });
    expect(await executor.execute(again)).toMatchObject({ outcome: "completed" });
    expect(paid()).toMatchObject({ executions: 1, requests: 1 });
  });

  it("a reference that is sent twice is paid once, or twice where the counterparty knows no idempotency", async () => {
    const rows: [mode: CounterpartyMode, executions: number][] = [
      ["normal", 1],
      ["duplicate", 2],
    ];
    await everyRow(rows, async ([mode, executions]) => {
      const { executor, payout, paid } = aPayout(name, mode);

      const first = await executor.execute(payout);
      expect(await executor.execute(payout)).toEqual(first);

      expect(paid()).toMatchObject({ executions, requests: 2 });
    });
  });

  it("a request without the key, with another idempotency key or an unusable body is refused and pays nothing", async () => {
    const { payout, paid } = aPayout(name, "normal");
    const path = { takealot: "gift-cards", karri: "top-ups", givengain: "donations" }[name];
    const key = { takealot: "takealot-local", karri: "karri-local", givengain: "givengain-local" }[name];
    const body = {
      takealot: { recipientEmail: "a@example.com", message: "m" },
      karri: { cardNumber: CARD_NUMBER, description: "d" },
      givengain: { causeId: "greenpop", donorName: "Maya", donorEmail: "a@example.com", message: "m" },
    }[name];
    const complete = { ...body, reference: payout.reference, amountCents: 5_000 };
    const headers = { authorization: `Bearer ${key}`, "idempotency-key": payout.reference };
    const rows: [headers: Record<string, string>, body: object, answer: [number, string]][] = [
      [{ ...headers, authorization: "Bearer other" }, complete, [401, "unauthorized"]],
      [{ ...headers, "idempotency-key": "other" }, complete, [400, "invalid_idempotency_key"]],
      [headers, { ...complete, amountCents: 0.5 }, [400, "invalid_request"]],
      [headers, { reference: payout.reference, amountCents: 5_000 }, [400, "invalid_request"]],
    ];
    const post = async (sent: Record<string, string>, json: object) => {
      const response = await fetch(`${origin}/${name}/${path}`, {
        method: "POST",
        headers: sent,
        body: JSON.stringify(json),
      });
      return [response.status, ((await response.json()) as { errorCode?: string }).errorCode];
    };

    await everyRow(rows, async ([sent, json, answer]) => {
      expect(await post(sent, json)).toEqual(answer);
    });
    expect(paid()).toBeNull();
    expect(await post(headers, complete)).toEqual([200, undefined]);
    expect(await post(headers, { ...complete, amountCents: 6_000 })).toEqual([409, "reference_used"]);
    expect(paid()).toMatchObject({ amountCents: 5_000, executions: 1 });
  });
});

it("a gift card's code comes with the completed order, and the donation with its documents", async () => {
  const card = aPayout("takealot", "slow");
  expect(await card.executor.execute(card.payout)).toEqual({ outcome: "processing", ref: card.paid()?.number });
  expect(await card.executor.lookUp(card.payout)).toMatchObject({
    giftCard: { code: card.paid()?.giftCardCode, url: expect.stringContaining("https://") },
  });

  const donation = aPayout("givengain", "normal");
  expect(await donation.executor.execute(donation.payout)).toMatchObject({
    documents: {
      receiptUrl: expect.stringContaining("receipt"),
      certificateUrl: expect.stringContaining("certificate"),
    },
  });
});

it("Karri's simulator verifies every card, none in the mode refuse, and cannot be reached in the mode down", async () => {
  const rows: [mode: CounterpartyMode, result: object][] = [
    ["normal", { result: "valid", cardholderFirstName: "Lindiwe" }],
    ["refuse", { result: "invalid", errorCode: "card_blocked" }],
    ["down", { result: "unreachable", reason: "answered_503" }],
  ];
  await everyRow(rows, async ([mode, result]) => {
    counterparties.karri.mode = mode;
    expect(await verifyKarriCard({ settings }, CARD_NUMBER)).toEqual(result);
  });
});

it("the books survive a restart, newest first, with no card number", async () => {
  const payouts = [aPayout("karri", "normal"), aPayout("givengain", "normal")];
  for (const { executor, payout } of payouts) await executor.execute(payout);

  const { books } = createCounterparties({ settings: environment, keep });

  expect(books.newest()).toEqual(counterparties.books.newest());
  expect(
    books
      .newest()
      .slice(0, 2)
      .map(({ reference, recipient }) => [reference, recipient]),
  ).toEqual([
    [payouts[1]?.payout.reference, "food-forward"],
    [payouts[0]?.payout.reference, CARD_NUMBER.slice(-4)],
  ]);
  expect(JSON.stringify(books.newest())).not.toContain(CARD_NUMBER);
});
