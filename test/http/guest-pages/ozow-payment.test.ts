import { describe, expect, it } from "vitest";
import { PUBLIC_ORIGIN } from "../support.ts";
import { guestSite } from "./guest-site.ts";

const CREATE_PAYMENT = "POST one.ozow.com/v1/payments";

describe("contributions through Ozow", () => {
  it("the guest is redirected to Ozow's page and the board records the request", async () => {
    const { far, board, site, chipIn, references } = guestSite();

    const { status, location } = await chipIn({ provider: "ozow", cover_fee: "1" });

    const [reference = ""] = references();
    const [payment] = far.ozow.payments;
    expect([status, location]).toEqual([303, `https://pay.ozow.com/${payment?.id}`]);
    expect(board.of(reference)).toMatchObject({ requestId: payment?.id, attempt: 1, status: "pending" });
    expect(JSON.parse(payment?.body ?? "")).toMatchObject({
      amount: { currency: "ZAR", value: 206.19 },
      merchantReference: reference,
      returnUrl: `${PUBLIC_ORIGIN}/${board.slug}/thanks?ref=${reference}`,
    });
    expect(await site.switches.providerSwitch("ozow").state(site.clock.now)).toMatchObject({ failuresInARow: 0 });
  });

  it("the form's security policy allows a redirect to Ozow", async () => {
    const { get } = guestSite();

    expect((await get("/contribute")).headers.get("Content-Security-Policy")).toMatch(
      /form-action 'self'[^;]* https:\/\/\*\.ozow\.com/,
    );
  });

  it.each(["answers 500", "answers 429", "answers 401", "answers nonsense", "breaks the connection"] as const)(
    "when Ozow %s, the form is shown again and the failure is recorded",
    async (farSide) => {
      const { far, board, site, chipIn, references } = guestSite();
      far.ozow.farSide = farSide;

      const { status, html } = await chipIn({ provider: "ozow", amount: "250", message: "Joy!" });

      const [reference = ""] = references();
      expect(status).toBe(502);
      expect(html).toContain("We could not reach Ozow. Nothing was charged. Please try again, or choose another way");
      for (const kept of ['value="250"', 'value="Thandi"', ">Joy!<", 'value="ozow" checked']) {
        expect(html).toContain(kept);
      }
      expect(board.of(reference).status).toBe("failed");
      expect(await site.switches.providerSwitch("ozow").state(site.clock.now)).toMatchObject({ failuresInARow: 1 });
      expect(site.logged).toContainEqual(expect.objectContaining({ alert: true, event: "payment_start_failed" }));
    },
  );

  it("a payment fails when its redirect address is outside ozow.com", async () => {
    const { far, board, chipIn, references } = guestSite();
    far.ozow.rule = (_request, pathname) =>
      pathname === "/payments"
        ? Response.json({ id: "p-1", status: "Created", redirectUrl: "https://pay.ozow.com.elsewhere.example/1" })
        : null;

    expect((await chipIn({ provider: "ozow" })).status).toBe(502);
    expect(board.of(references()[0] ?? "").status).toBe("failed");
  });

  it("the guest is redirected to Ozow even when the board cannot record the request", async () => {
    // Without the request a later look-up only takes longer.
    const { site, board, chipIn } = guestSite();
    const execute = board.object.execute.bind(board.object);
    board.object.execute = (command, context) => {
      if (command.type === "note_payment_request") throw Object.assign(new Error("busy"), { overloaded: true });
      return execute(command, context);
    };

    expect((await chipIn({ provider: "ozow" })).status).toBe(303);
    expect(site.logged).toContainEqual(expect.objectContaining({ event: "payment_request_not_noted" }));
  });
});

describe("resumed Ozow payments", () => {
  it("opening the payment page sends no request to Ozow", async () => {
    const { far, chipIn, get, references } = guestSite();
    await chipIn({ provider: "ozow" });
    const asked = [...far.asked];

    const { status, html } = await get(`/pay?ref=${references()[0]}`);

    expect(status).toBe(200);
    expect(html).toContain("Pay with Ozow");
    expect(far.asked).toEqual(asked);
  });

  it("an open attempt keeps its request at Ozow and an expired attempt gets a new one", async () => {
    const { far, board, chipIn, post, later, references } = guestSite();
    const first = await chipIn({ provider: "ozow" });
    const [reference = ""] = references();

    const again = await post("/pay", { ref: reference });
    expect([again.status, again.location]).toEqual([303, first.location]);
    expect(far.ozow.payments).toHaveLength(1);

    later(60 * 60_000);
    const fresh = await post("/pay", { ref: reference });
    expect(fresh.location).not.toBe(first.location);
    expect(far.ozow.payments.map(({ key }) => key)).toEqual([`${reference}-1`, `${reference}-2`]);
    expect(board.of(reference)).toMatchObject({ attempt: 2, requestId: far.ozow.payments[1]?.id });
  });

  it("a resumed payment is answered 502 and kept when Ozow is unreachable", async () => {
    const { far, chipIn, post, references } = guestSite();
    await chipIn({ provider: "ozow" });
    far.ozow.farSide = "answers 500";

    const { status, html } = await post("/pay", { ref: references()[0] ?? "" });

    expect(status).toBe(502);
    expect(html).toContain("We could not reach Ozow. Nothing was charged.");
    expect(references()).toHaveLength(1);
    expect(far.asked.filter((asked) => asked === CREATE_PAYMENT).length).toBeGreaterThan(1);
  });
});
