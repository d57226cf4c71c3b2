import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { postCallback, sendRaw, signedNotice, standing } from "./support.ts";

let api: Api;
let maya: WireBoard;
let liam: WireBoard;
let hers: string;
let his: string;
beforeAll(async () => {
  api = await startApi();
  [maya, liam] = [await api.createBoard(), await api.createBoard({ child_name: "Liam" })];
  hers = (await api.contribute(maya.slug, { amount: "200" })).reference;
  his = (await api.contribute(liam.slug, { amount: "300" })).reference;
});

const paid = (fields: Record<string, string> = {}, passphrase?: string) =>
  signedNotice(api, { m_payment_id: hers, amount_gross: "200.00", ...fields }, passphrase);

/** How many notifications we asked PayFast to confirm while `work` ran. */
async function questionsAsked(work: () => Promise<unknown>): Promise<number> {
  const validate = vi.spyOn(api.platform.payfast, "validate");
  try {
    await work();
    return validate.mock.calls.length;
  } finally {
    validate.mockRestore();
  }
}

describe("a callback nobody could have signed", () => {
  it.each<[string, () => string | Uint8Array]>([
    ["another passphrase", () => paid({}, "not ours")],
    ["no passphrase", () => paid({}, "")],
    ["no signature", () => paid().replace(/&signature=.*/, "")],
    ["an empty signature", () => paid().replace(/signature=.*/, "signature=")],
    ["two signatures", () => `${paid()}&signature=0`],
    ["a doubled amount", () => `${paid()}&amount_gross=200.00`],
    ["a doubled amount under an encoded name", () => `${paid()}&amount%5Fgross=200.00`],
    ["a field nobody signed", () => `${paid()}&custom_str1=x`],
    ["its fields in another order", () => paid().split("&").reverse().join("&")],
    ["a signature in capitals", () => paid().replace(/signature=(.*)/, (_, hex) => `signature=${hex.toUpperCase()}`)],
    ["another reference than was signed", () => paid().replace(hers, his)],
    ["another amount than was signed", () => paid({ amount_gross: "20.00" }).replace("20.00", "200.00")],
    ["JSON", () => JSON.stringify({ m_payment_id: hers, payment_status: "COMPLETE" })],
    ["nothing", () => ""],
    ["ampersands only", () => "&&&&"],
    ["zero bytes", () => new Uint8Array(64)],
    ["bytes that are no text", () => new Uint8Array([0xff, 0xfe, 0xc0, 0x80, 0x3d, 0xed, 0xa0, 0x80])],
    ["eight thousand fields", () => Array.from({ length: 8_000 }, (_, n) => `f${n}=`).join("&")],
    ["one field of 60 KB", () => `a=${"x".repeat(60_000)}`],
  ])("with %s is refused, changes nothing and makes us ask nobody", async (_what, body) => {
    const before = await standing(api, maya, liam);
    const asked = await questionsAsked(async () => expect(await postCallback(api, body())).toBe(400));
    expect(asked).toBe(0);
    expect(await standing(api, maya, liam)).toEqual(before);
  });

  it("is the only kind we do not ask about", async () => {
    const wrongAmount = paid({ amount_gross: "100.00" });
    expect(await questionsAsked(() => postCallback(api, wrongAmount))).toBe(1);
  });

  it("is never believed, whatever bytes of a good one are changed", { timeout: 60_000 }, async () => {
    const good = Buffer.from(paid());
    const before = await standing(api, maya, liam);
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const changed = Buffer.from(good);
        for (const { at, byte } of changes) changed[at] = byte;
        // `+` for `%20` and the like say the same thing.
        fc.pre(meaning(changed) !== meaning(good));
        expect(await postCallback(api, changed)).toBe(400);
      }),
      { numRuns: 300 },
    );
    expect(await standing(api, maya, liam)).toEqual(before);
  });

  it("is never believed, however it is cut or glued", { timeout: 60_000 }, async () => {
    const good = paid();
    const before = await standing(api, maya, liam);
    const pieces = fc.array(fc.constantFrom(...good.split("&"), "", "=", "%", "signature=", "__proto__=1"), {
      maxLength: 14,
    });
    await fc.assert(
      fc.asyncProperty(pieces, async (glued) => {
        fc.pre(glued.join("&") !== good);
        expect(await postCallback(api, glued.join("&"))).toBe(400);
      }),
      { numRuns: 200 },
    );
    expect(await standing(api, maya, liam)).toEqual(before);
  });
});

const meaning = (body: Buffer) => JSON.stringify([...new URLSearchParams(body.toString("latin1"))]);

