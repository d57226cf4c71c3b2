import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OTHER_SECRET } from "../../payments/ozow-callbacks.ts";
import { MERCHANT_ID, PASSPHRASE } from "../../payments/payfast-notices.ts";
import { hmac, WEBHOOK_AUTH_KEY } from "../../payments/snapscan-callbacks.ts";
import { bytes, DOORS, type Door, textOf } from "../callbacks/doors.ts";
import { OZOW_SECRET, SECRETS } from "../far-sides.ts";
import { AMOUNT, besieged, LONG, meaningOf } from "./besieged.ts";

/**
 * Every callback door against whatever a stranger may send: what nobody signed reaches no board and makes us ask nobody.
 * What providers did sign is in `callback-fuzz-signed.test.ts`. (payment-providers 0)
 */

type Change = (body: Buffer) => Buffer;
const place = fc.double({ min: 0, max: 1, noNaN: true });
const within = (body: Buffer, at: number) => Math.min(body.length, Math.floor(at * (body.length + 1)));
const splice = (body: Buffer, at: number, drop: number, put: Uint8Array) => {
  const from = within(body, at);
  return Buffer.concat([body.subarray(0, from), put, body.subarray(from + drop)]);
};

/** One thing that may happen to a body on its way. */
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
  ["nothing at all", () => Buffer.alloc(0)],
  ["UTF-16, little end first", (body) => Buffer.from(body.toString("latin1"), "utf16le")],
  ["UTF-16 with its mark", (body) => Buffer.from(`\uFEFF${body.toString("latin1")}`, "utf16le")],
  ["UTF-16, big end first", (body) => Buffer.from(body.toString("latin1"), "utf16le").swap16()],
  ["a byte order mark before it", (body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])],
  ["Latin-1 taken for UTF-8 and written again", (body) => Buffer.from(`é${body.toString("latin1")}`, "utf8")],
  ["gzip", (body) => gzipSync(body)],
  ["base64", (body) => Buffer.from(body.toString("base64"))],
  ["escaped once more", (body) => Buffer.from(encodeURIComponent(body.toString("latin1")))],
  ["every byte escaped", (body) => Buffer.from([...body].map((byte) => `%${byte.toString(16)}`).join(""))],
  ["upper case", (body) => Buffer.from(body.toString("latin1").toUpperCase())],
  ["a line's end behind it", (body) => Buffer.concat([body, Buffer.from("\r\n")])],
  ["itself twice", (body) => Buffer.concat([body, Buffer.from("&"), body])],
  ["backwards", (body) => Buffer.from(body).reverse()],
  ["broken escapes", (body) => Buffer.concat([body, Buffer.from("&x=%&y=%zz&z=%u0041&w=%C3%28")])],
  ["bytes that are no text", () => Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5])],
  ["64 KB of nothing much", () => Buffer.alloc(64 * 1024, 0x61)],
  ["eight thousand fields", () => Buffer.from(Array.from({ length: 8_000 }, (_, n) => `f${n}=`).join("&"))],
  ["JSON that goes deep", () => Buffer.from("[".repeat(30_000) + "]".repeat(30_000))],
  ["what every object has", () => Buffer.from("__proto__=1&constructor=2&toString=3&signature=__proto__")],
];

