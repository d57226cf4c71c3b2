import { describe, expect, it } from "vitest";
import { answerTo, ProviderError } from "#payments/provider";
import { snapscan } from "#payments/snapscan/provider";
import { everyRow } from "../support/every-row.ts";
import { neverEnding, patienceOf } from "../support/patience.ts";
import { API_KEY, collect, deps, failure, notice, openPayment, paymentObject, SETTINGS } from "./snapscan-callbacks.ts";

type Answer = () => Response | Promise<Response>;

const SECRET = /secret|Thandi|4711-key/;
const endless = (sent: { bytes: number }) =>
  new ReadableStream({
    pull(controller) {
      sent.bytes += 8_192;
      controller.enqueue(Buffer.alloc(8_192, "x"));
    },
  });

function provider(answer: Answer) {
  const { promise: asked, resolve } = Promise.withResolvers<Request>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    resolve(new Request(input, init));
    return answer();
  };
  return { ...snapscan(SETTINGS, deps(fetch)), asked };
}

const UNREADABLE: [string, Answer][] = [
  ["400", () => failure(400)],
  ["403", () => failure(403)],
  ["401", () => failure(401)],
  ["429", () => failure(429)],
  ["500", () => failure(500)],
  ["503", () => failure(503)],
  ["204", () => new Response(null, { status: 204 })],
  ["201 around the payment", () => Response.json(paymentObject(), { status: 201 })],
  ["a redirect", () => Response.redirect("https://pos.snapscan.io/secret")],
  ["nothing", () => new Response("")],
  ["HTML", () => new Response("<html>secret")],
  ["JSON cut off", () => new Response('{"id":4711,"userReference":"Thandi')],
  ["null", () => Response.json(null)],
  ["a message with 200", () => Response.json({ message: "secret" })],
  ["a broken connection", () => Promise.reject(new TypeError("fetch failed"))],
  [
    "a connection that breaks in the middle",
    () => new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) })),
  ],
];

it("a notice is answered 503 when SnapScan's API fails, with an alert when it refuses our key", async () => {
  await everyRow(
    [
      ...UNREADABLE,
      ["another payment", () => Response.json(paymentObject({ id: 4_712 }))],
      ["the payment in a list", () => Response.json([paymentObject()])],
      ["its id in quotes", () => Response.json(paymentObject({ id: "4711" }))],
      ["no status", () => Response.json(paymentObject({ status: null }))],
    ] satisfies [string, Answer][],
    async ([word, answer]) => {
      const refusesUs = word === "401" || word === "403";
      const verdict = await provider(answer).readCallback(notice(paymentObject()));

      expect(verdict).toEqual({
        reason: "provider_unavailable",
        detail: expect.stringMatching(/^SnapScan GET \/payments\/4711 /),
        ...(refusesUs && { refusesUs }),
      });
      if (!("reason" in verdict)) expect.fail();
      expect(answerTo(verdict, "snapscan")).toEqual({ status: 503, alert: refusesUs });
      expect(JSON.stringify(verdict)).not.toMatch(SECRET);
    },
  );
});

it("SnapScan's answer about one payment must be complete within ten seconds", async () => {
  const told = () => snapscan(SETTINGS, deps(neverEnding)).readCallback(notice(paymentObject()));

  const { seconds, came } = await patienceOf(told);

  expect(came).toMatchObject({ value: { reason: "provider_unavailable" } });
  expect(seconds).toBe(10);
});

it("SnapScan's answer about one payment is read no further than 64 KB", async () => {
  const sent = { bytes: 0 };

  const verdict = await provider(() => new Response(endless(sent))).readCallback(notice(paymentObject()));

  expect(verdict).toMatchObject({ reason: "provider_unavailable" });
  expect(sent.bytes).toBeLessThan(100_000);
});

it("a redirect of SnapScan's API is not followed", async () => {
  const { readCallback, asked } = provider(() => Response.json(paymentObject()));

  await readCallback(notice(paymentObject()));

  expect((await asked).redirect).toBe("manual");
});

describe("SnapScan's lists", () => {
  const days = { from: "2026-03-01", to: "2026-03-01" };
  const list = (answer: Answer) => collect(provider(answer).listPayments?.(days));
  const lookUp = (answer: Answer) => collect(provider(answer).lookUp?.([openPayment()]));

  const cases: [string, Answer][] = [
    ...UNREADABLE,
    ["404", () => failure(404)],
    ["one payment outside a list", () => Response.json(paymentObject())],
    ["a list in an object", () => Response.json({ payments: [paymentObject()] })],
    ["more than a page can hold", () => new Response(endless({ bytes: 0 }))],
  ];
  const troubles = new Map([
    ["401", "refuses_us"],
    ["403", "refuses_us"],
    ["429", "busy"],
  ]);

  it("SnapScan's listing fails as a whole when a page cannot be read, and the error quotes no data", async () => {
    await everyRow(cases, async ([name, answer]) => {
      const error = await list(answer).catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toHaveProperty("trouble", troubles.get(name) ?? "unavailable");
      expect(String(error)).not.toMatch(SECRET);
      expect(String(error instanceof Error ? error.cause : "")).not.toMatch(SECRET);
      expect(String(error)).not.toContain(API_KEY);
    });
  });

  it("SnapScan's look-up ends when SnapScan refuses us, and reports another failure as a problem", async () => {
    await everyRow(cases, async ([name, answer]) => {
      const said = await lookUp(answer).catch((thrown: unknown) => thrown);

      const trouble = troubles.get(name);
      if (trouble) expect(said).toMatchObject({ name: "ProviderError", trouble });
      else
        expect(said).toEqual([{ reference: openPayment().reference, problem: expect.stringMatching(/^SnapScan GET/) }]);
      expect(JSON.stringify(said)).not.toMatch(SECRET);
    });
  });

  it("the reading of an endless SnapScan list is given up", async () => {
    await everyRow(
      [
        ["the same page for ever", "answered the same page twice", samePage],
        ["another page for ever", "has more than 100 pages", endlessPages()],
      ],
      async ([_, what, answer]) => {
        await expect(list(answer)).rejects.toMatchObject({
          trouble: "unavailable",
          message: `SnapScan GET /payments ${what}`,
        });
      },
    );
  });

  it("an empty page ends a SnapScan list, whatever its headers say", async () => {
    expect(await list(() => Response.json([], { headers: { "x-total-pages": "1000000" } }))).toEqual([]);
  });
});

function samePage(): Response {
  return Response.json(Array.from({ length: 100 }, (_, index) => paymentObject({ id: index + 1 })));
}

function endlessPages(): Answer {
  let id = 0;
  return () => Response.json([paymentObject({ id: ++id })], { headers: { "x-next-page": "1000000" } });
}
