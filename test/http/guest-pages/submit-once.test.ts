import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { fieldsOf, guestSite } from "./guest-site.ts";

/** The reference that the answer leads on with, wherever it leads. */
function referenceIn({ html, location }: { html: string; location: string | null }): string | undefined {
  return fieldsOf(html).m_payment_id ?? fieldsOf(html).ref ?? /ref=([^&]+)/.exec(location ?? "")?.[1];
}

const PROVIDERS = ["payfast", "ozow", "snapscan"] as const;

describe.each(PROVIDERS)("one form, sent more than once, by %s", (provider) => {
  it("is one contribution when it is tapped twice at once", async () => {
    const { typed, post, references, far } = guestSite();
    const form = typed({ provider });

    const [first, second] = await Promise.all([post("/contribute", form), post("/contribute", form)]);

    expect(references()).toHaveLength(1);
    expect(second).toMatchObject({ status: first.status, location: first.location });
    expect(referenceIn(second)).toBe(referenceIn(first));
    expect(far.ozow.payments.length).toBe(provider === "ozow" ? 1 : 0);
  });

  it("is one contribution when the guest comes back and sends it again", async () => {
    const { typed, post, references, later, board } = guestSite();
    const form = typed({ provider });
    const first = await post("/contribute", form);
    later(10 * 60_000);

    const again = await post("/contribute", form);

    expect(references()).toHaveLength(1);
    expect(again).toMatchObject({ status: first.status, location: first.location });
    expect(board.of(references()[0] ?? "").attempt).toBe(1);
  });

  it("is one contribution with a fresh offer when the guest comes back after an hour", async () => {
    const { typed, post, references, later, board } = guestSite();
    const form = typed({ provider });
    await post("/contribute", form);
    later(60 * 60_000);

    expect((await post("/contribute", form)).status).toBe(provider === "ozow" ? 303 : 200);
    expect(references()).toHaveLength(1);
    expect(board.of(references()[0] ?? "").attempt).toBe(2);
  });

  it.each(["completed", "processing"] as const)("leads to the thanks when its payment is %s", async (status) => {
    const { typed, post, references, board, far } = guestSite();
    const form = typed({ provider });
    await post("/contribute", form);
    const [reference = ""] = references();
    const words = { providerPaymentId: "1", providerStatus: "word" } as const;
    board.play({ type: "report_payment", provider, reference, status, amount: cents(20_000), ...words });
    const asked = far.asked.length;

    const again = await post("/contribute", form);

    expect([again.status, again.location]).toEqual([303, `/${board.slug}/thanks?ref=${reference}`]);
    expect(far.asked).toHaveLength(asked);
    expect(references()).toHaveLength(1);
  });

  it("is another contribution once something in it was changed", async () => {
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

describe("the form that comes back after a failure", () => {
  it("is the same contribution when it is sent again", async () => {
    const { typed, post, references, far, board } = guestSite();
    far.ozow.farSide = "answers 500";
    const failed = await post("/contribute", typed({ provider: "ozow" }));
    far.ozow.farSide = "works";
    expect(failed.status).toBe(502);

    // What a browser sends: what was typed, with the page's own hidden fields.
    const again = await post("/contribute", typed({ provider: "ozow", ...fieldsOf(failed.html) }));

    expect(again.status).toBe(303);
    expect(references()).toHaveLength(1);
    expect(board.of(references()[0] ?? "")).toMatchObject({
      attempt: 2,
      requestId: far.ozow.payments[0]?.id,
    });
  });

  it("is the same contribution when the first answer was lost on its way", async () => {
    const { typed, post, references, far } = guestSite();
    let lost = false;
    // Ozow has made the payment; nobody hears of it, twice.
    far.ozow.rule = async (_, pathname) => {
      if (pathname !== "/payments" || lost) return null;
      throw new TypeError("connection reset");
    };
    const form = typed({ provider: "ozow" });
    expect((await post("/contribute", form)).status).toBe(502);
    lost = true;

    expect((await post("/contribute", form)).status).toBe(303);
    expect(references()).toHaveLength(1);
  });

  it("is another contribution by another provider, and only one of them is paid", async () => {
    const { typed, post, references, far, board } = guestSite();
    far.ozow.farSide = "answers 500";
    const failed = await post("/contribute", typed({ provider: "ozow" }));

    const other = await post("/contribute", typed({ provider: "snapscan", ...fieldsOf(failed.html) }));

    expect(other.status).toBe(200);
    const statuses = references().map((reference) => board.of(reference).status);
    expect(statuses).toEqual(["failed", "pending"]);
  });

  it("is one contribution when the board's answer was lost", async () => {
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

describe("a paid form that is sent again after the board has closed", () => {
  it("leads to its thanks, for it was charged", async () => {
    const { typed, post, references, board, aWhileLater } = guestSite();
    const form = typed();
    await post("/contribute", form);
    const [reference = ""] = references();
    const words = { providerPaymentId: "1", providerStatus: "COMPLETE" } as const;
    const report = { provider: "payfast", reference, status: "completed", amount: cents(20_000) } as const;
    board.play({ type: "report_payment", ...report, ...words });
    board.play({ type: "close_board", reason: "manual" });
    aWhileLater();

    const again = await post("/contribute", form);

    expect([again.status, again.location]).toEqual([303, `/${board.slug}/thanks?ref=${reference}`]);
  });
});
