import { describe, expect, it } from "vitest";
import type { ReportRefund } from "#domain/board/commands";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE } from "../../support/board.ts";
import { guestSite } from "./guest-site.ts";

/** A pending contribution of R200 by Thandi, with its thanks page and the events that change it. */
function aContribution() {
  const guests = guestSite();
  const { board, later, get, getAsPayer, aWhileLater } = guests;
  const reference = board.begin("payfast", 20_000, { name: "Thandi Mokoena" });

  return {
    ...guests,
    reference,
    report(status: "completed" | "failed" | "processing" | "refunded", providerPaymentId = "pf-1") {
      const providerFields = { providerPaymentId, providerStatus: status } as const;
      const payment = { provider: "payfast", reference, status, amount: cents(20_000) } as const;
      board.play({ type: "report_payment", ...payment, ...providerFields });
    },
    refund(status: ReportRefund["status"]) {
      board.reportRefund(reference, status, { providerPaymentId: "pf-1", providerRefundId: "r-1" });
    },
    requestRefund: () => board.requestRefund(reference),
    cancel: () => board.play({ type: "cancel_board" }),
    closeAfterDeadline() {
      later(AFTER_DEADLINE.getTime() - BEFORE_DEADLINE.getTime());
      board.play({ type: "pass_deadline", providersLookedUp: true });
    },
    thanks: async () => {
      aWhileLater();
      const { html } = await getAsPayer(`/thanks?ref=${reference}`, reference);
      const json = JSON.parse((await get(`/thanks.json?ref=${reference}`)).html);
      return { html, json };
    },
  };
}
type It = ReturnType<typeof aContribution>;

