import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOW, sign as svixSignature } from "../../payments/ozow-callbacks.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { bytes, PROVIDERS, type ProviderCallbacks, textOf } from "../callbacks/provider-callbacks.ts";
import { OZOW_SECRET } from "../far-sides.ts";
import { LONG, openPayments } from "./open-payments.ts";

const [, ozow, snapscan] = PROVIDERS as [ProviderCallbacks, ProviderCallbacks, ProviderCallbacks];

describe("unusual callback headers", () => {
  /** Any bytes that a header can contain: all but line breaks and zero. */
  const headerValue = fc
    .oneof(
      fc.string({ maxLength: 120, unit: "binary-ascii" }),
      fc.uint8Array({ maxLength: 60 }).map((raw) => Buffer.from(raw).toString("latin1")),
    )
    .map((text) => text.replace(/[\0\r\n]/g, ""));
  /** Invalid timestamps. The last four use Arabic, full-width and superscript digits as UTF-8 bytes. */
  const ODD_TIMES = [
    "",
    " ",
    "0",
    "-1",
    "+1772359188",
    "1772359188.0",
    "1.772359188e9",
    "0x69A41194",
    "1_772_359_188",
    "NaN",
    "Infinity",
    "null",
    "1772359188 1772359188",
    "1772359188,1772359188",
    "2026-03-01T09:59:48Z",
    ...["١٧٧٢٣٥٩١٨٨", "１７７２３５９１８８", "¹⁷⁷²³⁵⁹¹⁸⁸", "177235918٨"].map((text) =>
      Buffer.from(text).toString("latin1"),
    ),
  ];

  it("an Ozow callback with random headers and without the genuine signature headers is refused", LONG, async () => {
    const { genuine, expectRefused } = openPayments(ozow);
    const names = [
      "svix-id",
      "svix-timestamp",
      "svix-signature",
      "webhook-id",
      "webhook-timestamp",
      "webhook-signature",
    ];
    const some = fc.dictionary(fc.constantFrom(...names), headerValue, { maxKeys: 6 });
    const kept = fc.subarray(["svix-id", "svix-timestamp", "svix-signature"]);
    await fc.assert(
      fc.asyncProperty(some, kept, async (odd, keep) => {
        const own = Object.fromEntries(keep.map((name) => [name, genuine.headers[name] ?? ""]));
        const headers = { ...own, ...odd };
        fc.pre(
          !["svix-id", "svix-timestamp", "svix-signature"].every(
            (name) => (headers[name] ?? "").trim() === genuine.headers[name],
          ),
        );
        await expectRefused({ body: genuine.body, headers });
      }),
      { numRuns: fuzzRuns(500) },
    );
  });

  it("a SnapScan callback with any other Authorization header is refused", LONG, async () => {
    const { genuine, expectRefused } = openPayments(snapscan);
    const right = genuine.headers.Authorization ?? "";
    const hex = right.slice(-64);
    const forms = [
      "",
      "SnapScan",
      "SnapScan signature=",
      `signature=${hex}`,
      hex,
      `Bearer ${hex}`,
      `Basic ${btoa(hex)}`,
      `SnapScan signature="${hex}"`,
      `SnapScan signature=${hex.toUpperCase()}`,
      `SnapScan signature=${hex},`,
      `SnapScan signature=${hex}00`,
      `SnapScan signature=${hex.slice(1)}`,
      `SnapScan signature=0x${hex}`,
      `SnapScan signature=${"0".repeat(64)}, ${right}`,
      `${right}, ${right}`,
      `${right} ${right}`,
      `SnapScan Signature=${hex}`,
      `SnapScan signature= ${hex}`,
      `SnapScan\tsignature=${hex}`,
    ];
    const value = fc.oneof(
      headerValue,
      fc.constantFrom(...forms),
      fc
        .string({ minLength: 64, maxLength: 64, unit: fc.constantFrom(..."0123456789abcdef") })
        .map((it) => `SnapScan signature=${it}`),
    );
    await fc.assert(
      fc.asyncProperty(value, async (Authorization) => {
        fc.pre(Authorization.trim() !== right);
        await expectRefused({ body: genuine.body, headers: { Authorization } });
      }),
      { numRuns: fuzzRuns(500) },
    );
  });

  it.each(ODD_TIMES)(
    "an Ozow callback with the timestamp %j is refused, also when that timestamp is signed",
    async (time) => {
      const { genuine, expectRefused } = openPayments(ozow);
      for (const signed of [time, time.trim()]) {
        const signature = svixSignature(OZOW_SECRET, "msg_1", signed, genuine.body);
        await expectRefused({
          body: genuine.body,
          headers: { "svix-id": "msg_1", "svix-timestamp": time, "svix-signature": signature },
        });
      }
    },
  );

  it("a signed Ozow callback with a timestamp more than five minutes off is refused", LONG, async () => {
    const { genuine, expectRefused } = openPayments(ozow);
    const now = Math.floor(NOW.getTime() / 1_000);
    const seconds = fc.oneof(
      fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
      fc.integer({ min: now - 10_000, max: now + 10_000 }).map(String),
    );
    await fc.assert(
      fc.asyncProperty(seconds, async (timestamp) => {
        fc.pre(Math.abs(Number(timestamp) - now) > 300);
        const signature = svixSignature(OZOW_SECRET, "msg_1", timestamp, genuine.body);
        const headers = { "svix-id": "msg_1", "svix-timestamp": timestamp, "svix-signature": signature };
        await expectRefused({ body: genuine.body, headers });
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("an Ozow callback with several signatures is accepted only if one is valid and complete", LONG, async () => {
    const right = (it: ReturnType<typeof openPayments>) => it.genuine.headers["svix-signature"] ?? "";
    const others = fc.array(
      fc.oneof(
        fc.base64String({ maxLength: 60 }).map((text) => `v1,${text}`),
        fc.constantFrom("v1,", "v2,", "", ",", "v1", "v1a,AAAA", "undefined"),
      ),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(others, fc.nat(8), fc.boolean(), async (wrong, at, isWhole) => {
        const it = openPayments(ozow);
        const signature = isWhole ? right(it) : right(it).slice(0, -1);
        const headers = { ...it.genuine.headers, "svix-signature": wrong.toSpliced(at, 0, signature).join(" ") };
        if (!isWhole) return await it.expectRefused({ ...it.genuine, headers });
        expect((await it.postCallback("ozow", { ...it.genuine, headers })).status).toBe(200);
        expect(it.isPaid()).toBe(true);
      }),
      { numRuns: fuzzRuns(50) },
    );
  });

  it("an Ozow signature is not valid for another split of id, timestamp and body", async () => {
    const { genuine, expectRefused } = openPayments(ozow);
    const { "svix-id": id = "", "svix-timestamp": time = "", "svix-signature": signature = "" } = genuine.headers;
    const text = textOf(genuine);
    for (const [otherId, otherTime, body] of [
      [`${id}.${time}`, text.slice(0, 1), text.slice(2)],
      [`${id}.${time}`, "", text],
      ["", id, `${time}.${text}`],
      [id, time, `.${text}`],
      [id.slice(0, 3), `${id.slice(3)}.${time}`, text],
    ] as const) {
      const headers = { "svix-id": otherId, "svix-timestamp": otherTime, "svix-signature": signature };
      await expectRefused({ body: bytes(Buffer.from(body, "latin1")), headers });
    }
  });
});
