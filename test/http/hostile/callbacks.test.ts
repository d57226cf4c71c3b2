import { connect } from "node:net";
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { boardStates, postCallback, sendRaw, signedNotice } from "./support.ts";

let api: Api;
let maya: WireBoard;
let liam: WireBoard;
let mayaReference: string;
let liamReference: string;
beforeAll(async () => {
  api = await startApi();
  [maya, liam] = [await api.createBoard(), await api.createBoard({ child_name: "Liam" })];
  mayaReference = (await api.contribute(maya.slug, { amount: "200" })).reference;
  liamReference = (await api.contribute(liam.slug, { amount: "300" })).reference;
});

const paid = (fields: Record<string, string> = {}, passphrase?: string) =>
  signedNotice(api, { m_payment_id: mayaReference, amount_gross: "200.00", ...fields }, passphrase);

/** The number of confirmation requests to PayFast while `work` ran. */
async function confirmationRequests(work: () => Promise<unknown>): Promise<number> {
  const validate = vi.spyOn(api.platform.payfast, "validate");
  try {
    await work();
    return validate.mock.calls.length;
  } finally {
    validate.mockRestore();
  }
}

describe("broken connections", () => {
  // This is the first test of the file, because the platform keeps only the last lines of the log.
  it("a callback whose connection breaks off is not logged as an internal error", async () => {
    const { hostname, port } = new URL(api.origin);
    const head =
      "POST /api/webhooks/payfast HTTP/1.1\r\nHost: chipin\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n";
    const callbackLines = async () =>
      (await api.platform.workerLog())
        .map((entry) => JSON.stringify(entry))
        .filter((line) => line.includes('event\\":\\"callback'));
    const earlier = (await callbackLines()).length;
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(head));
      // The Worker handles the request once it asks for the body.
      socket.once("data", () => socket.write("abc", () => socket.destroy()));
      socket.on("close", () => resolve()).on("error", reject);
    });
    const line = await eventually(async () => (await callbackLines())[earlier]);
    expect(line).not.toContain("internal_error");
  });
});

describe("callbacks with an invalid signature", () => {
  it.each<[string, () => string | Uint8Array]>([
    ["another passphrase", () => paid({}, "not ours")],
    ["no passphrase", () => paid({}, "")],
    ["no signature", () => paid().replace(/&signature=.*/, "")],
    ["an empty signature", () => paid().replace(/signature=.*/, "signature=")],
    ["two signatures", () => `${paid()}&signature=0`],
    ["a repeated amount", () => `${paid()}&amount_gross=200.00`],
    ["a repeated amount under an encoded name", () => `${paid()}&amount%5Fgross=200.00`],
    ["an unsigned field", () => `${paid()}&custom_str1=x`],
    ["reordered fields", () => paid().split("&").reverse().join("&")],
    ["an upper-case signature", () => paid().replace(/signature=(.*)/, (_, hex) => `signature=${hex.toUpperCase()}`)],
    ["a changed reference", () => paid().replace(mayaReference, liamReference)],
    ["a changed amount", () => paid({ amount_gross: "20.00" }).replace("20.00", "200.00")],
    ["a JSON body", () => JSON.stringify({ m_payment_id: mayaReference, payment_status: "COMPLETE" })],
    ["an empty body", () => ""],
    ["ampersands only", () => "&&&&"],
    ["64 zero bytes", () => new Uint8Array(64)],
    ["bytes that are not text", () => new Uint8Array([0xff, 0xfe, 0xc0, 0x80, 0x3d, 0xed, 0xa0, 0x80])],
    ["eight thousand fields", () => Array.from({ length: 8_000 }, (_, n) => `f${n}=`).join("&")],
    ["one field of 60 KB", () => `a=${"x".repeat(60_000)}`],
  ])("a callback with %s is refused, changes nothing and causes no request to PayFast", async (_what, body) => {
    const before = await boardStates(api, maya, liam);
    const requests = await confirmationRequests(async () => expect(await postCallback(api, body())).toBe(400));
    expect(requests).toBe(0);
    expect(await boardStates(api, maya, liam)).toEqual(before);
  });

  it("a signed callback with a wrong amount causes one confirmation request to PayFast", async () => {
    const wrongAmount = paid({ amount_gross: "100.00" });
    expect(await confirmationRequests(() => postCallback(api, wrongAmount))).toBe(1);
  });

  it("a genuine callback with changed bytes is refused", { timeout: 60_000 }, async () => {
    const good = Buffer.from(paid());
    const before = await boardStates(api, maya, liam);
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const changed = Buffer.from(good);
        for (const { at, byte } of changes) changed[at] = byte;
        // Another encoding of the same fields, such as `+` for `%20`, is still valid.
        fc.pre(meaning(changed) !== meaning(good));
        expect(await postCallback(api, changed)).toBe(400);
      }),
      { numRuns: 300 },
    );
    expect(await boardStates(api, maya, liam)).toEqual(before);
  });

  it("a callback made of pieces of a genuine one is refused", { timeout: 60_000 }, async () => {
    const good = paid();
    const before = await boardStates(api, maya, liam);
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
    expect(await boardStates(api, maya, liam)).toEqual(before);
  });
});

const meaning = (body: Buffer) => JSON.stringify([...new URLSearchParams(body.toString("latin1"))]);

