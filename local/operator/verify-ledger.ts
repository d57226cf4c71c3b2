import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { differenceInWords, LedgerCheck, type LedgerDifference, type LedgerLine } from "#domain/board/ledger-check";
import { OperatorProblem } from "./arguments.ts";
import { call, type OperatorSettings } from "./call.ts";

export type Verified = Readonly<{ board: string; events: number; difference: LedgerDifference | null }>;

/** A board may change between two reads of its export; a difference that is there every time is one. */
const LOOKS = 3;
const BETWEEN_LOOKS_MS = 500;

type OnlineOptions = Readonly<{ board: string | null; save: string | undefined }>;

/** Fetches and checks one board, or all of them. Saved is the export that was checked last of each. */
export async function* verifyOnline(
  settings: OperatorSettings,
  { board, save }: OnlineOptions,
): AsyncGenerator<Verified> {
  const file = save === undefined ? null : await open(save, "a", 0o600);
  try {
    await file?.truncate(0);
    if (board !== null) yield await lastingResult(settings, board, file);
    else
      for await (const id of allBoards(settings)) yield await lastingResult(settings, id, file).catch(unanswered(id));
  } finally {
    await file?.close();
  }
}

/** Checks the exports in a saved file. @throws OperatorProblem naming the line that is no part of an export. */
export async function* verifyFile(path: string): AsyncGenerator<Verified> {
  const file = await open(path).catch((error: Error) => {
    throw new OperatorProblem(`${path} cannot be read: ${error.message}`);
  });
  let current: { board: string; check: LedgerCheck } | null = null;
  for await (const { line, where } of linesOf(file.createReadStream(), path)) {
    if (line.kind === "ledger") {
      if (current) yield resultOf(current);
      current = { board: line.board, check: new LedgerCheck() };
    }
    if (!current) throw new OperatorProblem(`${where} comes before the line "ledger" of a board`);
    current.check.add(line);
  }
  if (!current) throw new OperatorProblem(`${path} holds no export`);
  yield resultOf(current);
}

function resultOf({ board, check }: { board: string; check: LedgerCheck }): Verified {
  const difference = check.finish();
  return { board, events: check.events, difference };
}

/** Among all boards, one that cannot be exported does not stop the others. */
function unanswered(board: string): (error: unknown) => Verified {
  return (error) => {
    if (!(error instanceof OperatorProblem)) throw error;
    const [found = ""] = error.message.split("\n");
    return { board, events: 0, difference: { what: "the export", expected: "an answer", found } };
  };
}

async function lastingResult(settings: OperatorSettings, board: string, file: FileHandle | null): Promise<Verified> {
  const start = file ? (await file.stat()).size : 0;
  for (let look = 1; ; look += 1) {
    const result = await checkOnce(settings, board, file);
    if (!result.difference || look === LOOKS) return result;
    await pause(BETWEEN_LOOKS_MS);
    await file?.truncate(start);
  }
}

async function checkOnce(settings: OperatorSettings, board: string, file: FileHandle | null): Promise<Verified> {
  const path = `/internal/boards/${encodeURIComponent(board)}/ledger`;
  const { body } = await call(settings, { method: "GET", path, body: null });
  if (!body) throw new OperatorProblem("the export was empty");
  const current = { board, check: new LedgerCheck() };
  for await (const { line, text } of linesOf(untilItBreaks(body), `the export of ${board}`)) {
    if (line.kind === "ledger") current.board = line.board;
    current.check.add(line);
    await file?.appendFile(`${text}\n`);
  }
  return resultOf(current);
}

/** Where the connection breaks the export ends, and the check finds that its last line is missing. */
async function* untilItBreaks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    return;
  }
}

async function* allBoards(settings: OperatorSettings): AsyncGenerator<string> {
  for (let after: string | null = null; ; ) {
    const path: string = after === null ? "/internal/ledger" : `/internal/ledger?after=${after}`;
    const response = await call(settings, { method: "GET", path, body: null });
    // What `listLedgers` gives.
    const page = (await response.json()) as { boards: string[]; next: string | null };
    yield* page.boards;
    if (page.next === null) return;
    after = page.next;
  }
}

type Line = Readonly<{ line: LedgerLine; text: string; where: string }>;

/** The lines of an export. The last one counts only with its end. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>, source: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let [rest, number] = ["", 0];
  for await (const chunk of chunks) {
    const texts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = texts.pop() ?? "";
    for (const text of texts) {
      number += 1;
      const where = `line ${number} of ${source}`;
      yield { line: readLine(text, where), text, where };
    }
  }
}

const KINDS: ReadonlySet<unknown> = new Set<LedgerLine["kind"]>(["ledger", "event", "row", "object", "end"]);

/** Only the kind is checked: whatever else is wrong in a line is a difference. */
function readLine(text: string, where: string): LedgerLine {
  try {
    const line: unknown = JSON.parse(text);
    if (line !== null && typeof line === "object" && "kind" in line && KINDS.has(line.kind)) return line as LedgerLine;
  } catch {
    // As any other text.
  }
  throw new OperatorProblem(`${where} is no line of an export`);
}

/** Prints each difference and a summary. @returns whether all is right */
export async function report(results: AsyncIterable<Verified>, print: (line: string) => void): Promise<boolean> {
  const started = performance.now();
  let [boards, events, differences] = [0, 0, 0];
  for await (const { board, events: read, difference } of results) {
    boards += 1;
    events += read;
    if (!difference) continue;
    differences += 1;
    print(`${board}: ${differenceInWords(difference)}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(
    `${boards} ${boards === 1 ? "board" : "boards"}, ${events} events, ${differences} with a difference, ${seconds} s`,
  );
  return differences === 0;
}
