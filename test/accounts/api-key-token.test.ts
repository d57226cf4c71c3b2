import { describe, expect, it } from "vitest";
import { isToken, mintToken, tokenDigest, tokenPrefix } from "#accounts/api-key-token";

describe("mintToken", () => {
  it.each(["live", "test"] as const)("makes a %s key of 32 letters and digits, never the same twice", (environment) => {
    const tokens = new Set(Array.from({ length: 50 }, () => mintToken(environment)));

    expect(tokens.size).toBe(50);
    for (const token of tokens) expect(token).toMatch(new RegExp(`^cpk_${environment}_[A-Za-z0-9]{32}$`));
  });

  it("draws every letter and digit about equally often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 1_000; i += 1) {
      for (const letter of mintToken("live").slice(9)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }

    // 32,000 draws of 62: 516 each, and seven standard deviations are 158.
    expect(counts.size).toBe(62);
    expect(Math.min(...counts.values())).toBeGreaterThan(358);
    expect(Math.max(...counts.values())).toBeLessThan(674);
  });
});

describe("isToken", () => {
  const body = "a".repeat(32);
  it.each([
    [`cpk_live_${body}`, true],
    [`cpk_test_${body}`, true],
    [`cpk_demo_${body}`, false],
    [`CPK_LIVE_${body}`, false],
    [`cpk_live_${body}a`, false],
    [`cpk_live_${body.slice(1)}`, false],
    [`cpk_live_${body.slice(1)}-`, false],
    [`cpk_live_${body}\n`, false],
    ["", false],
  ])("%j: %s", (text, expected) => {
    expect(isToken(text)).toBe(expected);
  });
});

describe("what is kept of a token", () => {
  it("is 12 characters in the clear", () => {
    expect(tokenPrefix(`cpk_live_${"abc".padEnd(32, "x")}`)).toBe("cpk_live_abc");
  });

  it("is a digest that depends on the pepper", () => {
    const token = mintToken("live");
    expect(tokenDigest("pepper one", token)).toBe(tokenDigest("pepper one", token));
    expect(tokenDigest("pepper one", token)).not.toBe(tokenDigest("pepper two", token));
    expect(tokenDigest("pepper one", token)).not.toContain(token.slice(9));
  });
});
