import { describe, expect, it } from "vitest";
import { Turn } from "../../durable-objects/turn.ts";

describe("Turn", () => {
  it("runs what joined in one turn together, in order, and answers each with its own result", async () => {
    const turn = new Turn();
    const ran: number[] = [];
    const joined = [1, 2, 3].map((n) => turn.join(() => ran.push(n)));

    expect(ran).toEqual([]);
    expect(await Promise.all(joined)).toEqual([1, 2, 3]);
    expect(ran).toEqual([1, 2, 3]);
  });

  it("lets one that throws be nobody else's trouble", async () => {
    const turn = new Turn();
    const failing = turn.join(() => {
      throw new Error("no");
    });
    const fine = turn.join(() => "yes");

    await expect(failing).rejects.toThrow("no");
    expect(await fine).toBe("yes");
  });

  it("takes up who joins while others run, in the next turn", async () => {
    const turn = new Turn();
    const later = await turn.join(() => turn.join(() => "later"));

    expect(later).toBe("later");
  });
});
