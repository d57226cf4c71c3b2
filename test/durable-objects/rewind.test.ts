import { expect, it } from "vitest";
import { prepareRewind } from "../../durable-objects/rewind.ts";

/** Bookmarks are named after the instant or the state they stand for. */
function history() {
  const prepared: string[] = [];
  return {
    prepared,
    getBookmarkForTime: async (at: number | Date) => {
      if (Number(at) < Date.UTC(2026, 9, 30)) throw new Error("the time is more than 30 days ago");
      return `bookmark of ${new Date(at).toISOString()}`;
    },
    onNextSessionRestoreBookmark: async (bookmark: string) => {
      prepared.push(bookmark);
      return "bookmark of now";
    },
  };
}

it("a rewind to an instant is prepared with the bookmark of that instant, one to a bookmark with that", async () => {
  const storage = history();

  expect(await prepareRewind(storage, { at: "2026-11-24T08:00:00.000Z" })).toEqual({
    prepared: true,
    undo: "bookmark of now",
  });
  await prepareRewind(storage, { bookmark: "bookmark of now" });

  expect(storage.prepared).toEqual(["bookmark of 2026-11-24T08:00:00.000Z", "bookmark of now"]);
});

it("an instant the platform does not keep prepares nothing and says why", async () => {
  const storage = history();

  expect(await prepareRewind(storage, { at: "2026-01-01T00:00:00.000Z" })).toEqual({
    prepared: false,
    reason: "the time is more than 30 days ago",
  });
  expect(storage.prepared).toEqual([]);
});
