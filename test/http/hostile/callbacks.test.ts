import { connect } from "node:net";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { boardStates, postCallback, sendRaw, signedNotice } from "./support.ts";

/**
 * Callbacks on the whole platform: real sockets, real objects and the confirmation at PayFast. The rules of each field and
 * signature are tested in `callback-fuzz*.test.ts` and in test/http/callbacks.
 */
let api: Api;
let board: WireBoard;
let reference: string;
beforeAll(async () => {
  api = await startApi();
  board = await api.createBoard();
  reference = (await api.contribute(board.slug, { amount: "200" })).reference;
});

const paid = (fields: Record<string, string> = {}, passphrase?: string) =>
  signedNotice(api, { m_payment_id: reference, amount_gross: "200.00", ...fields }, passphrase);

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
    ["bytes that are not text", () => new Uint8Array([0xff, 0xfe, 0xc0, 0x80, 0x3d, 0xed, 0xa0, 0x80])],
    ["one field of 60 KB", () => `a=${"x".repeat(60_000)}`],
  ])("a callback with %s is refused, changes nothing and causes no request to PayFast", async (_what, body) => {
    const before = await boardStates(api, board);
    const requests = await confirmationRequests(async () => expect(await postCallback(api, body())).toBe(400));
    expect(requests).toBe(0);
    expect(await boardStates(api, board)).toEqual(before);
  });

  it("a signed callback with a wrong amount causes one confirmation request to PayFast", async () => {
    const wrongAmount = paid({ amount_gross: "100.00" });
    expect(await confirmationRequests(() => postCallback(api, wrongAmount))).toBe(1);
  });
});

describe("signed callbacks with an unusual status", () => {
  it.each(["complete", "INCOMPLETE", "COMPLETED", "COMPLETE "])(
    "a signed callback with the status %j counts no money",
    async (status) => {
      expect(await postCallback(api, paid({ payment_status: status }))).toBe(200);
      expect((await boardStates(api, board))[0]?.pot.counted).toBe(0);
    },
  );
});

describe("callback routes", () => {
  it.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])(
    "a callback route answers 404 to the method %s",
    async (method) => {
      const before = await boardStates(api, board);
      const line = `${method} /api/webhooks/payfast?${paid()} HTTP/1.1`;
      const answer = await sendRaw(api, `${line}\r\nHost: chipin\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      expect(answer.status).toBe(404);
      expect(await boardStates(api, board)).toEqual(before);
    },
  );

  it("a chunked callback of more than 64 KB is answered 413", async () => {
    const part = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const head =
      "POST /api/webhooks/payfast HTTP/1.1\r\nHost: chipin\r\nConnection: close\r\nTransfer-Encoding: chunked";
    const answer = await sendRaw(api, `${head}\r\n\r\n${part.repeat(7)}0\r\n\r\n`);
    expect(answer.status).toBe(413);
  });

  it("30 concurrent copies of a callback complete one payment", async () => {
    const funded = await api.createBoard();
    const contribution = await api.contribute(funded.slug, { amount: "250" });
    const genuine = paid({ m_payment_id: contribution.reference, amount_gross: "250.00" });
    const copies = Array.from({ length: 30 }, () => postCallback(api, genuine));
    expect(new Set(await Promise.all(copies))).toEqual(new Set([200]));
    expect(await boardStates(api, funded)).toMatchObject([{ headSeq: 3, pot: { counted: 24_250 } }]);
  });
});