describe.each(DOORS)("$name: what nobody signed", (door) => {
  it("is refused, whatever bytes of a genuine one are changed", LONG, async () => {
    const { genuine, refuses, knock, isPaid } = besieged(door);
    const meant = meaningOf(door, genuine);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const body = bytes(changes.reduce((bent, apply) => apply(bent), Buffer.from(genuine.body)));
        const bent = { ...genuine, body };
        fc.pre(meaningOf(door, bent) !== meant);
        await refuses(bent);
      }),
      { numRuns: 3_000 },
    );
    // The one it all began with is good: what was refused was refused for its changes.
    expect((await knock(door.name, genuine)).status).toBe(door.thanks);
    expect(isPaid()).toBe(true);
  });

  it.each(WHOLE)("is refused, sent as %s", async (_, apply) => {
    const { genuine, refuses } = besieged(door);
    await refuses({ ...genuine, body: bytes(apply(Buffer.from(genuine.body))) });
  });

  it("is refused, however a genuine one is cut and glued", LONG, async () => {
    const { genuine, refuses } = besieged(door);
    const meant = meaningOf(door, genuine);
    const parts = textOf(genuine).split(/(?=[&{},])|(?<=[&{},])/);
    const glued = fc.array(fc.constantFrom(...parts, "", "=", "%", "signature=", "payload=", "__proto__=1"), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(glued, async (pieces) => {
        const sent = { ...genuine, body: bytes(Buffer.from(pieces.join(""), "latin1")) };
        fc.pre(meaningOf(door, sent) !== meant);
        await refuses(sent);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is refused, with any field of it doubled", LONG, async () => {
    const { genuine, refuses } = besieged(door);
    const pairs = textOf(genuine).split("&");
    const values = fc.oneof(fc.constant(null), fc.constantFrom("", "0", "1.00", "COMPLETE", "%00", MERCHANT_ID));
    const doubled = fc.record({ which: fc.nat(pairs.length - 1), value: values, at: fc.nat(pairs.length) });
    await fc.assert(
      fc.asyncProperty(doubled, async ({ which, value, at }) => {
        const pair = pairs[which] ?? "";
        const again = value === null ? pair : `${pair.split("=")[0]}=${value}`;
        await refuses({ ...genuine, body: bytes(Buffer.from(pairs.toSpliced(at, 0, again).join("&"), "latin1")) });
      }),
      { numRuns: 500 },
    );
  });

  it("is refused, signed with any other secret", LONG, async () => {
    const { genuine, refuses } = besieged(door);
    const unsigned = door.name === "payfast" ? textOf(genuine).replace(/&signature=.*/, "") : genuine.body;
    const known = ["", " ", "undefined", "null", OTHER_SECRET, "passphrase", MERCHANT_ID, ...SECRETS];
    const secret = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom(...known),
      fc.base64String({ maxLength: 64 }),
    );
    await fc.assert(
      fc.asyncProperty(secret, async (other) => {
        fc.pre(!isOurKey(door, other));
        await refuses(door.sign(unsigned, other));
      }),
      { numRuns: 500 },
    );
  });

  it("is refused with the signature of another callback", async () => {
    const { far, his, genuine, refuses } = besieged(door);
    const theirs = door.tell(far, { reference: his, amount: AMOUNT });
    const signature = /&signature=.*/.exec(textOf(theirs))?.[0] ?? "";
    const swapped = textOf(genuine).replace(/&signature=.*/, signature);

    await refuses({ body: bytes(Buffer.from(swapped, "latin1")), headers: theirs.headers });
  });

  it("is refused, a genuine one turned to another payment", async () => {
    const { hers, his, genuine, refuses } = besieged(door);
    const text = textOf(genuine);
    const turned = [text.replaceAll(hers, his), text.replaceAll(hers, `${hers.slice(0, 10)}${his.slice(10)}`)];
    if (door.name === "ozow")
      turned.splice(0, 2, text.replace(/"id":"[^"]+"/, '"id":"00000000-0000-4000-8000-000000000000"'));
    for (const body of turned) {
      expect(body).not.toBe(text);
      await refuses({ ...genuine, body: bytes(Buffer.from(body, "latin1")) });
    }
  });

  it("is refused at every other provider's door", async () => {
    for (const elsewhere of DOORS.filter(({ name }) => name !== door.name)) {
      const { far, hers, refuses, seen } = besieged(elsewhere);
      const before = seen();
      await refuses(door.tell(far, { reference: hers, amount: AMOUNT }));
      expect(seen()).toEqual(before);
    }
  });

  it("is cut off past 64 KB, announced or not, and at no less", async () => {
    const { genuine, survives, refuses, seen } = besieged(door);
    const before = seen();
    const large = bytes(Buffer.alloc(64 * 1024 + 1, 0x61));
    const { headers } = genuine;

    const announced = await survives({ body: large, headers: { ...headers, "Content-Length": String(large.length) } });
    const streamed = await survives({ body: large, headers }, {
      body: new Blob([large]).stream(),
      duplex: "half",
    } as RequestInit);
    expect([announced.status, streamed.status]).toEqual([413, 413]);
    expect(seen()).toEqual(before);
    await refuses({ body: large.slice(1), headers });
  });

  it.each([
    { how: "and had said how much there is", announced: { "Content-Length": "1000" } },
    { how: "and had not said how much there is", announced: {} },
  ])("is nobody's bug when the caller hangs up in the middle, $how", async ({ announced }) => {
    const { genuine, survives, seen, site } = besieged(door);
    const before = seen();
    const cut = new ReadableStream({
      pull(controller) {
        controller.enqueue(genuine.body.slice(0, 40));
        controller.error(new Error("connection reset"));
      },
    });
    const headers = { ...genuine.headers, ...announced };

    const { status, line } = await survives(genuine, { headers, body: cut, duplex: "half" } as RequestInit);

    expect([status, line.outcome]).toEqual([400, "body_not_received"]);
    expect(seen()).toEqual(before);
    expect(site.logged.filter(({ alert }) => alert)).toEqual([]);
  });
});

/** Whether the text, used as this provider's secret, is the very key we hold. */
function isOurKey({ name }: Door, text: string): boolean {
  const keyOf = (secret: string) => Buffer.from(secret.replace("whsec_", ""), "base64");
  if (name === "ozow") return keyOf(text).equals(keyOf(OZOW_SECRET));
  return name === "payfast" ? text.trim() === PASSPHRASE : text === WEBHOOK_AUTH_KEY;
}

describe("what was sent", () => {
  it("is never quoted in the log, whoever sent it", LONG, async () => {
    const canary = fc.string({ minLength: 12, maxLength: 20, unit: fc.constantFrom(..."ghijkmnopqrstuvwxyz") });
    await fc.assert(
      fc.asyncProperty(canary, fc.constantFrom(...DOORS), async (word, door) => {
        const { site, knock } = besieged(door);
        const wrong = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        const unsigned = [`${word}=1`, `a=${word}&a=${word}`, `payload={"id":"${word}"}`, `{"type":"${word}"}`, word];
        for (const body of unsigned) {
          await knock(door.name, {
            body: bytes(body),
            headers: { Authorization: word, "svix-signature": `v1,${word}` },
          });
          await knock(door.name, door.sign(body.replaceAll("a=", "b="), wrong));
        }
        await site.request(`/api/webhooks/${word}`, { method: "POST", body: word });
        expect(JSON.stringify(site.logged)).not.toContain(word);
      }),
      { numRuns: 100 },
    );
  });

  it("holds no secret of ours in the log, whatever was sent", LONG, async () => {
    for (const door of DOORS) {
      const { site, genuine, far, knock } = besieged(door);
      for (const sent of [genuine, { ...genuine, headers: {} }, door.sign("{}"), door.sign("x=%")]) {
        await knock(door.name, sent);
      }
      far.payfastSays = "NO";
      far.ozow.farSide = "answers 500";
      far.snapscan.behave("answers 500");
      await knock(door.name, genuine);
      const log = JSON.stringify(site.logged);
      for (const secret of [
        ...SECRETS,
        hmac(genuine.body),
        ...Object.values(genuine.headers).filter((it) => it.length > 40),
      ]) {
        expect(log).not.toContain(secret);
      }
    }
  });
});
