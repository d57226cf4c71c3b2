/** What a run of tests tells the tool, one JSON line each on standard output. */
export type TestEvent =
  | { type: "progress"; file: string }
  /** An empty name: the file itself or one of its hooks. */
  | { type: "failed"; file: string; test: string }
  | { type: "finished"; file: string; ms: number }
  | { type: "unhandled"; message: string };

export const EVENT_PREFIX = "mutants-event ";

/** The test files in the order in which they are to run, separated by commas. */
export const ORDER_VARIABLE = "MUTANTS_TEST_ORDER";

export function readEvent(line: string): TestEvent | null {
  return line.startsWith(EVENT_PREFIX) ? (JSON.parse(line.slice(EVENT_PREFIX.length)) as TestEvent) : null;
}
