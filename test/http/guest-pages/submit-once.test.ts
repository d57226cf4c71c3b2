import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import type { FarSides } from "../far-sides.ts";
import { fieldsOf, guestSite } from "./guest-site.ts";

/** The payment reference in an answer: in its hidden fields or in its redirect. */
function referenceIn({ html, location }: { html: string; location: string | null }): string | undefined {
  return fieldsOf(html).m_payment_id ?? fieldsOf(html).ref ?? /ref=([^&]+)/.exec(location ?? "")?.[1];
}

/** Makes the connection break off `times` times after Ozow has created a payment. */
function loseCreationAnswers({ ozow }: FarSides, times: number): void {
  let remaining = times;
  ozow.rule = async (request, pathname) => {
    if (pathname !== "/payments" || remaining === 0) return null;
    remaining -= 1;
    const { rule } = ozow;
    ozow.rule = () => null;
    await ozow.fetch(request);
    ozow.rule = rule;
    throw new TypeError("connection reset");
  };
}

const PROVIDERS = ["payfast", "ozow", "snapscan"] as const;

describe.each(PROVIDERS)("repeated submissions of one form through %s", (provider) => {
  it("two concurrent submissions of one form make one contribution", async () => {
    const { typed, post, references, far } = guestSite();
    const form = typed({ provider });

    const [first, second] = await Promise.all([post("/contribute", form), post("/contribute", form)]);

    expect(references()).toHaveLength(1);
    expect(second).toMatchObject({ status: first.status, location: first.location });
    expect(referenceIn(second)).toBe(referenceIn(first));
    expect(far.ozow.payments.length).toBe(provider === "ozow" ? 1 : 0);
  });

  it("a form sent again after ten minutes continues the same attempt", async () => {
    const { typed, post, references, later, board } = guestSite();
    const form = typed({ provider });
    const first = await post("/contribute", form);
    later(10 * 60_000);

    const again = await post("/contribute", form);

    expect(references()).toHaveLength(1);
    expect(again).toMatchObject({ status: first.status, location: first.location });
    expect(board.of(references()[0] ?? "").attempt).toBe(1);
  });

  it("a form sent again after an hour starts a second attempt of the same contribution", async () => {
    const { typed, post, references, later, board } = guestSite();
    const form = typed({ provider });
    await post("/contribute", form);
    later(60 * 60_000);

    expect((await post("/contribute", form)).status).toBe(provider === "ozow" ? 303 : 200);
    expect(references()).toHaveLength(1);
    expect(board.of(references()[0] ?? "").attempt).toBe(2);
  });

  it.each(["completed", "processing"] as const)("the form of a %s payment leads to the thanks page", async (status) => {
    const { typed, post, references, board, far } = guestSite();
    const form = typed({ provider });
    await post("/contribute", form);
    const [reference = ""] = references();
    const providerFields = { providerPaymentId: "1", providerStatus: "word" } as const;
    board.play({ type: "report_payment", provider, reference, status, amount: cents(20_000), ...providerFields });
    const asked = far.asked.length;

    const again = await post("/contribute", form);

    expect([again.status, again.location]).toEqual([303, `/${board.slug}/thanks?ref=${reference}`]);
    expect(far.asked).toHaveLength(asked);
    expect(references()).toHaveLength(1);
  });

  it("a form with any changed field makes another contribution", async () => {
    const { typed, post, references } = guestSite();
    const form = typed({ provider });

    for (const change of [
      {},
      { amount: "201" },
      { name: "Gogo" },
      { message: "Ho!" },
      { submission: "x".repeat(16) },
    ]) {
      await post("/contribute", { ...form, ...change });
    }

    expect(references()).toHaveLength(5);
  });
});

