import { createHash } from "node:crypto";
import { parse } from "@babel/parser";
import * as t from "@babel/types";

/** One change of one place, and how a report shows it. */
export type Mutation = {
  /** From the root of the project. */
  file: string;
  line: number;
  kind: string;
  /** Offsets of the text that `replacement` replaces. */
  start: number;
  end: number;
  replacement: string;
  /** The lines around the change on one line, clipped. An empty `after` is a removed statement. */
  before: string;
  after: string;
};

type Change = Pick<Mutation, "kind" | "start" | "end" | "replacement">;
type Spot = { text: string; ancestors: t.TraversalAncestors; words: Words };
type Place = { start: number; end: number };

const BINARY: Record<string, string> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "==": "!=",
  "!=": "==",
};
const ASSIGNMENT: Record<string, string> = { "+=": "-=", "-=": "+=" };
const METHODS: Record<string, string> = {
  some: "every",
  every: "some",
  startsWith: "endsWith",
  endsWith: "startsWith",
  min: "max",
  max: "min",
};
/** Members of unions look like this; sentences, paths and patterns do not. */
const WORD = /^[a-z][a-z0-9]*([_.-][a-z0-9]+)*$/;
const LONGEST_SHOWN = 200;

/** Every mutation of a TypeScript file, in the order of the file. */
export function mutationsOf(file: string, text: string): Mutation[] {
  const plugins: ("typescript" | "jsx")[] = file.endsWith("x") ? ["typescript", "jsx"] : ["typescript"];
  const tree = parse(text, { sourceType: "module", plugins });
  const words = wordsOf(tree);
  const found: Mutation[] = [];
  t.traverse(tree, (node, ancestors) => {
    if (isOnlyAType(node) || ancestors.some((ancestor) => isOnlyAType(ancestor.node))) return;
    for (const change of changesOf(node, { text, ancestors, words })) {
      const { start, end, replacement } = change;
      if (text.slice(start, end) === replacement) continue;
      const line = text.slice(0, start).split("\n").length;
      found.push({ file, line, ...change, ...shown(text, change) });
    }
  });
  return found.sort((a, b) => a.start - b.start);
}

/** The file with the mutation in it. */
export function mutate(text: string, { start, end, replacement }: Mutation): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function changesOf(node: t.Node, spot: Spot): Change[] {
  if (t.isBinaryExpression(node)) return operatorChanges(node, node.left, node.right, BINARY, spot);
  if (t.isAssignmentExpression(node)) return operatorChanges(node, node.left, node.right, ASSIGNMENT, spot);
  if (t.isLogicalExpression(node)) return logicalChanges(node, spot);
  if (t.isUnaryExpression(node, { operator: "!" })) {
    return [change("negation removed", node, textOf(node.argument, spot))];
  }
  if (t.isBooleanLiteral(node)) return [change("boolean", node, String(!node.value))];
  if (t.isNumericLiteral(node) && !isKey(spot)) return [change("number +1", node, String(node.value + 1))];
  if (t.isStringLiteral(node)) return wordChanges(node, spot);
  if (t.isExpressionStatement(node) && !isSuperCall(node)) return [change("statement removed", node, ";")];
  if (t.isIfStatement(node)) return ifChanges(node);
  if (t.isConditionalExpression(node)) return conditionChanges(node.test, [true, false]);
  if (t.isWhileStatement(node)) return conditionChanges(node.test, [false]);
  if (t.isCallExpression(node)) return methodChanges(node);
  return [];
}

function operatorChanges(
  node: t.BinaryExpression | t.AssignmentExpression,
  left: t.Node,
  right: t.Node,
  swaps: Record<string, string>,
  { text }: Spot,
): Change[] {
  const { operator } = node;
  const swap = swaps[operator];
  // Texts can be joined and not subtracted.
  if (!swap || (operator.startsWith("+") && (isText(left) || isText(right)))) return [];
  const between = { start: placeOf(left).end, end: placeOf(right).start };
  const start = between.start + text.slice(between.start, between.end).indexOf(operator);
  return [{ kind: `operator ${operator} to ${swap}`, start, end: start + operator.length, replacement: swap }];
}

function logicalChanges(node: t.LogicalExpression, spot: Spot): Change[] {
  if (node.operator === "??") return [];
  const swap = node.operator === "&&" ? "||" : "&&";
  // The parentheses keep what stood around the operator together.
  const replacement = `((${textOf(node.left, spot)}) ${swap} (${textOf(node.right, spot)}))`;
  return [change(`operator ${node.operator} to ${swap}`, node, replacement)];
}

