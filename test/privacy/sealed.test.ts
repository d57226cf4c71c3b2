import { expect, it } from "vitest";
import { keyIdOf, parseKeyring } from "#privacy/encryption";
import { isSealed, openFields, openJson, openText, sealFields, sealJson, sealText } from "#privacy/sealed";
import { everyRow } from "../support/every-row.ts";

const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const ring = parseKeyring(`k1:${key(1)}`);

it("openJson returns what sealJson was given, and a value in clear as it is", async () => {
  const values = [{ email: "a@b.c" }, [1, null], "text", null, {}, { encrypted: "k1.x", more: 1 }];
  await everyRow(values, async (value) => {
    const sealed = await sealJson(ring, value);
    expect(keyIdOf(sealed.encrypted)).toBe("k1");
    expect(await openJson(ring, sealed)).toEqual(value);
    expect(await openJson(ring, value)).toEqual(value);
  });
});

it("openText refuses a text in clear, unless the column held clear text before", async () => {
  expect(await openText(ring, await sealText(ring, "secret"))).toBe("secret");
  expect(await openText(ring, await sealText(ring, "secret"), { orClear: true })).toBe("secret");
  await expect(openText(ring, "secret")).rejects.toThrow("not an encrypted text");
  const clear = ["", "secret", "k1.AAAA", "OK. Thanks for the event.", "a.b"];
  await everyRow(clear, async (text) => expect(await openText(ring, text, { orClear: true })).toBe(text));
});

it("openText refuses ciphertext that it cannot decrypt, also where clear text is allowed", async () => {
  const other = await sealText(parseKeyring(`gone:${key(2)}`), "secret");

  await expect(openText(ring, other, { orClear: true })).rejects.toThrow('encryption key "gone" is not configured');
});

it("keyIdOf names the key of every text that encrypt returns, the shortest too, and of no other", async () => {
  const shortest = await sealText(ring, "");
  expect(keyIdOf(shortest)).toBe("k1");
  expect(["", "k1", shortest.slice(0, -1), `${shortest}=`, `k.${shortest}`, shortest.slice(3)].map(keyIdOf)).toEqual(
    Array(6).fill(null),
  );
});

it("sealFields seals private fields at any depth, once, and changes nothing else", async () => {
  const recipient = { email: "parent@example.com" };
  const payload = {
    recipient_data: recipient,
    name: "Maya",
    list: [{ recipient_data: recipient }, { recipient_data: null }, 7, null],
    payout: { payout: { recipient_data: recipient, net_cents: 5 } },
  };
  const before = structuredClone(payload);

  const sealed = await sealFields(ring, payload);

  const it = { encrypted: expect.any(String) };
  expect(payload).toEqual(before);
  expect(sealed).toEqual({
    recipient_data: it,
    name: "Maya",
    list: [{ recipient_data: it }, { recipient_data: null }, 7, null],
    payout: { payout: { recipient_data: it, net_cents: 5 } },
  });
  expect(await sealFields(ring, sealed)).toEqual(sealed);
  expect(await openFields(ring, sealed)).toEqual(payload);
  expect(await openFields(ring, payload)).toEqual(payload);
});

it("a payload without a private field is returned itself", async () => {
  await everyRow([{ id: "db_x" }, [], null, "text"], async (payload) => {
    expect(await sealFields(ring, payload)).toBe(payload);
  });
});

it("only an object with the text encrypted and nothing else counts as sealed", () => {
  const rows: [unknown, boolean][] = [
    [{ encrypted: "k1.x" }, true],
    [{ encrypted: 1 }, false],
    [{ encrypted: "k1.x", more: 1 }, false],
    [{}, false],
    [["encrypted"], false],
    [null, false],
    ["encrypted", false],
  ];
  expect(rows.map(([value]) => [value, isSealed(value)])).toEqual(rows);
});