describe("forms sent again after a failure", () => {
  it("a form sent again after a failed start continues the same contribution", async () => {
    const { typed, post, references, far, board } = guestSite();
    far.ozow.farSide = "answers 500";
    const failed = await post("/contribute", typed({ provider: "ozow" }));
    far.ozow.farSide = "works";
    expect(failed.status).toBe(502);

    // A browser sends the typed fields with the hidden fields of the page.
    const again = await post("/contribute", typed({ provider: "ozow", ...fieldsOf(failed.html) }));

    expect(again.status).toBe(303);
    expect(references()).toHaveLength(1);
    expect(board.of(references()[0] ?? "")).toMatchObject({
      attempt: 2,
      requestId: far.ozow.payments[0]?.id,
    });
  });

  it("a form sent again after a lost connection to Ozow continues the same contribution", async () => {
    const { typed, post, references, far } = guestSite();
    let isReachable = false;
    far.ozow.rule = async (_, pathname) => {
      if (pathname !== "/payments" || isReachable) return null;
      throw new TypeError("connection reset");
    };
    const form = typed({ provider: "ozow" });
    expect((await post("/contribute", form)).status).toBe(502);
    isReachable = true;

    expect((await post("/contribute", form)).status).toBe(303);
    expect(references()).toHaveLength(1);
  });

  it("one payment is made at Ozow when its first answer is lost and the form is sent again", async () => {
    const { typed, post, references, far, board } = guestSite();
    loseCreationAnswers(far, 1);
    const form = typed({ provider: "ozow" });

    const first = await post("/contribute", form);
    const again = await post("/contribute", form);

    const [payment] = far.ozow.payments;
    expect(far.ozow.payments).toHaveLength(1);
    for (const { status, location } of [first, again]) {
      expect([status, location]).toEqual([303, `https://pay.ozow.com/${payment?.id}`]);
    }
    expect(references()).toHaveLength(1);
    expect(board.of(references()[0] ?? "")).toMatchObject({ attempt: 1, requestId: payment?.id });
  });

  it("a guest gets the address of one Ozow payment when every answer to the first form was lost", async () => {
    const { typed, post, references, far, board } = guestSite();
    loseCreationAnswers(far, 2);
    const form = typed({ provider: "ozow" });

    const failed = await post("/contribute", form);
    const again = await post("/contribute", form);

    // The guest never received the address of the first payment. It expires unpaid.
    const [reference = "", ...others] = references();
    expect(others).toEqual([]);
    expect(far.ozow.payments.map(({ key }) => key)).toEqual([`${reference}-1`, `${reference}-2`]);
    const [lost, payment] = far.ozow.payments;
    expect(failed.status).toBe(502);
    expect(failed.html).not.toContain(lost?.id);
    expect([again.status, again.location]).toEqual([303, `https://pay.ozow.com/${payment?.id}`]);
    expect(board.of(reference)).toMatchObject({ attempt: 2, requestId: payment?.id });
  });

  it("a failed form sent again with another provider makes a second contribution", async () => {
    const { typed, post, references, far, board } = guestSite();
    far.ozow.farSide = "answers 500";
    const failed = await post("/contribute", typed({ provider: "ozow" }));

    const other = await post("/contribute", typed({ provider: "snapscan", ...fieldsOf(failed.html) }));

    expect(other.status).toBe(200);
    const statuses = references().map((reference) => board.of(reference).status);
    expect(statuses).toEqual(["failed", "pending"]);
  });

  it("a form sent again after a lost answer of the board makes one contribution", async () => {
    const guests = guestSite();
    const { object } = guests.board;
    const execute = object.execute.bind(object);
    object.execute = async (...command) => {
      await execute(...command);
      object.execute = execute;
      throw Object.assign(new Error("overloaded"), { overloaded: true });
    };
    const form = guests.typed();

    expect((await guests.post("/contribute", form)).status).toBe(503);
    expect((await guests.post("/contribute", form)).status).toBe(200);
    expect(guests.references()).toHaveLength(1);
  });
});

describe("paid forms on a closed board", () => {
  it("a paid form sent again after the board has closed redirects to the thanks page", async () => {
    const { typed, post, references, board, aWhileLater } = guestSite();
    const form = typed();
    await post("/contribute", form);
    const [reference = ""] = references();
    const providerFields = { providerPaymentId: "1", providerStatus: "COMPLETE" } as const;
    const report = { provider: "payfast", reference, status: "completed", amount: cents(20_000) } as const;
    board.play({ type: "report_payment", ...report, ...providerFields });
    board.play({ type: "close_board", reason: "manual" });
    aWhileLater();

    const again = await post("/contribute", form);

    expect([again.status, again.location]).toEqual([303, `/${board.slug}/thanks?ref=${reference}`]);
  });
});
