import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OTHER_SECRET } from "../../payments/ozow-callbacks.ts";
import { MERCHANT_ID, PASSPHRASE } from "../../payments/payfast-notices.ts";
import { WEBHOOK_AUTH_KEY } from "../../payments/snapscan-callbacks.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { bytes, PROVIDERS, type ProviderCallbacks, textOf } from "../callbacks/provider-callbacks.ts";
import { OZOW_SECRET, SECRETS } from "../far-sides.ts";
import { AMOUNT, LONG, meaningOf, openPayments } from "./open-payments.ts";

/**
 * Callbacks with an invalid signature reach no board and cause no request to a provider. Signed callbacks are tested in
 * `callback-fuzz-signed.test.ts`. (payment-providers 0)
 */

type Change = (body: Buffer) => Buffer;
const place = fc.double({ min: 0, max: 1, noNaN: true });
const within = (body: Buffer, at: number) => Math.min(body.length, Math.floor(at * (body.length + 1)));
const splice = (body: Buffer, at: number, drop: number, put: Uint8Array) => {
  const from = within(body, at);
  return Buffer.concat([body.subarray(0, from), put, body.subarray(from + drop)]);
};

/** One random change of a body. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ at: place, bit: fc.nat(7) }).map(
    ({ at, bit }): Change =>
      (body) => {
        const changed = Buffer.from(body);
        const index = Math.min(within(body, at), body.length - 1);
        if (index >= 0) changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        return changed;
      },
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
    ([at, put]): Change =>
      (body) =>
        splice(body, at, 0, put),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(
    ([at, drop]): Change =>
      (body) =>
        splice(body, at, drop, new Uint8Array()),
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 3 })).map(
    ([at, put]): Change =>
      (body) =>
        splice(body, at, put.length, put),
  ),
  place.map(
    (at): Change =>
      (body) =>
        body.subarray(0, within(body, at)),
  ),
  place.map(
    (at): Change =>
      (body) =>
        body.subarray(within(body, at)),
  ),
  fc
    .constantFrom("&", "=", "%", "+", "%00", "&a=b", "&payload=%7B%7D", "\0", "\r\n", "&amount_gross=1.00", "\uFEFF")
    .chain((text) =>
      place.map(
        (at): Change =>
          (body) =>
            splice(body, at, 0, Buffer.from(text)),
      ),
    ),
);

const WHOLE: readonly [how: string, change: Change][] = [
  ["an empty body", () => Buffer.alloc(0)],
  ["UTF-16 little endian", (body) => Buffer.from(body.toString("latin1"), "utf16le")],
  ["UTF-16 with a byte order mark", (body) => Buffer.from(`\uFEFF${body.toString("latin1")}`, "utf16le")],
  ["UTF-16 big endian", (body) => Buffer.from(body.toString("latin1"), "utf16le").swap16()],
  ["UTF-8 with a byte order mark", (body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])],
  ["UTF-8 after an added letter", (body) => Buffer.from(`é${body.toString("latin1")}`, "utf8")],
  ["gzip", (body) => gzipSync(body)],
  ["base64", (body) => Buffer.from(body.toString("base64"))],
  ["text that is URL-encoded again", (body) => Buffer.from(encodeURIComponent(body.toString("latin1")))],
  [
    "text with every byte percent-encoded",
    (body) => Buffer.from([...body].map((byte) => `%${byte.toString(16)}`).join("")),
  ],
  ["upper-case text", (body) => Buffer.from(body.toString("latin1").toUpperCase())],
  ["text with a trailing line break", (body) => Buffer.concat([body, Buffer.from("\r\n")])],
  ["two copies in one body", (body) => Buffer.concat([body, Buffer.from("&"), body])],
  ["reversed bytes", (body) => Buffer.from(body).reverse()],
  ["text with broken percent-encoding", (body) => Buffer.concat([body, Buffer.from("&x=%&y=%zz&z=%u0041&w=%C3%28")])],
  ["bytes that are not text", () => Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5])],
  ["64 zero bytes", () => Buffer.alloc(64)],
  ["64 KB of one letter", () => Buffer.alloc(64 * 1024, 0x61)],
  ["eight thousand fields", () => Buffer.from(Array.from({ length: 8_000 }, (_, n) => `f${n}=`).join("&"))],
  ["deeply nested JSON", () => Buffer.from("[".repeat(30_000) + "]".repeat(30_000))],
  [
    "fields with the names of object properties",
    () => Buffer.from("__proto__=1&constructor=2&toString=3&signature=__proto__"),
  ],
];

describe.each(PROVIDERS)("$name callbacks with an invalid signature", (provider) => {
  it("a genuine callback with changed bytes is refused", LONG, async () => {
    const { genuine, expectRefused, postCallback, isPaid } = openPayments(provider);
    const meant = meaningOf(provider, genuine);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const body = bytes(changes.reduce((changed, apply) => apply(changed), Buffer.from(genuine.body)));
        const sent = { ...genuine, body };
        fc.pre(meaningOf(provider, sent) !== meant);
        await expectRefused(sent);
      }),
      { numRuns: fuzzRuns(600) },
    );
    // The unchanged callback is accepted, so the changes caused the refusals.
    expect((await postCallback(provider.name, genuine)).status).toBe(provider.acceptedStatus);
    expect(isPaid()).toBe(true);
  });

  it.each(WHOLE)("a callback sent as %s is refused", async (_, apply) => {
    const { genuine, expectRefused } = openPayments(provider);
    await expectRefused({ ...genuine, body: bytes(apply(Buffer.from(genuine.body))) });
  });

  it("a callback made of pieces of a genuine one is refused", LONG, async () => {
    const { genuine, expectRefused } = openPayments(provider);
    const meant = meaningOf(provider, genuine);
    const parts = textOf(genuine).split(/(?=[&{},])|(?<=[&{},])/);
    const glued = fc.array(fc.constantFrom(...parts, "", "=", "%", "signature=", "payload=", "__proto__=1"), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(glued, async (pieces) => {
        const sent = { ...genuine, body: bytes(Buffer.from(pieces.join(""), "latin1")) };
        fc.pre(meaningOf(provider, sent) !== meant);
        await expectRefused(sent);
      }),
      { numRuns: fuzzRuns(250) },
    );
  });

  it("a genuine callback with a repeated field is refused", LONG, async () => {
    const { genuine, expectRefused } = openPayments(provider);
    const pairs = textOf(genuine).split("&");
    const values = fc.oneof(fc.constant(null), fc.constantFrom("", "0", "1.00", "COMPLETE", "%00", MERCHANT_ID));
    const doubled = fc.record({ which: fc.nat(pairs.length - 1), value: values, at: fc.nat(pairs.length) });
    await fc.assert(
      fc.asyncProperty(doubled, async ({ which, value, at }) => {
        const pair = pairs[which] ?? "";
        const again = value === null ? pair : `${pair.split("=")[0]}=${value}`;
        await expectRefused({
          ...genuine,
          body: bytes(Buffer.from(pairs.toSpliced(at, 0, again).join("&"), "latin1")),
        });
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("a callback signed with another secret is refused", LONG, async () => {
    const { genuine, expectRefused } = openPayments(provider);
    const unsigned = provider.name === "payfast" ? textOf(genuine).replace(/&signature=.*/, "") : genuine.body;
    const known = ["", " ", "undefined", "null", OTHER_SECRET, "passphrase", MERCHANT_ID, ...SECRETS];
    const secret = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom(...known),
      fc.base64String({ maxLength: 64 }),
    );
    await fc.assert(
      fc.asyncProperty(secret, async (other) => {
        fc.pre(!isConfiguredKey(provider, other));
        await expectRefused(provider.sign(unsigned, other));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("a genuine callback with the signature of another callback is refused", async () => {
    const { far, otherReference, genuine, expectRefused } = openPayments(provider);
    const theirs = provider.report(far, { reference: otherReference, amount: AMOUNT });
    const signature = /&signature=.*/.exec(textOf(theirs))?.[0] ?? "";
    const swapped = textOf(genuine).replace(/&signature=.*/, signature);

    await expectRefused({ body: bytes(Buffer.from(swapped, "latin1")), headers: theirs.headers });
  });

  it("a genuine callback changed to another payment is refused", async () => {
    const { reference, otherReference, genuine, expectRefused } = openPayments(provider);
    const text = textOf(genuine);
    const changed = [
      text.replaceAll(reference, otherReference),
      text.replaceAll(reference, `${reference.slice(0, 10)}${otherReference.slice(10)}`),
    ];
    if (provider.name === "ozow")
      changed.splice(0, 2, text.replace(/"id":"[^"]+"/, '"id":"00000000-0000-4000-8000-000000000000"'));
    for (const body of changed) {
      expect(body).not.toBe(text);
      await expectRefused({ ...genuine, body: bytes(Buffer.from(body, "latin1")) });
    }
  });

  it("a callback sent to another provider's route is refused", async () => {
    for (const otherProvider of PROVIDERS.filter(({ name }) => name !== provider.name)) {
      const { far, reference, expectRefused, effects } = openPayments(otherProvider);
      const before = effects();
      await expectRefused(provider.report(far, { reference, amount: AMOUNT }));
      expect(effects()).toEqual(before);
    }
  });

  it("a callback above 64 KB is answered 413 with or without Content-Length, and one of 64 KB is not", async () => {
    const { genuine, expectNoPayment, expectRefused, effects } = openPayments(provider);
    const before = effects();
    const large = bytes(Buffer.alloc(64 * 1024 + 1, 0x61));
    const { headers } = genuine;

    const declared = await expectNoPayment({
      body: large,
      headers: { ...headers, "Content-Length": String(large.length) },
    });
    const streamed = await expectNoPayment({ body: large, headers }, {
      body: new Blob([large]).stream(),
      duplex: "half",
    } as RequestInit);
    for (const { status, line } of [declared, streamed]) {
      expect(line).toMatchObject({ status: 413, provider: provider.name, outcome: "payload_too_large" });
      expect(status).toBe(413);
    }
    expect(effects()).toEqual(before);
    await expectRefused({ body: large.slice(1), headers });
  });

  it.each([
    { how: "with a Content-Length", length: { "Content-Length": "1000" } },
    { how: "without a Content-Length", length: {} },
  ])("a callback that breaks off, $how, is answered 400 without an alert", async ({ length }) => {
    const { genuine, expectNoPayment, effects, site } = openPayments(provider);
    const before = effects();
    const cut = new ReadableStream({
      pull(controller) {
        controller.enqueue(genuine.body.slice(0, 40));
        controller.error(new Error("connection reset"));
      },
    });
    const headers = { ...genuine.headers, ...length };

    const { status, line } = await expectNoPayment(genuine, { headers, body: cut, duplex: "half" } as RequestInit);

    expect([status, line.outcome]).toEqual([400, "body_not_received"]);
    expect(effects()).toEqual(before);
    expect(site.logged.filter(({ alert }) => alert)).toEqual([]);
  });
});

/** Whether `text` as this provider's secret gives the configured key. */
function isConfiguredKey({ name }: ProviderCallbacks, text: string): boolean {
  const keyOf = (secret: string) => Buffer.from(secret.replace("whsec_", ""), "base64");
  if (name === "ozow") return keyOf(text).equals(keyOf(OZOW_SECRET));
  return name === "payfast" ? text.trim() === PASSPHRASE : text === WEBHOOK_AUTH_KEY;
}

describe("log of callbacks", () => {
  it("the log never contains text from a callback, its headers or its path", LONG, async () => {
    const canary = fc.string({ minLength: 12, maxLength: 20, unit: fc.constantFrom(..."ghijkmnopqrstuvwxyz") });
    await fc.assert(
      fc.asyncProperty(canary, fc.constantFrom(...PROVIDERS), async (word, provider) => {
        const { site, postCallback } = openPayments(provider);
        const wrong = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        const unsigned = [`${word}=1`, `a=${word}&a=${word}`, `payload={"id":"${word}"}`, `{"type":"${word}"}`, word];
        for (const body of unsigned) {
          await postCallback(provider.name, {
            body: bytes(body),
            headers: { Authorization: word, "svix-signature": `v1,${word}` },
          });
          await postCallback(provider.name, provider.sign(body.replaceAll("a=", "b="), wrong));
        }
        await site.request(`/api/webhooks/${word}`, { method: "POST", body: word });
        expect(JSON.stringify(site.logged)).not.toContain(word);
      }),
      { numRuns: fuzzRuns(25) },
    );
  });
});
