import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { type ReceiptKeys, verifyReceipt } from "#domain/signed-receipt";
import { guestSite } from "../guest-pages/guest-site.ts";

function aPaidContribution(options: Parameters<typeof guestSite>[0] = {}) {
  const guests = guestSite(options);
  const reference = guests.board.begin("payfast", 20_000, { name: "Thandi Mokoena" });
  guests.board.play({
    type: "report_payment",
    provider: "payfast",
    reference,
    status: "completed",
    amount: cents(20_000),
    providerPaymentId: "pf-1",
    providerStatus: "completed",
  });
  guests.aWhileLater();
  const thanks = async () => (await guests.getAsPayer(`/thanks?ref=${reference}`, reference)).html;
  const file = () => guests.getAsPayer(`/thanks/receipt.txt?ref=${reference}`, reference);
  const keys = async () => JSON.parse((await guests.send("/.well-known/chipin-receipts.json")).html) as ReceiptKeys;
  return { ...guests, reference, thanks, file, keys };
}
const receiptIn = (html: string) => /CHIPIN1\.[\w.-]+/.exec(html)?.[0] ?? null;
const pasted = (receipt: string) => ({ method: "POST", body: new URLSearchParams({ receipt }) });

describe("the receipt of a payment", () => {
  it("the payer's thanks page and file have it, and the published keys prove it", async () => {
    const { thanks, file, keys, reference } = aPaidContribution();
    const receipt = receiptIn(await thanks());
    const { status, headers, html } = await file();

    expect(await verifyReceipt(receipt ?? "", await keys())).toMatchObject({
      genuine: true,
      receipt: { reference, amount: cents(20_000) },
    });
    expect([status, html]).toEqual([200, `${receipt}\n`]);
    expect(headers.get("Content-Disposition")).toBe(`attachment; filename="chipin-receipt-${reference}.txt"`);
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  it("it names no one: neither the guest nor the child nor the gift", async () => {
    const { file, board } = aPaidContribution();
    const { html } = await file();

    expect(html).toMatch(/^CHIPIN1\.test\.[0-9a-z]{20}\.20000\.\d{8}T\d{6}Z\.[\w-]{86}\n$/);
    expect(html).not.toContain(board.slug);
  });

  it("a person to whom the address was passed on gets none", async () => {
    const { get, reference } = aPaidContribution();

    expect(receiptIn((await get(`/thanks?ref=${reference}`)).html)).toBeNull();
    expect((await get(`/thanks/receipt.txt?ref=${reference}`)).status).toBe(404);
  });

  it("another board's page and another payment's reference give none", async () => {
    const { send, other, reference, getAsPayer } = aPaidContribution();
    const elsewhere = await send(`/${other.slug}/thanks/receipt.txt?ref=${reference}`, {
      headers: { Cookie: `payer-${reference}=0` },
    });

    expect(elsewhere.status).toBe(404);
    expect((await getAsPayer("/thanks/receipt.txt?ref=0000000000", reference)).status).toBe(404);
  });

  it("a payment that is sent back gets no new one, and the one from before stays genuine", async () => {
    const { thanks, file, keys, board, reference, aWhileLater } = aPaidContribution();
    const before = receiptIn(await thanks()) ?? "";
    board.requestRefund(reference);
    aWhileLater();

    expect(receiptIn(await thanks())).toBeNull();
    expect((await file()).status).toBe(404);
    expect(await verifyReceipt(before, await keys())).toMatchObject({ genuine: true });
  });

  it("without a key the thanks page shows none", async () => {
    const { thanks, file, keys, site } = aPaidContribution();
    Object.assign(site.services.settings, { RECEIPT_SIGNING_KEYS: "" });

    expect(receiptIn(await thanks())).toBeNull();
    expect((await file()).status).toBe(404);
    expect(await keys()).toEqual({ keys: [] });
  });
});

describe("the page that checks receipts", () => {
  it("without scripts the server says what a genuine receipt says, and that a refund would not show", async () => {
    const { thanks, send, reference } = aPaidContribution();
    const { status, html } = await send("/receipts", pasted(receiptIn(await thanks()) ?? ""));

    expect(status).toBe(200);
    for (const says of ["This receipt is genuine", "<dd>R200</dd>", `<dd>${reference}</dd>`, "refunded later"])
      expect(html).toContain(says);
  });

  it.each([
    [
      "a changed receipt",
      (receipt: string) => receipt.replace(".20000.", ".90000."),
      "Something in this receipt was changed",
    ],
    [
      "a receipt of another key",
      (receipt: string) => receipt.replace(".test.", ".other."),
      "names a key that we don’t list",
    ],
    ["something else", () => "<b>hello</b>", "This is no receipt of ours"],
  ])("%s is called not genuine, and what was pasted is shown again", async (_what, change, says) => {
    const { thanks, send } = aPaidContribution();
    const { html } = await send("/receipts", pasted(change(receiptIn(await thanks()) ?? "")));

    expect(html).toContain("Not a genuine receipt");
    expect(html).toContain(says);
    expect(html).not.toContain("<b>hello");
  });
});
