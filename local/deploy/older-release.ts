// Runs in the work tree of an older release, with that release's code. Its one argument is a file with the golden logs of
// the present one. It prints what is wrong, a line each, and then how many logs it read.
import { readFileSync } from "node:fs";
import { join } from "node:path";

type Stored = { seq: number; type: string; v: number };
type Log = { about: string; events: Stored[]; summary: { status: string } };

const [, , logsFile = "", root = process.cwd()] = process.argv;
const logs: Log[] = JSON.parse(readFileSync(logsFile, "utf8"));
const { Board } = await import(join(root, "src/domain/board/board.ts"));
const { readEvent } = await import(join(root, "src/domain/board/read-event.ts"));

/** The part of a board's journal that a replay reads. */
const journal = (events: readonly Stored[]) => ({ boardProfile: () => null, read: () => events });
const knows = (event: Stored) => readEvent(event).problem !== "unknown";

let whole = 0;
for (const { about, events, summary } of logs) {
  const say = (problem: string) => console.log(`${about}: ${problem}`);
  try {
    for (const event of events.filter(knows)) {
      const { problem } = readEvent(event);
      if (problem)
        say(`${event.type} ${event.v} (seq ${event.seq}) is ${problem}, although the older release has its schema`);
    }
    const firstUnknown = events.find((event) => !knows(event));
    const board = new Board(journal(events));
    if (board.unreadable?.seq !== firstUnknown?.seq) say("the board stops at another event than the first unknown one");
    if (!firstUnknown && board.state.status !== summary.status)
      say(`the board is ${board.state.status}, not ${summary.status}`);
    if (!firstUnknown) whole += 1;

    const last = events.at(-1);
    if (!last || firstUnknown) continue;
    const newer = new Board(journal([...events, { ...last, seq: last.seq + 1, type: "of_a_newer_release", v: 1 }]));
    if (newer.unreadable?.problem !== "unknown") say("an unknown event does not make the board read-only");
    if (
      newer.execute({ type: "cancel_board" }, { at: new Date(), by: { kind: "system" } }).refusal?.refused !==
      "newer_release"
    ) {
      say("a read-only board accepts a command");
    }
  } catch (error) {
    say(`threw ${error}`);
  }
}
console.log(`read ${whole} of ${logs.length}`);
