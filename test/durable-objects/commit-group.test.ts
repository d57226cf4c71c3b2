import { expect, it } from "vitest";
import { CommitGroup } from "../../durable-objects/commit-group.ts";

/** A group of a board that has just heard something. */
async function aBusyGroup(): Promise<CommitGroup> {
  const group = new CommitGroup(() => 0);
  await group.join(() => undefined);
  return group;
}

it("commands that join a busy board synchronously run in one group, in order, each with its own result", async () => {
  const group = await aBusyGroup();
  const ran: number[] = [];
  const joined = [1, 2, 3].map((n) => group.join(() => ran.push(n)));

  expect(ran).toEqual([]);
  expect(await Promise.all(joined)).toEqual([1, 2, 3]);
  expect(ran).toEqual([1, 2, 3]);
});

it("on a quiet board a command runs at once, unless one waits already", async () => {
  let now = 0;
  const group = new CommitGroup(() => now);
  const ran: string[] = [];
  const joined: Promise<number>[] = [];
  const join = (name: string, at: number) => {
    now = at;
    joined.push(group.join(() => ran.push(name)));
    return [...ran];
  };

  expect(join("first", 100)).toEqual(["first"]);
  expect(join("six later", 106)).toEqual(["first", "six later"]);
  expect(join("five after that", 111)).toEqual(["first", "six later"]);
  expect(join("behind one that waits", 200)).toEqual(["first", "six later"]);
  expect(await Promise.all(joined)).toEqual([1, 2, 3, 4]);
  expect(ran).toEqual(["first", "six later", "five after that", "behind one that waits"]);
});

it("a command that throws does not affect the others of its group", async () => {
  const group = await aBusyGroup();
  const failing = group.join(() => {
    throw new Error("no");
  });
  const fine = group.join(() => "yes");

  await expect(failing).rejects.toThrow("no");
  expect(await fine).toBe("yes");
});

it("a command that throws on a quiet board rejects", async () => {
  const group = new CommitGroup();
  const failing = group.join(() => {
    throw new Error("no");
  });

  await expect(failing).rejects.toThrow("no");
});

it("a command that joins while a group runs is in the next group", async () => {
  const group = await aBusyGroup();
  const later = await group.join(() => group.join(() => "later"));

  expect(later).toBe("later");
});
