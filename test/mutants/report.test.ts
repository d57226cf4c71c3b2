import { describe, expect, it } from "vitest";
import type { Verdict } from "./judge.ts";
import { formatSurvivors, formatTable, type Judged, scoreOf } from "./report.ts";

const AREA = { name: "rules", folder: "src/rules", tests: [] };
const judged = (verdict: Verdict, after = "a + b;"): Judged => ({
  mutant: {
    area: AREA,
    file: "src/rules/rule.ts",
    line: 7,
    kind: "operator - to +",
    start: 0,
    end: 1,
    replacement: "+",
    before: "a - b;",
    after,
  },
  verdict,
  seconds: 1,
});
const KILLED = judged({ result: "killed", by: "test/rules/rule.test.ts" });
const SURVIVED = judged({ result: "survived", ran: 2 });
const REFUSED = judged({ result: "refused by tsc" });

describe("the report of a sample", () => {
  it("does not count mutants that tsc refuses", () => {
    expect(scoreOf([KILLED, KILLED, KILLED, SURVIVED, REFUSED])).toBe(0.75);
    expect(formatTable([KILLED, KILLED, KILLED, SURVIVED, REFUSED])).toBe(
      [
        "area   mutants  killed  survived  score  refused by tsc",
        "rules        4       3         1   75 %               1",
        "all          4       3         1   75 %               1",
      ].join("\n"),
    );
  });

  it("shows each survivor with its place and its change", () => {
    expect(formatSurvivors([KILLED, SURVIVED, judged({ result: "survived", ran: 0 }, "")])).toBe(
      [
        "src/rules/rule.ts:7 operator - to + (2 test files ran)",
        "  a - b;",
        "  -> a + b;",
        "src/rules/rule.ts:7 operator - to + (no test reaches it)",
        "  a - b;",
        "  -> (removed)",
      ].join("\n"),
    );
  });
});