describe("signed callbacks with unusual fields", () => {
  it.each<[string, number, () => string]>([
    [
      "this board's code and another board's payment",
      200,
      () => paid({ m_payment_id: mayaReference.slice(0, 10) + liamReference.slice(10) }),
    ],
    ["an unknown board's code", 200, () => paid({ m_payment_id: `0000000000${mayaReference.slice(10)}` })],
    ["its reference in upper case", 200, () => paid({ m_payment_id: mayaReference.toUpperCase() })],
    ["a zero byte after the reference", 200, () => paid({ m_payment_id: `${mayaReference}\0` })],
    ["SQL as its reference", 200, () => paid({ m_payment_id: "'; DROP TABLE contributions; --" })],
    ["__proto__ as its reference", 200, () => paid({ m_payment_id: "__proto__" })],
    ["no reference", 200, () => paid({ m_payment_id: "" })],
    ["another merchant's id", 200, () => paid({ merchant_id: "10000200" })],
    ["an exponent in the amount", 400, () => paid({ amount_gross: "2e2" })],
    ["an infinite amount", 400, () => paid({ amount_gross: "1e400" })],
    ["an amount of four hundred digits", 400, () => paid({ amount_gross: "9".repeat(400) })],
    ["a negative amount", 400, () => paid({ amount_gross: "-200.00" })],
    ["an amount of three decimals", 400, () => paid({ amount_gross: "200.001" })],
    ["an amount in full-width digits", 400, () => paid({ amount_gross: "２００.００" })],
    ["a space before the amount", 400, () => paid({ amount_gross: " 200.00" })],
    ["no amount", 400, () => paid({ amount_gross: "" })],
    ["a zero byte in the status", 400, () => paid({ payment_status: "COMPLETE\0" })],
    ["a status of 51 characters", 400, () => paid({ payment_status: "X".repeat(51) })],
    ["no status", 400, () => paid({ payment_status: "" })],
    ["a zero byte in the payment id", 400, () => paid({ pf_payment_id: "1\0" })],
    ["a payment id of 51 digits", 400, () => paid({ pf_payment_id: "1".repeat(51) })],
    ["no payment id", 400, () => paid({ pf_payment_id: "" })],
  ])("a signed callback with %s is answered %i and changes nothing", async (_what, status, body) => {
    const before = await boardStates(api, maya, liam);
    expect(await postCallback(api, body())).toBe(status);
    expect(await boardStates(api, maya, liam)).toEqual(before);
  });

  it.each<[string, () => WireBoard, () => string]>([
    ["half the amount", () => maya, () => paid({ amount_gross: "100.00", pf_payment_id: "1" })],
    ["one cent too much", () => maya, () => paid({ amount_gross: "200.01", pf_payment_id: "2" })],
    ["another payment's amount", () => liam, () => paid({ m_payment_id: liamReference, pf_payment_id: "3" })],
  ])("a signed callback with %s is answered 200, is recorded once and counts no money", async (_what, board, body) => {
    const [before] = await boardStates(api, board());
    for (let delivery = 0; delivery < 3; delivery += 1) expect(await postCallback(api, body())).toBe(200);
    const [after] = await boardStates(api, board());
    expect([after?.headSeq, after?.pot]).toEqual([(before?.headSeq ?? 0) + 1, before?.pot]);
  });

  it.each(["complete", "INCOMPLETE", "COMPLETED", "COMPLETE "])(
    "a signed callback with the status %j counts no money",
    async (status) => {
      await postCallback(api, paid({ payment_status: status }));
      expect((await boardStates(api, maya))[0]?.pot.counted).toBe(0);
    },
  );
});

describe("callback routes", () => {
  it.each(["ozow", "snapscan"])("the %s route refuses a callback that PayFast signed", async (provider) => {
    const before = await boardStates(api, maya, liam);
    expect(await postCallback(api, paid(), provider)).toBe(401);
    expect(await boardStates(api, maya, liam)).toEqual(before);
  });

  it.each(["paypal", "OZOW", "PAYFAST", "payfast%00", "__proto__", "constructor", "x".repeat(1_000)])(
    "a callback for the unknown provider %s is answered 404",
    async (provider) => expect(await postCallback(api, paid(), provider)).toBe(404),
  );

  it.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])(
    "a callback route answers 404 to the method %s",
    async (method) => {
      const before = await boardStates(api, maya, liam);
      const line = `${method} /api/webhooks/payfast?${paid()} HTTP/1.1`;
      const answer = await sendRaw(api, `${line}\r\nHost: chipin\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      expect(answer.status).toBe(404);
      expect(await boardStates(api, maya, liam)).toEqual(before);
    },
  );

  it("a chunked callback of more than 64 KB is answered 413", async () => {
    const part = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const head =
      "POST /api/webhooks/payfast HTTP/1.1\r\nHost: chipin\r\nConnection: close\r\nTransfer-Encoding: chunked";
    const answer = await sendRaw(api, `${head}\r\n\r\n${part.repeat(7)}0\r\n\r\n`);
    expect(answer.status).toBe(413);
  });

  it("30 concurrent copies of a callback complete one payment, and later reports do not undo it", async () => {
    const board = await api.createBoard();
    const { reference } = await api.contribute(board.slug, { amount: "250" });
    const fields = { m_payment_id: reference, amount_gross: "250.00" };
    const copies = Array.from({ length: 30 }, () => postCallback(api, signedNotice(api, fields)));
    expect(new Set(await Promise.all(copies))).toEqual(new Set([200]));
    const [once] = await boardStates(api, board);
    expect(once).toMatchObject({ headSeq: 3, pot: { counted: 24_250 } });

    for (const payment_status of ["CANCELLED", "FAILED", "PENDING"]) {
      expect(await postCallback(api, signedNotice(api, { ...fields, payment_status }))).toBe(200);
    }
    expect(await boardStates(api, board)).toEqual([once]);
  });
});
