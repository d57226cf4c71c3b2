import { describe, expect, it, vi } from "vitest";
import { decrypt, encrypt, keyringOf, parseKeyring, usesOlderKey } from "#privacy/encryption";

const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const ring = parseKeyring(`k1:${key(1)}`);

describe("encrypt and decrypt", () => {
  it.each(["5234000000000000", "", "naïve 🎂 text", "x".repeat(10_000)])("gives %# back as it was", async (text) => {
    expect(await decrypt(ring, await encrypt(ring, text))).toBe(text);
  });

  it("seals the same text differently every time, and shows nothing of it", async () => {
    const [one, other] = [await encrypt(ring, "5234000000000000"), await encrypt(ring, "5234000000000000")];

    expect(one).toMatch(/^k1\.[A-Za-z0-9_-]+$/);
    expect(one).not.toBe(other);
    expect(Buffer.from(one.slice(3), "base64url").toString("latin1")).not.toContain("5234");
  });

  it("reads what an older key sealed, and seals with the first", async () => {
    const old = await encrypt(ring, "secret");
    const rotated = parseKeyring(`k2:${key(2)}, k1:${key(1)}`);

    expect(await decrypt(rotated, old)).toBe("secret");
    expect(usesOlderKey(rotated, old)).toBe(true);
    const fresh = await encrypt(rotated, "secret");
    expect(fresh).toMatch(/^k2\./);
    expect(usesOlderKey(rotated, fresh)).toBe(false);
  });

  it("refuses a text whose bytes were changed", async () => {
    const sealed = await encrypt(ring, "secret");
    const bytes = Buffer.from(sealed.slice(3), "base64url");

    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(decrypt(ring, `k1.${changed.toString("base64url")}`)).rejects.toThrow(/changed since/);
    }
  });

  it("refuses a text moved under another key's id, even when both ids hold the same key", async () => {
    const twins = parseKeyring(`k1:${key(1)},k2:${key(1)}`);
    const sealed = await encrypt(twins, "secret");

    await expect(decrypt(twins, sealed.replace("k1.", "k2."))).rejects.toThrow(/key "k2"/);
  });

  it.each(["", "k1", "k1.", "k1.AAAA", "secret", "k1:AAAA"])("says that %j is not an encrypted text", async (text) => {
    await expect(decrypt(ring, text)).rejects.toThrow("not an encrypted text");
  });

  it("names the key that is missing", async () => {
    const sealed = await encrypt(parseKeyring(`gone:${key(3)}`), "secret");

    await expect(decrypt(ring, sealed)).rejects.toThrow('encryption key "gone" is not configured');
  });
});

describe("parseKeyring", () => {
  it.each([
    ["", /encryption key 1 must look like/],
    ["k1", /encryption key 1 must look like/],
    [`k1:${key(1)},`, /encryption key 2 must look like/],
    [`k.1:${key(1)}`, /encryption key 1 must look like/],
    ["k1:AAAA", /"k1" must be 32 bytes/],
    [`k1:${key(1)},k1:${key(2)}`, /"k1" is listed twice/],
  ])("refuses %j", (text, reason) => {
    expect(() => parseKeyring(text)).toThrow(reason);
  });

  it("never repeats a key in its complaint", () => {
    const almost = key(9).slice(0, -4);
    const complaint = vi.fn();
    try {
      parseKeyring(`k1:${almost}`);
    } catch (error) {
      complaint(String(error));
    }

    expect(complaint).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('"k1"'));
    expect(complaint).not.toHaveBeenCalledWith(expect.stringContaining(almost.slice(0, 8)));
  });
});

describe("keyringOf", () => {
  it("parses the settings once", () => {
    const settings = { CARD_DATA_ENCRYPTION_KEY: `k1:${key(1)}` };
    expect(keyringOf(settings)).toBe(keyringOf(settings));
  });
});