describe("the thanks page", () => {
  it.each<{ why: string; happens: (it: It) => void; says: string; final: boolean; status: string }>([
    {
      why: "no report has arrived",
      happens: () => {},
      says: "Confirming your payment…",
      final: false,
      status: "pending",
    },
    {
      why: "the payment is processing",
      happens: (it) => it.report("processing"),
      says: "Confirming your payment…",
      final: false,
      status: "processing",
    },
    {
      why: "the payment is completed",
      happens: (it) => it.report("completed"),
      says: "Thank you, Thandi!",
      final: true,
      status: "completed",
    },
    {
      why: "the payment failed",
      happens: (it) => it.report("failed"),
      says: "That payment didn’t go through",
      final: true,
      status: "failed",
    },
    {
      why: "a failed payment completes later",
      happens: (it) => {
        it.report("failed");
        it.report("completed", "pf-2");
      },
      says: "Thank you, Thandi!",
      final: true,
      status: "completed",
    },
    {
      why: "another amount is paid, and a person has not seen it yet",
      happens: (it) => it.board.report(it.reference, { amount: cents(15_000) }),
      says: "You paid R150 instead of R200. It doesn’t count yet, and we are looking at it. Please don’t pay again.",
      final: true,
      status: "pending",
    },
    {
      why: "another amount is paid and sent back",
      happens: (it) => {
        it.board.report(it.reference, { amount: cents(15_000) });
        it.board.requestRefund(it.reference, `pf-${it.reference}`);
      },
      says: "You paid R150 instead of R200. It goes back to you in full.",
      final: true,
      status: "pending",
    },
    {
      why: "the board is cancelled after the payment",
      happens: (it) => {
        it.report("completed");
        it.cancel();
      },
      says: "You’ll get your full R200 back, including the fee.",
      final: true,
      status: "completed",
    },
    {
      why: "the board is cancelled before payment",
      happens: (it) => {
        it.cancel();
        it.report("completed");
      },
      says: "You’ll get your full R200 back, including the fee.",
      final: true,
      status: "completed",
    },
    {
      why: "the payment completes after closing",
      happens: (it) => {
        it.closeAfterDeadline();
        it.report("completed");
      },
      says: "Your payment came after closing",
      final: true,
      status: "completed",
    },
    {
      why: "an operator requests a refund",
      happens: (it) => {
        it.report("completed");
        it.requestRefund();
      },
      says: "Your contribution is being refunded",
      final: true,
      status: "completed",
    },
    {
      why: "the refund is completed",
      happens: (it) => {
        it.report("completed");
        it.requestRefund();
        it.refund("processing");
        it.refund("completed");
      },
      says: "Your contribution was refunded",
      final: true,
      status: "refunded",
    },
    {
      why: "the refund of a cancelled board fails",
      happens: (it) => {
        it.report("completed");
        it.cancel();
        it.refund("failed");
      },
      says: "Your contribution is being refunded",
      final: true,
      status: "completed",
    },
    {
      why: "a second payment is reported",
      happens: (it) => {
        it.report("completed");
        it.report("completed", "pf-2");
      },
      says: "Thank you, Thandi!",
      final: true,
      status: "completed",
    },
  ])("the thanks page and thanks.json show the right outcome when $why", async ({ happens, says, final, status }) => {
    const it = aContribution();
    happens(it);

    const { html, json } = await it.thanks();

    expect(html).toContain(says);
    expect(html).not.toContain("Mokoena");
    expect(json).toEqual({ final, status });
    expect(html.includes("data-confirm=")).toBe(!final);
  });

  it("the thanks page links to paying while the payment is pending and not once it is processing", async () => {
    const it = aContribution();
    const payLink = `/pay?ref=${it.reference}`;
    expect((await it.thanks()).html).toContain(payLink);

    it.report("processing");
    expect((await it.thanks()).html).not.toContain(payLink);
  });

  it("the thanks page of a cancelled board does not link to paying", async () => {
    const it = aContribution();
    it.cancel();

    expect((await it.thanks()).html).not.toContain("/pay?");
  });

  it("a person to whom the address was passed on sees neither name nor amount, in any state of the payment", async () => {
    const states: ((it: It) => void)[] = [
      () => {},
      (it) => it.report("completed"),
      (it) => it.report("failed"),
      (it) => [it.report("completed"), it.requestRefund()],
      (it) => [it.closeAfterDeadline(), it.report("completed")],
    ];
    for (const happens of states) {
      const it = aContribution();
      happens(it);

      expect((await it.get(`/thanks?ref=${it.reference}`)).html).not.toMatch(/Thandi,|R200\b|R194/);
      const own = (await it.thanks()).html;
      expect(own).toContain("R200");
      expect(/<meta property="og:title" content="([^"]*)"/.exec(own)?.[1]).not.toContain("Thandi");
    }
  });

  it("the browser that began a payment finds its thanks page without the reference, and no other page gets its cookie", async () => {
    const { chipIn, references, getAsPayer, board } = guestSite();

    const { headers } = await chipIn();
    const [reference = ""] = references();
    board.report(reference);

    expect(headers.get("Set-Cookie")).toMatch(
      new RegExp(
        `^payer-${reference}=\\d+; Max-Age=10368000; Path=/${board.slug}/thanks; HttpOnly; (Secure; )?SameSite=Lax$`,
      ),
    );
    expect((await getAsPayer("/thanks", reference)).html).toContain("Thank you, Thandi!");
  });

  it("a reference that is not of this board reveals no name and no amount", async () => {
    const it = aContribution();
    it.report("completed");
    const theirs = it.other.begin("payfast", 77_700, { name: "Sizwe" });

    for (const ref of [theirs, "", "%00", "x".repeat(3_000), it.reference.toUpperCase()]) {
      const { status, html } = await it.get(`/thanks?ref=${ref}`);
      expect(status).toBe(200);
      expect(html).toContain("Thank you for chipping in!");
      expect(html).not.toMatch(/Sizwe|Thandi,|R777|R200/);
      expect((await it.get(`/thanks.json?ref=${ref}`)).status).toBe(404);
    }
  });
});
