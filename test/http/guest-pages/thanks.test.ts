import { describe, expect, it } from "vitest";
import type { ReportRefund } from "#domain/board/commands";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE } from "../../support/board.ts";
import { guestSite } from "./guest-site.ts";

/** A contribution of R200 by Thandi, and its thanks page after whatever happened to it. */
function aContribution() {
  const guests = guestSite();
  const { board, later, get, aWhileLater } = guests;
  const reference = board.begin("payfast", 20_000, { name: "Thandi Mokoena" });

  return {
    ...guests,
    reference,
    report(status: "completed" | "failed" | "processing" | "refunded", providerPaymentId = "pf-1") {
      const words = { providerPaymentId, providerStatus: status } as const;
      const about = { provider: "payfast", reference, status, amount: cents(20_000) } as const;
      board.play({ type: "report_payment", ...about, ...words });
    },
    refund(status: ReportRefund["status"]) {
      board.reportRefund(reference, status, { providerPaymentId: "pf-1", providerRefundId: "r-1" });
    },
    giveBack: () => board.requestRefund(reference),
    cancel: () => board.play({ type: "cancel_board" }),
    closeAfterDeadline() {
      later(AFTER_DEADLINE.getTime() - BEFORE_DEADLINE.getTime());
      board.play({ type: "pass_deadline", providersAsked: true });
    },
    thanks: async () => {
      aWhileLater();
      const { html } = await get(`/thanks?ref=${reference}`);
      const json = JSON.parse((await get(`/thanks.json?ref=${reference}`)).html);
      return { html, json };
    },
  };
}
type It = ReturnType<typeof aContribution>;

describe("the thanks page", () => {
  it.each<{ why: string; happens: (it: It) => void; says: string; final: boolean; status: string }>([
    { why: "nothing is heard", happens: () => {}, says: "Confirming your payment…", final: false, status: "pending" },
    {
      why: "the provider works on it",
      happens: (it) => it.report("processing"),
      says: "Confirming your payment…",
      final: false,
      status: "processing",
    },
    {
      why: "it is paid",
      happens: (it) => it.report("completed"),
      says: "Thank you, Thandi!",
      final: true,
      status: "completed",
    },
    {
      why: "it failed",
      happens: (it) => it.report("failed"),
      says: "That payment didn’t go through",
      final: true,
      status: "failed",
    },
    {
      why: "it failed, then went through",
      happens: (it) => {
        it.report("failed");
        it.report("completed", "pf-2");
      },
      says: "Thank you, Thandi!",
      final: true,
      status: "completed",
    },
    {
      why: "the board was cancelled after it was paid",
      happens: (it) => {
        it.report("completed");
        it.cancel();
      },
      says: "Your R200 goes back to you in full, the fee too.",
      final: true,
      status: "completed",
    },
    {
      why: "the board was cancelled before it was paid",
      happens: (it) => {
        it.cancel();
        it.report("completed");
      },
      says: "Your R200 goes back to you in full, the fee too.",
      final: true,
      status: "completed",
    },
    {
      why: "it came after closing",
      happens: (it) => {
        it.closeAfterDeadline();
        it.report("completed");
      },
      says: "Your payment came after closing",
      final: true,
      status: "completed",
    },
    {
      why: "an operator gives it back",
      happens: (it) => {
        it.report("completed");
        it.giveBack();
      },
      says: "Your contribution is being refunded",
      final: true,
      status: "completed",
    },
    {
      why: "the refund has arrived",
      happens: (it) => {
        it.report("completed");
        it.giveBack();
        it.refund("processing");
        it.refund("completed");
      },
      says: "Your contribution was refunded",
      final: true,
      status: "refunded",
    },
    {
      why: "a refund of a cancelled board failed and waits for a person",
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
      why: "a second payment of it goes back",
      happens: (it) => {
        it.report("completed");
        it.report("completed", "pf-2");
      },
      says: "Thank you, Thandi!",
      final: true,
      status: "completed",
    },
  ])("says what became of it when $why", async ({ happens, says, final, status }) => {
    const it = aContribution();
    happens(it);

    const { html, json } = await it.thanks();

    expect(html).toContain(says);
    expect(html).not.toContain("Mokoena");
    expect(json).toEqual({ final, status });
    expect(html.includes("data-confirm=")).toBe(!final);
  });

  it("leads on to pay only while the payment may be made and the board takes it", async () => {
    const it = aContribution();
    const way = `/pay?ref=${it.reference}`;
    expect((await it.thanks()).html).toContain(way);

    it.report("processing");
    expect((await it.thanks()).html).not.toContain(way);
  });

  it("leads nobody on to pay once the board was cancelled", async () => {
    const it = aContribution();
    it.cancel();

    expect((await it.thanks()).html).not.toContain("/pay?");
  });

  it("tells a stranger nothing, whatever the reference", async () => {
    const it = aContribution();
    it.report("completed");
    const theirs = it.other.begin("payfast", 77_700, { name: "Somebody" });

    for (const ref of [theirs, "", "%00", "x".repeat(3_000), it.reference.toUpperCase()]) {
      const { status, html } = await it.get(`/thanks?ref=${ref}`);
      expect(status).toBe(200);
      expect(html).toContain("Thank you for chipping in!");
      expect(html).not.toMatch(/Somebody|Thandi,|R777|R200/);
      expect((await it.get(`/thanks.json?ref=${ref}`)).status).toBe(404);
    }
  });
});
