import { expect, it } from "vitest";
import { payfast } from "#payments/payfast/provider";
import type { PayfastSettings } from "#payments/payfast/settings";
import { answerTo } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import { patienceOf, silent } from "../support/patience.ts";
import {
  callback,
  deps,
  formEncode,
  INVALID,
  notice,
  noticePairs,
  SETTINGS,
  VALID,
  type ValidateAnswer,
  validatePage,
} from "./payfast-notices.ts";

async function confirm(answers: readonly ValidateAnswer[], settings: Partial<PayfastSettings> = {}) {
  const page = validatePage(...answers);
  const verdict = await payfast({ ...SETTINGS, ...settings }, page).readCallback(callback(notice()));
  return { verdict, bodies: await Promise.all(page.requests.map((request) => request.text())), ...page };
}

const unsigned = formEncode(noticePairs());
const redirect = () => new Response(null, { status: 302, headers: { location: "https://www.payfast.co.za/login" } });

it("a PayFast notification is posted back as received, without its signature, to the validate page", async () => {
  const { requests, bodies } = await confirm([VALID]);

  expect(requests[0]).toMatchObject({ method: "POST", url: "https://www.payfast.co.za/eng/query/validate" });
  expect(requests[0]).toMatchObject({ redirect: "manual" });
  expect(requests[0]?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
  expect(bodies).toEqual([unsigned]);
});

it("the validate page is that of the configured environment", async () => {
  await everyRow(
    [
      [{ sandbox: true }, "https://sandbox.payfast.co.za/eng/query/validate"],
      [{ sandbox: true, baseUrl: "http://127.0.0.1:9000/payfast" }, "http://127.0.0.1:9000/payfast/eng/query/validate"],
    ],
    async ([settings, url]) => {
      expect((await confirm([VALID], settings)).requests[0]?.url).toBe(url);
    },
  );
});

it("an answer whose first line is VALID confirms a PayFast notification", async () => {
  await everyRow(
    [
      ["VALID", "bare"],
      [" VALID\r\n", "padded"],
      ["VALID\nm_payment_id=1", "followed by more lines"],
      [`VALID\n${"x".repeat(100_000)}`, "followed by very much"],
    ],
    async ([text]) => {
      expect((await confirm([() => new Response(text)])).verdict).toHaveProperty("report");
    },
  );
});

it("a VALID that arrives in pieces confirms a PayFast notification", async () => {
  const pieces = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const piece of ["VA", "LI", "D\n"]) controller.enqueue(Buffer.from(piece));
          controller.close();
        },
      }),
    );

  expect((await confirm([pieces])).verdict).toHaveProperty("report");
});

it("each mode of PAYFAST_VALIDATE_BODY posts its bodies, and INVALID for all of them is a refusal", async () => {
  await everyRow(
    [
      ["without", [VALID], [unsigned], "report"],
      ["without", [INVALID], [unsigned], "reason"],
      ["with", [VALID], [notice()], "report"],
      ["with", [INVALID], [notice()], "reason"],
      ["auto", [VALID], [unsigned], "report"],
      ["auto", [INVALID, VALID], [unsigned, notice()], "report"],
      ["auto", [INVALID, INVALID], [unsigned, notice()], "reason"],
    ] as const,
    async ([validateBody, answers, expected, outcome]) => {
      const { verdict, bodies } = await confirm([...answers], { validateBody });

      expect(bodies).toEqual(expected);
      expect(verdict).toHaveProperty(outcome);
      if (outcome === "reason") expect(verdict).toEqual({ reason: "not_confirmed" });
    },
  );
});

it("any other answer of the validate page is answered 503, so that PayFast sends the notification again", async () => {
  await everyRow(
    [
      ["500", [() => new Response("VALID", { status: 500 })]],
      ["503 behind a denial", [INVALID, () => new Response("", { status: 503 })]],
      ["404", [() => new Response("VALID", { status: 404 })]],
      ["201", [() => new Response("VALID", { status: 201 })]],
      ["a redirect", [redirect]],
      ["an HTML page", [() => new Response("<html><body>VALID</body></html>")]],
      ["nothing", [() => new Response("")]],
      ["no body", [() => new Response(null)]],
      ["lower case", [() => new Response("valid")]],
      ["more on the same line", [() => new Response("VALID or not")]],
      ["VALID on the second line", [() => new Response("Sorry\nVALID")]],
      ["a broken connection", [() => Promise.reject(new TypeError("fetch failed"))]],
      [
        "a connection that breaks in the middle",
        [() => new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) }))],
      ],
    ] satisfies [string, ValidateAnswer[]][],
    async ([_, answers]) => {
      const { verdict } = await confirm(answers);

      expect(verdict).toEqual({ reason: "provider_unavailable", detail: expect.stringMatching(/^validate /) });
      if (!("reason" in verdict)) expect.fail();
      expect(answerTo(verdict, "payfast")).toEqual({ status: 503, alert: false });
    },
  );
});

it("both posts to the validate page share one deadline of ten seconds", async () => {
  let asked = 0;
  const fetch: typeof globalThis.fetch = async (url, init) => {
    asked += 1;
    if (asked > 1) return await silent(url, init);
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    return INVALID();
  };

  const { seconds, came } = await patienceOf(() => payfast(SETTINGS, deps(fetch)).readCallback(callback(notice())));

  const detail = expect.stringContaining("TimeoutError");
  expect(came).toMatchObject({ value: { reason: "provider_unavailable", detail } });
  expect({ asked, seconds }).toEqual({ asked: 2, seconds: 10 });
});

it("an endless answer of the validate page is read no further than needed", async () => {
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(Buffer.alloc(512, "x"));
    },
  });

  expect((await confirm([() => new Response(endless)])).verdict).toMatchObject({ reason: "provider_unavailable" });
  expect(sent).toBeLessThan(10);
});
