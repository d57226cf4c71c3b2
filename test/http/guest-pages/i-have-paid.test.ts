import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { guestSite } from "./guest-site.ts";

const LOOK = "GET pos.snapscan.io/merchant/api/v1/payments";

/** A guest with a code on the screen; `paid` says that the money is there, of which nobody told us. */
async function waiting() {
  const guests = guestSite();
  await guests.chipIn({ provider: "snapscan" });
  const [reference = ""] = guests.references();
  const paid = () =>
    guests.far.snapscan.pay({ merchantReference: reference, requiredAmount: 20_000, totalAmount: 20_000 });
  const looks = () => guests.far.asked.filter((asked) => asked === LOOK).length;
  const thanks = `/${guests.board.slug}/thanks?ref=${reference}`;
  return { ...guests, reference, paid, looks, thanks };
}

describe("POST /{slug}/paid", () => {
  it("asks the provider and leads to the thanks, which then say so", async () => {
    const { post, send, paid, thanks, looks, board, reference, aWhileLater } = await waiting();
    paid();

    const { status, location } = await post("/paid", { ref: reference });

    expect([status, location]).toEqual([303, thanks]);
    expect(looks()).toBe(1);
    expect(board.of(reference).status).toBe("completed");
    aWhileLater();
    expect((await send(thanks)).html).toContain("Thank you, Thandi!");
  });

  it("leads to a page that goes on waiting when the provider knows nothing", async () => {
    const { post, send, thanks, board, reference } = await waiting();

    expect((await post("/paid", { ref: reference })).location).toBe(`${thanks}&asked=1`);

    expect(board.of(reference).status).toBe("pending");
    expect((await send(thanks)).html).toContain("Confirming your payment");
    expect((await send(thanks)).html).not.toContain("We have just asked");
    expect((await send(`${thanks}&asked=1`)).html).toContain("We have just asked");
  });

  it("asks once within ten seconds, however often it is pressed, and then again", async () => {
    const { post, looks, later, reference } = await waiting();

    for (let press = 0; press < 5; press += 1) await post("/paid", { ref: reference });
    expect(looks()).toBe(1);
    later(9_999);
    await post("/paid", { ref: reference });
    expect(looks()).toBe(1);
    later(1);
    await post("/paid", { ref: reference });
    expect(looks()).toBe(2);
  });

  it("asks twenty times an hour about one payment", async () => {
    const { post, looks, later, reference } = await waiting();

    for (let press = 0; press < 30; press += 1) {
      await post("/paid", { ref: reference });
      later(11_000);
    }
    expect(looks()).toBe(20);
  });

  it("asks thirty times a minute about all payments together", async () => {
    const { post, looks, board } = await waiting();
    const references = Array.from({ length: 40 }, () => board.begin("snapscan", 20_000));

    for (const ref of references) await post("/paid", { ref });

    expect(looks()).toBe(30);
  });

  it.each<[why: string, ref: (other: string, code: string) => string]>([
    ["another board's payment", (other) => other],
    ["another board's payment under this board's code", (other, code) => code + other.slice(10)],
    ["a payment nobody began", (_, code) => `${code}0000000000`],
    ["nothing", () => ""],
  ])("never asks about %s", async (_, refOf) => {
    const { post, far, board, other } = await waiting();
    const ref = refOf(other.begin("snapscan", 20_000), board.code);

    const { status, location } = await post("/paid", { ref });

    expect([status, location]).toEqual([303, `/${board.slug}/thanks?ref=`]);
    expect(far.asked).toEqual([]);
  });

  it("does not ask about what is paid already", async () => {
    const { post, far, board, reference, thanks } = await waiting();
    const words = { providerPaymentId: "1", providerStatus: "completed" } as const;
    const report = { provider: "snapscan", reference, status: "completed", amount: cents(20_000) } as const;
    board.play({ type: "report_payment", ...report, ...words });

    expect((await post("/paid", { ref: reference })).location).toBe(thanks);
    expect(far.asked).toEqual([]);
  });

  it.each(["answers 500", "answers 429", "answers 401", "answers nonsense", "breaks the connection"] as const)(
    "leads to the thanks all the same when the provider %s",
    async (farSide) => {
      const { post, far, board, reference, thanks } = await waiting();
      far.snapscan.behave(farSide);

      expect(await post("/paid", { ref: reference })).toMatchObject({ status: 303, location: thanks });
      expect(board.of(reference).status).toBe("pending");
    },
  );

  it("does not believe a payment of less", async () => {
    const { post, far, board, reference } = await waiting();
    far.snapscan.pay({ merchantReference: reference, requiredAmount: 2_000, totalAmount: 2_000 });

    expect((await post("/paid", { ref: reference })).status).toBe(303);
    expect(board.standing()).toMatchObject({ counted: 0, paid: 0 });
  });

  it("asks Ozow by the request the board has noted", async () => {
    const { chipIn, post, far, board, references } = guestSite();
    await chipIn({ provider: "ozow" });
    const [reference = ""] = references();
    const amount = { currency: "ZAR", value: 200 };
    far.ozow.pay({ merchantReference: reference, amount, createdDate: new Date().toISOString() });

    await post("/paid", { ref: reference });

    expect(board.of(reference).status).toBe("completed");
  });
});
