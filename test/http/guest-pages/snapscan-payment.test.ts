import { renderSVG } from "uqr";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { SNAP_CODE } from "../../payments/snapscan-callbacks.ts";
import { SNAPSCAN } from "../far-sides.ts";
import { type GuestSite, guestSite, plain } from "./guest-site.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A contribution of R200 that was begun through SnapScan, with its page and reference. */
async function begun(guests: GuestSite = guestSite()) {
  const page = await guests.chipIn({ provider: "snapscan" });
  const [reference = ""] = guests.references();
  return { ...guests, page, reference };
}

const linkIn = (html: string) => plain(/<a class="button" href="([^"]*\/qr\/[^"]*)"/.exec(html)?.[1] ?? "");

function pay({ board }: GuestSite, reference: string, status: "completed" | "failed" | "processing" = "completed") {
  const providerFields = { providerPaymentId: "4711", providerStatus: status } as const;
  board.play({
    type: "report_payment",
    provider: "snapscan",
    reference,
    status,
    amount: cents(20_000),
    ...providerFields,
  });
}

describe("contributions through SnapScan", () => {
  it("the page shows the payment's link and its code without a request to SnapScan", async () => {
    const { page, reference, far } = await begun();

    const link = `https://pos.snapscan.io/qr/${SNAP_CODE}?id=${reference}&amount=20000&strict=true`;
    expect(page.status).toBe(200);
    expect(linkIn(page.html)).toBe(link);
    expect(page.html).toContain(renderSVG(link, { ecc: "M", border: 2 }));
    expect(page.html).toMatch(/role="img" aria-label="SnapScan code for this payment"/);
    expect(far.asked).toEqual([]);
  });

  it("the page loads nothing from SnapScan and waits for the payment", async () => {
    const { page, reference, board } = await begun();

    expect(page.html).not.toMatch(/<(img|script|iframe|object)[^>]*snapscan\.io/);
    expect(page.headers.get("Content-Security-Policy")).toMatch(/img-src 'self' data:;/);
    expect(page.html).toContain(`data-confirm="/${board.slug}/thanks.json?ref=${reference}"`);
  });

  it("with redirects enabled, the link has the return addresses and the code has none", async () => {
    const { page, reference } = await begun(guestSite({ settings: { ...SNAPSCAN, SNAPSCAN_REDIRECTS: "true" } }));

    expect(linkIn(page.html)).toMatch(/&s_url=https%3A%2F%2Fchipin\.test%2F.*&f_url=/);
    const code = `https://pos.snapscan.io/qr/${SNAP_CODE}?id=${reference}&amount=20000&strict=true`;
    expect(page.html).toContain(renderSVG(code, { ecc: "M", border: 2 }));
  });
});

describe("GET /{slug}/pay", () => {
  it("an open attempt shows the same code again and sends the board no command", async () => {
    const { get, later, board, page, reference } = await begun();
    const commands = board.commands.length;
    later(59 * MINUTE_MS);

    const again = await get(`/pay?ref=${reference}`);

    expect(again.status).toBe(200);
    expect(linkIn(again.html)).toBe(linkIn(page.html));
    expect(board.commands).toHaveLength(commands);
  });

  it("an expired attempt shows no code and offers a fresh one", async () => {
    const { get, later, board, reference } = await begun();
    later(HOUR_MS);

    const { status, html } = await get(`/pay?ref=${reference}`);

    expect(status).toBe(200);
    expect(html).toContain("This code has run out");
    expect(html).not.toContain('class="qr"');
    expect(html).toMatch(new RegExp(`action="/${board.slug}/pay">.*value="${reference}".*Get a fresh code`));
    expect(html).toContain("I have paid already");
  });

  it.each(["completed", "processing"] as const)("opening a %s payment redirects to the thanks page", async (status) => {
    const guests = await begun();
    pay(guests, guests.reference, status);

    const { status: answered, location } = await guests.get(`/pay?ref=${guests.reference}`);

    expect([answered, location]).toEqual([303, `/${guests.board.slug}/thanks?ref=${guests.reference}`]);
  });

  it("a reference without a payment on the board redirects to the form", async () => {
    const { get, board, other } = await begun();
    const theirs = other.begin("snapscan", 20_000);

    for (const ref of [theirs, "", "nothing", `${board.code}0000000000`]) {
      expect((await get(`/pay?ref=${ref}`)).location).toBe(`/${board.slug}/contribute`);
    }
  });
});

describe("POST /{slug}/pay", () => {
  it("resuming an open attempt draws the same code", async () => {
    const { post, board, page, reference } = await begun();

    const again = await post("/pay", { ref: reference });

    expect(linkIn(again.html)).toBe(linkIn(page.html));
    expect(board.of(reference).attempt).toBe(1);
  });

  it("resuming an expired attempt starts another one whose code is valid for an hour", async () => {
    const { get, post, later, board, reference } = await begun();
    later(HOUR_MS);

    const again = await post("/pay", { ref: reference });

    expect([again.status, board.commands.at(-1)]).toEqual([200, "retry_payment"]);
    expect(linkIn(again.html)).toContain(`id=${reference}&amount=20000`);
    expect(board.of(reference).attempt).toBe(2);
    later(59 * MINUTE_MS);
    expect((await get(`/pay?ref=${reference}`)).html).toContain('class="qr"');
  });

  it("resuming a failed payment starts a second attempt without a second contribution", async () => {
    const guests = await begun();
    pay(guests, guests.reference, "failed");

    expect((await guests.post("/pay", { ref: guests.reference })).html).toContain('class="qr"');
    expect(guests.references()).toEqual([guests.reference]);
    expect(guests.board.of(guests.reference)).toMatchObject({
      status: "processing",
      attempt: 2,
      inProgress: false,
    });
  });

  it("resuming a completed payment redirects to the thanks page", async () => {
    const guests = await begun();
    pay(guests, guests.reference);

    const { status, location } = await guests.post("/pay", { ref: guests.reference });

    expect([status, location]).toEqual([303, `/${guests.board.slug}/thanks?ref=${guests.reference}`]);
  });

  it("resuming a payment on a cancelled board leads to the thanks page, or is answered 409 when it failed", async () => {
    const { post, board, aWhileLater, reference } = await begun();
    board.play({ type: "cancel_board" });
    aWhileLater();

    const { location } = await post("/pay", { ref: reference });
    board.report(reference, { status: "failed" });
    const { status, html } = await post("/pay", { ref: reference });

    expect([location, status]).toEqual([`/${board.slug}/thanks?ref=${reference}`, 409]);
    expect(html).toContain(`href="/${board.slug}"`);
    expect(html).not.toContain('class="qr"');
  });

  it("resuming an unknown reference redirects to the form and changes no board", async () => {
    const { post, board, other } = await begun();
    const theirs = other.begin("snapscan", 20_000);
    const [before, theirsBefore] = [board.log.length, other.commands.length];

    for (const ref of [theirs, "", "nothing", `${board.code}0000000000`]) {
      expect((await post("/pay", { ref })).location).toBe(`/${board.slug}/contribute`);
    }
    expect((await post("/pay", {})).location).toBe(`/${board.slug}/contribute`);
    expect([board.log.length, other.commands.length]).toEqual([before, theirsBefore]);
  });

  it("an unreadable body redirects to the form", async () => {
    const { send, board } = await begun();
    const headers = { "Content-Type": "multipart/form-data; boundary=x" };

    const { status, location } = await send(`/${board.slug}/pay`, { method: "POST", body: "junk", headers });

    expect([status, location]).toEqual([303, `/${board.slug}/contribute`]);
  });
});
