import { describe, expect, it } from "vitest";
import { CommitGroup } from "../../durable-objects/commit-group.ts";

describe("Turn", () => {
  it("runs what joined in one group together, in order, and answers each with its own result", async () => {
    const group = new CommitGroup();
    const ran: number[] = [];
    const joined = [1, 2, 3].map((n) => group.join(() => ran.push(n)));

    expect(ran).toEqual([]);
    expect(await Promise.all(joined)).toEqual([1, 2, 3]);
    expect(ran).toEqual([1, 2, 3]);
  });

  it("lets one that throws be nobody else's trouble", async () => {
    const group = new CommitGroup();
    const failing = group.join(() => {
      throw new Error("no");
    });
    const fine = group.join(() => "yes");

    await expect(failing).rejects.toThrow("no");
    expect(await fine).toBe("yes");
  });

  it("takes up who joins while others run, in the next group", async () => {
    const group = new CommitGroup();
    const later = await group.join(() => group.join(() => "later"));

    expect(later).toBe("later");
  });
});