describe("a rightly signed callback that is about no payment as we know it", () => {
  it.each<[string, number, () => string]>([
    [
      "this board's code before another's payment",
      200,
      () => paid({ m_payment_id: hers.slice(0, 10) + his.slice(10) }),
    ],
    ["a board that does not exist", 200, () => paid({ m_payment_id: `0000000000${hers.slice(10)}` })],
    ["the reference in capitals", 200, () => paid({ m_payment_id: hers.toUpperCase() })],
    ["a reference with a zero byte behind it", 200, () => paid({ m_payment_id: `${hers}\0` })],
    ["a reference that is SQL", 200, () => paid({ m_payment_id: "'; DROP TABLE contributions; --" })],
    ["a reference that is a property of every object", 200, () => paid({ m_payment_id: "__proto__" })],
    ["no reference", 200, () => paid({ m_payment_id: "" })],
    ["another merchant", 200, () => paid({ merchant_id: "10000200" })],
    ["an amount in exponents", 400, () => paid({ amount_gross: "2e2" })],
    ["an amount beyond all numbers", 400, () => paid({ amount_gross: "1e400" })],
    ["an amount of four hundred digits", 400, () => paid({ amount_gross: "9".repeat(400) })],
    ["a negative amount", 400, () => paid({ amount_gross: "-200.00" })],
    ["an amount of three decimals", 400, () => paid({ amount_gross: "200.001" })],
    ["an amount in full-width digits", 400, () => paid({ amount_gross: "２００.００" })],
    ["an amount with a blank", 400, () => paid({ amount_gross: " 200.00" })],
    ["no amount", 400, () => paid({ amount_gross: "" })],
    ["a status with a zero byte", 400, () => paid({ payment_status: "COMPLETE\0" })],
    ["a status as long as a sentence", 400, () => paid({ payment_status: "X".repeat(51) })],
    ["no status", 400, () => paid({ payment_status: "" })],
    ["an id with a zero byte", 400, () => paid({ pf_payment_id: "1\0" })],
    ["an id of fifty-one digits", 400, () => paid({ pf_payment_id: "1".repeat(51) })],
    ["no id", 400, () => paid({ pf_payment_id: "" })],
  ])("%s: answered %i, nothing changes", async (_what, status, body) => {
    const before = await standing(api, maya, liam);
    expect(await postCallback(api, body())).toBe(status);
    expect(await standing(api, maya, liam)).toEqual(before);
  });

  it.each<[string, () => WireBoard, () => string]>([
    ["half the amount", () => maya, () => paid({ amount_gross: "100.00", pf_payment_id: "1" })],
    ["a cent too much", () => maya, () => paid({ amount_gross: "200.01", pf_payment_id: "2" })],
    ["the amount of another board's payment", () => liam, () => paid({ m_payment_id: his, pf_payment_id: "3" })],
  ])("%s: answered 200, kept for a person to look at once, and no money moves", async (_what, board, body) => {
    const [before] = await standing(api, board());
    for (let delivery = 0; delivery < 3; delivery += 1) expect(await postCallback(api, body())).toBe(200);
    const [after] = await standing(api, board());
    expect([after?.headSeq, after?.pot]).toEqual([(before?.headSeq ?? 0) + 1, before?.pot]);
  });

  it.each(["complete", "INCOMPLETE", "COMPLETED", "COMPLETE "])("the status %j is no payment", async (status) => {
    await postCallback(api, paid({ payment_status: status }));
    expect((await standing(api, maya))[0]?.pot.counted).toBe(0);
  });
});

describe("the callback door", () => {
  it.each(["ozow", "snapscan"])("of %s takes nothing that PayFast has signed", async (provider) => {
    const before = await standing(api, maya, liam);
    expect(await postCallback(api, paid(), provider)).toBe(401);
    expect(await standing(api, maya, liam)).toEqual(before);
  });

  it.each(["paypal", "OZOW", "PAYFAST", "payfast%00", "__proto__", "constructor", "x".repeat(1_000)])(
    "knows no provider %s here",
    async (provider) => expect(await postCallback(api, paid(), provider)).toBe(404),
  );

  it.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])("does not open to %s", async (method) => {
    const before = await standing(api, maya, liam);
    const line = `${method} /api/webhooks/payfast?${paid()} HTTP/1.1`;
    const answer = await sendRaw(api, `${line}\r\nHost: chipin\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    expect(answer.status).toBe(404);
    expect(await standing(api, maya, liam)).toEqual(before);
  });

  it("refuses 100 KB that do not say how long they are", async () => {
    const part = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const head =
      "POST /api/webhooks/payfast HTTP/1.1\r\nHost: chipin\r\nConnection: close\r\nTransfer-Encoding: chunked";
    const answer = await sendRaw(api, `${head}\r\n\r\n${part.repeat(7)}0\r\n\r\n`);
    expect(answer.status).toBe(413);
  });

  it("takes one payment out of any number of copies sent at once, and never unpays it", async () => {
    const board = await api.createBoard();
    const { reference } = await api.contribute(board.slug, { amount: "250" });
    const fields = { m_payment_id: reference, amount_gross: "250.00" };
    const copies = Array.from({ length: 30 }, () => postCallback(api, signedNotice(api, fields)));
    expect(new Set(await Promise.all(copies))).toEqual(new Set([200]));
    const [once] = await standing(api, board);
    expect(once).toMatchObject({ headSeq: 3, pot: { counted: 24_250 } });

    for (const payment_status of ["CANCELLED", "FAILED", "PENDING"]) {
      expect(await postCallback(api, signedNotice(api, { ...fields, payment_status }))).toBe(200);
    }
    expect(await standing(api, board)).toEqual([once]);
  });
});