function wordChanges(node: t.StringLiteral, { ancestors, words }: Spot): Change[] {
  const parent = ancestors.at(-1);
  const isName = isKey({ ancestors }) || t.isJSXAttribute(parent?.node) || t.isImportOrExportDeclaration(parent?.node);
  const other = isName || !WORD.test(node.value) ? null : words.otherThan(node.value);
  return other === null ? [] : [change("word swapped", node, JSON.stringify(other))];
}

function ifChanges(node: t.IfStatement): Change[] {
  const only = t.isBlockStatement(node.consequent) ? node.consequent.body.at(-1) : node.consequent;
  const leaves = t.isReturnStatement(only) || t.isThrowStatement(only) || t.isContinueStatement(only);
  if (!leaves || node.alternate) return conditionChanges(node.test, [true, false]);
  return [change("early exit removed", node, ";"), ...conditionChanges(node.test, [true])];
}

function conditionChanges(test: t.Expression, values: readonly boolean[]): Change[] {
  if (t.isBooleanLiteral(test)) return [];
  return values.map((value) => change(`condition always ${value}`, test, String(value)));
}

function methodChanges({ callee }: t.CallExpression): Change[] {
  if (!t.isMemberExpression(callee) || callee.computed || !t.isIdentifier(callee.property)) return [];
  const { name } = callee.property;
  const swap = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  const isOfMath = t.isIdentifier(callee.object, { name: "Math" });
  // Only Math's `min` and `max` are each other's opposite; those of a schema are bounds of their own.
  if (!swap || (["min", "max"].includes(name) && !isOfMath)) return [];
  return [change(`method ${name} to ${swap}`, callee.property, swap)];
}

class Words {
  readonly #groups: string[][];

  /** @param groups sets of words that belong together, the most telling first */
  constructor(groups: readonly (readonly string[])[]) {
    this.#groups = groups.map((group) => [...new Set(group)].filter((word) => WORD.test(word)).sort());
  }

  /** Another word of the first group that has this one; null when it is alone. */
  otherThan(word: string): string | null {
    const others = this.#groups
      .filter((group) => group.includes(word))
      .map((group) => group.filter((other) => other !== word))
      .find((group) => group.length > 0);
    if (!others) return null;
    const draw = createHash("sha256").update(word).digest().readUInt32BE();
    return others[draw % others.length] ?? null;
  }
}

/** Unions of literals and lists of literals first, then every literal of the file. */
function wordsOf(tree: t.Node): Words {
  const groups: string[][] = [];
  const all: string[] = [];
  t.traverse(tree, (node, ancestors) => {
    if (t.isTSUnionType(node)) {
      groups.push(node.types.flatMap((type) => (t.isTSLiteralType(type) ? literalOf(type.literal) : [])));
    }
    if (t.isArrayExpression(node)) groups.push(node.elements.flatMap(literalOf));
    if (t.isStringLiteral(node) && !t.isImportOrExportDeclaration(ancestors.at(-1)?.node)) all.push(node.value);
  });
  return new Words([...groups, all]);
}

function literalOf(node: t.Node | null): string[] {
  return t.isStringLiteral(node) ? [node.value] : [];
}

function change(kind: string, node: t.Node, replacement: string): Change {
  return { kind, ...placeOf(node), replacement };
}

function placeOf({ start, end }: t.Node): Place {
  if (typeof start !== "number" || typeof end !== "number") throw new TypeError("the parser left out a place");
  return { start, end };
}

function textOf(node: t.Node, { text }: Spot): string {
  const { start, end } = placeOf(node);
  return text.slice(start, end);
}

function isText(node: t.Node): boolean {
  return (
    t.isStringLiteral(node) ||
    t.isTemplateLiteral(node) ||
    (t.isBinaryExpression(node) && (isText(node.left) || isText(node.right)))
  );
}

function isKey({ ancestors }: Pick<Spot, "ancestors">): boolean {
  const parent = ancestors.at(-1);
  return parent?.key === "key";
}

function isSuperCall({ expression }: t.ExpressionStatement): boolean {
  return t.isCallExpression(expression) && t.isSuper(expression.callee);
}

function isOnlyAType(node: t.Node): boolean {
  return t.isTSType(node) || t.isTSTypeAliasDeclaration(node) || t.isTSInterfaceDeclaration(node);
}

function shown(text: string, { start, end, replacement }: Change): Pick<Mutation, "before" | "after"> {
  if (replacement === ";") return { before: onOneLine(text.slice(start, end)), after: "" };
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", end);
  const to = lineEnd === -1 ? text.length : lineEnd;
  return {
    before: onOneLine(text.slice(from, to)),
    after: onOneLine(text.slice(from, start) + replacement + text.slice(end, to)),
  };
}

function onOneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}
