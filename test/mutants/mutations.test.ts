import { describe, expect, it } from "vitest";
import { mutate, mutationsOf } from "./mutations.ts";

/** Every mutation of the text, as the file that it leaves. */
const mutated = (text: string, file = "src/rule.ts") => mutationsOf(file, text).map((found) => mutate(text, found));

describe("the mutations of a file", () => {
  it.each([
    ["f(a + b)", ["f(a - b)"]],
    ["f(a * b)", ["f(a / b)"]],
    ["f(a < b)", ["f(a <= b)"]],
    ["f(a >= b)", ["f(a > b)"]],
    ["f(a === b)", ["f(a !== b)"]],
    ["f(a && b)", ["f(((a) || (b)))"]],
    ["f(!a)", ["f(a)"]],
    ["f(true)", ["f(false)"]],
    ["f(5_000)", ["f(5001)"]],
    ["f(a ? b : c)", ["f(true ? b : c)", "f(false ? b : c)"]],
    ["f(a.some(b))", ["f(a.every(b))"]],
    ["f(Math.min(a, b))", ["f(Math.max(a, b))"]],
  ])("%s becomes each of %j", (before, after) => {
    expect(mutated(`const x = ${before};`)).toEqual(after.map((text) => `const x = ${text};`));
  });

  it("includes the removal of a statement", () => {
    expect(mutated("f(a);")).toEqual([";"]);
  });

  it("includes the removal of an early return", () => {
    const text = "function f(a: boolean) { if (a) return null; return a; }";
    expect(mutated(text)).toEqual([
      "function f(a: boolean) { ; return a; }",
      "function f(a: boolean) { if (true) return null; return a; }",
    ]);
  });

  it("swaps a word for a member of the same union, before any other word of the file", () => {
    const text = 'type State = "open" | "closed"; const other = 0n; f = ["zebra"]; const x: State = "open";';
    expect(mutated(text)).toContain(text.replace('= "open";', '= "closed";'));
  });

  it("leaves types, property names, imports, sentences and joined texts as they are", () => {
    const text = [
      'import { a } from "alpha";',
      'type T = { kind: "one" | "two"; size: 1 };',
      'const x = { "one": a, "two": a };',
      'const y = "A sentence." + a;',
    ].join("\n");
    expect(mutated(text)).toEqual([]);
  });

  it("reads JSX in a .tsx file", () => {
    expect(mutated("const x = <p>{a && <b>1</b>}</p>;", "src/page.tsx")).toEqual([
      "const x = <p>{((a) || (<b>1</b>))}</p>;",
    ]);
  });

  it("names the line and shows the text around the change", () => {
    expect(mutationsOf("src/rule.ts", "\n  const x =\n    a - b;\n")).toMatchObject([
      { file: "src/rule.ts", line: 3, kind: "operator - to +", before: "a - b;", after: "a + b;" },
    ]);
  });
});
