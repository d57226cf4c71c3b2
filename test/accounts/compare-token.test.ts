import { hash } from "bcryptjs";
import { expect, it } from "vitest";
import { mintToken } from "#accounts/api-key-token";
import { compareToken } from "#accounts/compare-token";

it("between two hashes of keys that are shown at once, other requests get their turn", async () => {
  const token = mintToken("live");
  const [right, wrong] = [await hash(token, 4), await hash(mintToken("live"), 4)];
  const ended: boolean[] = [];
  const comparing = Array.from({ length: 6 }, async (_, n) => {
    ended.push(await compareToken(token, n % 2 === 0 ? right : wrong));
  });

  // Each turn of the event loop is one in which another request could have been answered.
  const seen = new Set<number>();
  while (ended.length < comparing.length) {
    seen.add(ended.length);
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect([...seen]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(ended.filter((isRight) => isRight)).toHaveLength(3);
});
