import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { limiterName } from "#rate-limits/limiter-name";
import { guestSite } from "./guest-site.ts";

const MINUTE_MS = 60_000;
const LOOK_UP = "GET pos.snapscan.io/merchant/api/v1/payments";

/** A pending SnapScan payment. `paid` pays it at the provider without a callback. */
async function pendingPayment() {
  const guests = guestSite();
  await guests.chipIn({ provider: "snapscan" });
  const [reference = ""] = guests.references();
  const paid = () =>
    guests.far.snapscan.pay({ merchantReference: reference, requiredAmount: 20_000, totalAmount: 20_000 });
  const lookUps = () => guests.far.asked.filter((asked) => asked === LOOK_UP).length;
  const thanks = `/${guests.board.slug}/thanks?ref=${reference}`;
  return { ...guests, reference, paid, lookUps, thanks };
}

describe("POST /{slug}/paid", () => {
  it("a payment that the provider has received is completed and confirmed on the thanks page", async () => {
    const { post, getAsPayer, paid, thanks, lookUps, board, reference, aWhileLater } = await pendingPayment();
    paid();

    const { status, location } = await post("/paid", { ref: reference });

    expect([status, location]).toEqual([303, thanks]);
    expect(lookUps()).toBe(1);
    expect(board.of(reference).status).toBe("completed");
    aWhileLater();
    expect((await getAsPayer("/thanks", reference)).html).toContain("Thank you, Thandi!");
  });

  it("a payment unknown to the provider stays pending, and the page says that we have just asked", async () => {
    const { post, send, thanks, board, reference } = await pendingPayment();

    expect((await post("/paid", { ref: reference })).location).toBe(`${thanks}&asked=1`);

    expect(board.of(reference).status).toBe("pending");
    expect((await send(thanks)).html).toContain("Confirming your payment");
    expect((await send(thanks)).html).not.toContain("don’t have your payment yet");
    expect((await send(`${thanks}&asked=1`)).html).toContain("don’t have your payment yet");
  });

  it("one payment is looked up at most once in ten seconds", async () => {
    const { post, lookUps, later, reference } = await pendingPayment();

    for (let press = 0; press < 5; press += 1) await post("/paid", { ref: reference });
    expect(lookUps()).toBe(1);
    later(9_999);
    await post("/paid", { ref: reference });
    expect(lookUps()).toBe(1);
    later(1);
    await post("/paid", { ref: reference });
    expect(lookUps()).toBe(2);
  });

  it("one payment is looked up at most twenty times an hour", async () => {
    const { post, lookUps, later, reference } = await pendingPayment();

    for (let press = 0; press < 30; press += 1) {
      await post("/paid", { ref: reference });
      later(11_000);
    }
    expect(lookUps()).toBe(20);
  });

  it("one board's payments are looked up at most ten times a minute, and another board's are looked up all the same", async () => {
    const { post, send, lookUps, board, other } = await pendingPayment();
    const references = Array.from({ length: 15 }, () => board.begin("snapscan", 20_000));

    for (const ref of references) await post("/paid", { ref });
    expect(lookUps()).toBe(10);
    const body = new URLSearchParams({ ref: other.begin("snapscan", 20_000) });
    await send(`/${other.slug}/paid`, { method: "POST", body });
    expect(lookUps()).toBe(11);
  });

  it("all payments of a provider together are looked up at most thirty times a minute", async () => {
    const { site, post, lookUps, later, reference } = await pendingPayment();
    const name = limiterName(site.services.settings, "look-up:snapscan");
    const rule = { name: "looks", limit: 30, windowMs: MINUTE_MS, kind: "sliding" } as const;
    for (let n = 0; n < 29; n += 1) await site.limiters.rateLimiter(name).take([rule], site.clock.now);

    await post("/paid", { ref: reference });
    expect(lookUps()).toBe(1);
    later(11_000);
    expect((await post("/paid", { ref: reference })).location).toContain("&asked=later");
    expect(lookUps()).toBe(1);
  });

  it("an address that presses for junk has a share of three a minute, and a guest who has paid is looked up", async () => {
    const { post, lookUps, board, reference, paid } = await pendingPayment();
    paid();
    const junk = Array.from({ length: 32 }, () => board.begin("snapscan", 20_000));
    const statuses: (string | null)[] = [];
    for (const [n, ref] of junk.entries()) {
      statuses.push((await post("/paid", { ref }, { "CF-Connecting-IP": `2001:db8:1:2::${n}` })).location);
    }

    expect(lookUps()).toBe(3);
    expect(statuses.filter((location) => location?.endsWith("&asked=later"))).toHaveLength(29);
    await post("/paid", { ref: reference }, { "CF-Connecting-IP": "41.13.20.7" });
    expect(lookUps()).toBe(4);
    expect(board.of(reference).status).toBe("completed");
  });

  it("a guest whose payment cannot be looked up just now reads so, and that it will be", async () => {
    const { post, send, thanks, reference, far } = await pendingPayment();
    far.snapscan.behave("answers 500");

    const { location } = await post("/paid", { ref: reference });

    expect(location).toBe(`${thanks}&asked=later`);
    const { html } = await send(location ?? "");
    expect(html).toContain("just now. We will within a few minutes");
    expect(html).not.toContain("don’t have your payment yet");
  });

  it("an attempt that never left our page is not looked up in its first minute", async () => {
    const { chipIn, post, get, far, references, later: pass } = guestSite();
    for (const name of ["Junk", "Thandi"]) await chipIn({ provider: "ozow", name });
    const [junk = "", back = ""] = references();
    const lookUps = () => far.asked.filter((asked) => asked.endsWith("/transactions")).length;

    expect((await post("/paid", { ref: junk })).location).toContain("&asked=later");
    expect(lookUps()).toBe(0);
    await get(`/thanks?ref=${back}`);
    expect((await post("/paid", { ref: back })).location).toContain("&asked=1");
    expect(lookUps()).toBe(1);
    pass(MINUTE_MS);
    expect((await post("/paid", { ref: junk })).location).toContain("&asked=1");
    expect(lookUps()).toBe(2);
  });

  it.each<[why: string, ref: (other: string, code: string) => string]>([
    ["a payment of another board", (other) => other],
    ["a payment of another board under this board's code", (other, code) => code + other.slice(10)],
    ["an unknown reference", (_, code) => `${code}0000000000`],
    ["an empty reference", () => ""],
  ])("%s causes no request to the provider", async (_, refOf) => {
    const { post, far, board, other } = await pendingPayment();
    const ref = refOf(other.begin("snapscan", 20_000), board.code);

    const { status, location } = await post("/paid", { ref });

    expect([status, location]).toEqual([303, `/${board.slug}/thanks?ref=`]);
    expect(far.asked).toEqual([]);
  });

  it("a completed payment is not looked up", async () => {
    const { post, far, board, reference, thanks } = await pendingPayment();
    const providerFields = { providerPaymentId: "1", providerStatus: "completed" } as const;
    const report = { provider: "snapscan", reference, status: "completed", amount: cents(20_000) } as const;
    board.play({ type: "report_payment", ...report, ...providerFields });

    expect((await post("/paid", { ref: reference })).location).toBe(thanks);
    expect(far.asked).toEqual([]);
  });

  it.each(["answers 500", "answers 429", "answers 401", "answers nonsense", "breaks the connection"] as const)(
    "the guest is redirected to the thanks page when the provider %s",
    async (farSide) => {
      const { post, far, board, reference, thanks } = await pendingPayment();
      far.snapscan.behave(farSide);

      expect(await post("/paid", { ref: reference })).toMatchObject({ status: 303, location: `${thanks}&asked=later` });
      expect(board.of(reference).status).toBe("pending");
    },
  );

  it("a payment of less than the requested amount is not counted", async () => {
    const { post, far, board, reference } = await pendingPayment();
    far.snapscan.pay({ merchantReference: reference, requiredAmount: 2_000, totalAmount: 2_000 });

    expect((await post("/paid", { ref: reference })).status).toBe(303);
    expect(board.standing()).toMatchObject({ counted: 0, paid: 0 });
  });

  it("a look-up at Ozow by the noted request id completes a payment that Ozow has received", async () => {
    const { chipIn, post, far, board, references, later } = guestSite();
    await chipIn({ provider: "ozow" });
    const [reference = ""] = references();
    const { requestId } = board.of(reference);
    later(MINUTE_MS);
    const asked = far.asked.length;
    const amount = { currency: "ZAR", value: 200 };
    far.ozow.pay({ merchantReference: reference, amount, createdDate: new Date().toISOString() });

    await post("/paid", { ref: reference });

    expect(requestId).toBe(far.ozow.payments[0]?.id);
    expect(far.asked.slice(asked)).toEqual([`GET one.ozow.com/v1/payments/${requestId}/transactions`]);
    expect(board.of(reference).status).toBe("completed");
  });
});
