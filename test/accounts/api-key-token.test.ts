import { expect, it } from "vitest";
import { isToken, mintToken, tokenDigest, tokenPrefix } from "#accounts/api-key-token";

it("mintToken makes tokens of 32 letters and digits for both environments, each different", () => {
  const live = Array.from({ length: 50 }, () => mintToken("live"));
  const test = Array.from({ length: 50 }, () => mintToken("test"));

  expect(live.filter((token) => !/^cpk_live_[A-Za-z0-9]{32}$/.test(token))).toEqual([]);
  expect(test.filter((token) => !/^cpk_test_[A-Za-z0-9]{32}$/.test(token))).toEqual([]);
  expect(new Set([...live, ...test].map((token) => token.slice(9))).size).toBe(100);
});

it("mintToken draws every letter and digit about equally often", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 1_000; i += 1) {
    for (const letter of mintToken("live").slice(9)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }

  // 32,000 draws of 62: 516 each, and seven standard deviations are 158.
  expect(counts.size).toBe(62);
  expect(Math.min(...counts.values())).toBeGreaterThan(358);
  expect(Math.max(...counts.values())).toBeLessThan(674);
});

it("isToken accepts exactly the form of a minted token", () => {
  const body = "a".repeat(32);
  const rows: [text: string, accepted: boolean][] = [
    [`cpk_live_${body}`, true],
    [`cpk_test_${body}`, true],
    [`cpk_demo_${body}`, false],
    [`CPK_LIVE_${body}`, false],
    [`cpk_live_${body}a`, false],
    [`cpk_live_${body.slice(1)}`, false],
    [`cpk_live_${body.slice(1)}-`, false],
    [`cpk_live_${body}\n`, false],
    [` cpk_live_${body}`, false],
    ["", false],
  ];
  expect(rows.map(([text]) => [text, isToken(text)])).toEqual(rows);
});

it("tokenPrefix returns 12 characters, and tokenDigest depends on the pepper and hides the token", () => {
  const token = `cpk_live_${"abc".padEnd(32, "x")}`;

  expect(tokenPrefix(token)).toBe("cpk_live_abc");
  expect(tokenDigest("pepper one", token)).toBe(tokenDigest("pepper one", token));
  expect(tokenDigest("pepper one", token)).not.toBe(tokenDigest("pepper two", token));
  expect(tokenDigest("pepper one", token)).not.toContain(token.slice(9));
});
