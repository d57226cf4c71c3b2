import type { RewindTo, Rewound } from "#platform/objects";

/** What an object needs to go back to an earlier state of its storage. */
type History = Pick<DurableObjectStorage, "getBookmarkForTime" | "onNextSessionRestoreBookmark">;

/**
 * Makes the next start of the object find its storage as it was. The platform keeps 30 days. Nothing is changed before
 * the object starts anew. Not in the local runtime, which keeps no history.
 */
export async function prepareRewind(history: History, to: RewindTo): Promise<Rewound> {
  try {
    const bookmark = "bookmark" in to ? to.bookmark : await history.getBookmarkForTime(new Date(to.at));
    return { prepared: true, undo: await history.onNextSessionRestoreBookmark(bookmark) };
  } catch (error) {
    return { prepared: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
