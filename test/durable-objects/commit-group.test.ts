import { expect, it } from "vitest";
import { CommitGroup } from "../../durable-objects/commit-group.ts";

it("commands that join synchronously run in one group, in order, each with its own result", async () => {
  const group = new CommitGroup();
  const ran: number[] = [];
  const joined = [1, 2, 3].map((n) => group.join(() => ran.push(n)));

  expect(ran).toEqual([]);
  expect(await Promise.all(joined)).toEqual([1, 2, 3]);
  expect(ran).toEqual([1, 2, 3]);
});

it("a command that throws does not affect the others of its group", async () => {
  const group = new CommitGroup();
  const failing = group.join(() => {
    throw new Error("no");
  });
  const fine = group.join(() => "yes");

  await expect(failing).rejects.toThrow("no");
  expect(await fine).toBe("yes");
});

it("a command that joins while a group runs is in the next group", async () => {
  const group = new CommitGroup();
  const later = await group.join(() => group.join(() => "later"));

  expect(later).toBe("later");
});
