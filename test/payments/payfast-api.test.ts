import { describe, expect, it } from "vitest";
import { payfast } from "#payments/payfast/provider";
import type { PayfastSettings } from "#payments/payfast/settings";
import { ProviderError } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import { patienceOf, silent } from "../support/patience.ts";
import { failure } from "./payfast-far-side.ts";
import { deps, formEncode, md5, PASSPHRASE, type Pair, SETTINGS } from "./payfast-notices.ts";

const DAYS = { from: "2026-02-28", to: "2026-03-01" };
const EMPTY_HISTORY = "Date,Type,Sign,Currency,Gross,M Payment ID,PF Payment ID\n";

async function listWith(answer: () => Response | Promise<Response>, settings: Partial<PayfastSettings> = {}) {
  const requests: Request[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    requests.push(new Request(input, init));
    return answer();
  };
  const provider = payfast({ ...SETTINGS, ...settings }, deps(fetch));
  for await (const _ of provider.listPayments?.(DAYS) ?? expect.fail("no listing")) expect.fail("a payment");
  return requests;
}

it("a PayFast account without the API or without a passphrase offers no look-up, refund or listing", async () => {
  await everyRow(
    [
      ["is switched off", { apiEnabled: false }],
      ["has no passphrase to sign with", { passphrase: null, sandbox: true }],
      ["has a blank passphrase", { passphrase: " ", sandbox: true }],
    ],
    ([_, settings]) => {
      const provider = payfast({ ...SETTINGS, ...settings }, deps(fetch));

      expect(provider).toMatchObject({ lookUp: null, refund: null, listPayments: null });
    },
  );
});

describe("calls of PayFast's API", () => {
  const headers: Pair[] = [
    ["limit", "1000"],
    ["merchant-id", "10000100"],
    ["offset", "0"],
    ["passphrase", PASSPHRASE],
    ["timestamp", "2026-03-01T12:00:00+02:00"],
    ["to", "2026-03-01"],
    ["version", "v1"],
  ];
  const signature = md5(formEncode([["from", "2026-02-28"], ...headers]));

  it("a PayFast API call names the merchant and the South African time, and everything is signed", async () => {
    const [request, ...others] = await listWith(() => new Response(EMPTY_HISTORY));

    expect(others).toEqual([]);
    expect(request?.url).toBe(
      "https://api.payfast.co.za/transactions/history?from=2026-02-28&to=2026-03-01&offset=0&limit=1000",
    );
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      "merchant-id": "10000100",
      version: "v1",
      timestamp: "2026-03-01T12:00:00+02:00",
      signature,
    });
  });

  it("a PayFast API call in the sandbox is marked as a test, and the mark is not signed", async () => {
    const [request] = await listWith(() => new Response(EMPTY_HISTORY), { sandbox: true });

    expect(new URL(request?.url ?? "").searchParams.get("testing")).toBe("true");
    expect(request?.headers.get("signature")).toBe(signature);
  });

  it("a PayFast API call is signed with the trimmed passphrase and sent to the configured address", async () => {
    const elsewhere = { apiBaseUrl: "http://127.0.0.1:9000/payfast-api", passphrase: ` ${PASSPHRASE} ` };
    const [request] = await listWith(() => new Response(EMPTY_HISTORY), elsewhere);

    expect(request?.url).toMatch(/^http:\/\/127\.0\.0\.1:9000\/payfast-api\/transactions\/history\?from=/);
    expect(request?.headers.get("signature")).toBe(signature);
  });
});

describe("errors of PayFast's API", () => {
  const wrapped = (body: unknown) => () => Response.json(body);

  it("every error of PayFast's API is classified, also inside a 200, and its text is not quoted", async () => {
    await everyRow<[what: string, trouble: ProviderError["trouble"], answer: () => Response]>(
      [
        ["401", "refuses_us", () => failure(401)],
        ["403", "refuses_us", () => failure(403)],
        ["429", "busy", () => failure(429)],
        ["500", "unavailable", () => failure(500)],
        ["503 without a body", "unavailable", () => new Response(null, { status: 503 })],
        [
          "a redirect",
          "unavailable",
          () => new Response(null, { status: 302, headers: { location: "https://x.test" } }),
        ],
        ["400, which no other history would mend", "unavailable", () => failure(400)],
        ["404", "unavailable", () => failure(404)],
        ["401 inside a 200", "refuses_us", () => failure(401, 200)],
        ["429 inside a 200", "busy", () => failure(429, 200)],
        ["500 inside a 200", "unavailable", () => failure(500, 200)],
        ["a code as text", "busy", wrapped({ code: "429", status: "failed", data: { response: false } })],
        ["failed, without a code", "unavailable", wrapped({ status: "failed" })],
        ["success that denies", "unavailable", wrapped({ code: 200, status: "success", data: { response: false } })],
        ["an error's number", "unavailable", wrapped({ code: 400, status: "failed", data: { response: 4 } })],
        ["JSON without a history", "unavailable", wrapped({ code: 200, status: "success", data: {} })],
        ["broken JSON", "unavailable", () => new Response('{"code":200,"data":{"resp')],
        ["a page", "unavailable", () => new Response("<html><body>Maintenance</body></html>")],
        ["a sentence", "unavailable", () => new Response("Merchant authorisation failed")],
        [
          "a connection that breaks in the middle",
          "unavailable",
          () => new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) })),
        ],
      ],
      async ([_, trouble, answer]) => {
        const error = await listWith(answer).catch((thrown: unknown) => thrown);

        expect(error).toBeInstanceOf(ProviderError);
        expect(error).toMatchObject({ trouble });
        expect(String(error)).toMatch(/PayFast GET \/transactions\/history (answered|did not answer)/);
        expect(String(error)).not.toMatch(/Maintenance|authorisation/);
      },
    );
  });

  it("a PayFast API call without an answer within ten seconds is unavailable", async () => {
    const listing = payfast(SETTINGS, deps(silent)).listPayments?.(DAYS)[Symbol.asyncIterator]();

    const { seconds, came } = await patienceOf(async () => await listing?.next());

    expect(came).toMatchObject({ reason: { trouble: "unavailable", cause: { name: "TimeoutError" } } });
    expect(seconds).toBe(10);
  });

  it("an endless answer of PayFast's API is not read to the end", async () => {
    let sentMegabytes = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sentMegabytes += 1;
        controller.enqueue(Buffer.alloc(1024 * 1024, "x"));
      },
    });

    await expect(listWith(() => new Response(endless))).rejects.toMatchObject({ trouble: "unavailable" });
    expect(sentMegabytes).toBeLessThan(12);
  });
});
