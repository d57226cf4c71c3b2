import { expect, it, vi } from "vitest";
import { decrypt, encrypt, keyringOf, parseKeyring } from "#privacy/encryption";

const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const ring = parseKeyring(`k1:${key(1)}`);

it("decrypt returns what encrypt was given", async () => {
  const texts = ["5234000000000000", "", "naïve 🎂 text", "x".repeat(10_000)];
  const decrypted = await Promise.all(texts.map(async (text) => decrypt(ring, await encrypt(ring, text))));
  expect(decrypted).toEqual(texts);
});

it("encrypt gives a different ciphertext each time and none of the plaintext", async () => {
  const [one, other] = [await encrypt(ring, "5234000000000000"), await encrypt(ring, "5234000000000000")];

  expect(one).toMatch(/^k1\.[A-Za-z0-9_-]+$/);
  expect(one).not.toBe(other);
  expect(Buffer.from(one.slice(3), "base64url").toString("latin1")).not.toContain("5234");
});

it("a keyring decrypts with an older key and encrypts with its first", async () => {
  const old = await encrypt(ring, "secret");
  const rotated = parseKeyring(`k2:${key(2)}, k1:${key(1)}`);

  expect(await decrypt(rotated, old)).toBe("secret");
  expect(await encrypt(rotated, "secret")).toMatch(/^k2\./);
});

it("decrypt refuses a ciphertext in which any byte was changed", async () => {
  const ciphertext = await encrypt(ring, "secret");
  const bytes = Buffer.from(ciphertext.slice(3), "base64url");

  for (const at of [0, 12, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(decrypt(ring, `k1.${changed.toString("base64url")}`)).rejects.toThrow(/changed since/);
  }
});

it("decrypt refuses a ciphertext under another key's id, even when both ids hold the same key", async () => {
  const twins = parseKeyring(`k1:${key(1)},k2:${key(1)}`);
  const ciphertext = await encrypt(twins, "secret");

  await expect(decrypt(twins, ciphertext.replace("k1.", "k2."))).rejects.toThrow(/key "k2"/);
});

it("decrypt refuses text of another form", async () => {
  for (const text of ["", "k1", "k1.", "k1.AAAA", "secret", "k1:AAAA"]) {
    await expect(decrypt(ring, text), text).rejects.toThrow("not an encrypted text");
  }
});

it("decrypt names the key that is not configured", async () => {
  const ciphertext = await encrypt(parseKeyring(`gone:${key(3)}`), "secret");

  await expect(decrypt(ring, ciphertext)).rejects.toThrow('encryption key "gone" is not configured');
});

/** The message of `parseKeyring` about a text; empty when it accepts the text. */
function complaint(text: string): string {
  try {
    parseKeyring(text);
    return "";
  } catch (error) {
    return String(error);
  }
}

it("parseKeyring names the entry that is wrong and never repeats a key", () => {
  const rows: [text: string, reason: string][] = [
    ["", "encryption key 1 must look like"],
    ["k1", "encryption key 1 must look like"],
    [`k1:${key(1)},`, "encryption key 2 must look like"],
    [`k.1:${key(1)}`, "encryption key 1 must look like"],
    ["k1:AAAA", '"k1" must be 32 bytes'],
    [`k1:${key(1)},k1:${key(2)}`, '"k1" is listed twice'],
    [`k1:${key(9).slice(0, -4)}`, '"k1" must be 32 bytes'],
  ];
  for (const [text, reason] of rows) expect(complaint(text), text).toContain(reason);
  expect(rows.map(([text]) => complaint(text)).join()).not.toContain(key(9).slice(0, 8));
});

it("keyringOf parses the same settings once", () => {
  const settings = { CARD_DATA_ENCRYPTION_KEY: `k1:${key(1)}` };
  expect(keyringOf(settings)).toBe(keyringOf(settings));
});

it("a key of a keyring is imported once, and each keyring uses its own key", async () => {
  const importKey = vi.spyOn(crypto.subtle, "importKey");
  const [one, other] = [parseKeyring(`k1:${key(4)}`), parseKeyring(`k1:${key(5)}`)];

  for (let run = 0; run < 3; run += 1) await decrypt(one, await encrypt(one, "secret"));
  const ciphertext = await encrypt(one, "secret");

  expect(importKey).toHaveBeenCalledTimes(1);
  await expect(decrypt(other, ciphertext)).rejects.toThrow(/changed since/);
  importKey.mockRestore();
});
