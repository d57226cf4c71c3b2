import { readFile } from "node:fs/promises";
import { parse } from "@babel/parser";
import type { Expression, Node, Statement } from "@babel/types";
import type * as esbuild from "esbuild";

const DRIVER = /\/@neondatabase\/serverless\/index\.mjs$/;
const PURE = "/* @__PURE__ */";
/** The driver brings a `Buffer` of its own for runtimes without one, which Workers are not. */
const OWN_BUFFER = /typeof\s+globalThis\.Buffer[^?]*\?\s*globalThis\.Buffer\s*:\s*[\w$]+\(\)\.Buffer/;

/**
 * Neon's driver is one file with a whole socket client of Postgres in it, and the Worker asks over HTTP only. What makes its parts are
 * calls at the top level, which esbuild must keep as long as they may have effects. Here they are declared to have none, so that the
 * parts which queries over HTTP do not need are left out.
 */
export const neonOverHttp: esbuild.Plugin = {
  name: "neon-over-http",
  setup(build) {
    build.onLoad({ filter: DRIVER, namespace: "file" }, async ({ path }) => ({
      contents: withoutEffects(await readFile(path, "utf8")),
    }));
  },
};

type Edit = Readonly<{ start: number; end: number; text: string }>;

/** @throws Error when the driver is not made as this expects: a new version of it. */
export function withoutEffects(published: string): string {
  const driver = published.replace(OWN_BUFFER, "globalThis.Buffer");
  if (driver === published) throw unknownDriver();
  const { body } = parse(driver, { sourceType: "module" }).program;
  const textOf = ({ start, end }: Node) => driver.slice(start ?? 0, end ?? 0);
  const replace = ({ start, end }: Node, text: string): Edit => ({ start: start ?? 0, end: end ?? 0, text });
  const calls = body.map(callOf).filter((call) => call !== null);
  const gettersOf = new Map(
    calls.filter(({ second }) => second.type === "ObjectExpression").map((it) => [it.first, it]),
  );
  // The socket client has the parsers of types as its `types`.
  const [, parsers] = /\.types=([\w$]+)\(\)/.exec(driver.replaceAll("\n", "")) ?? [];
  if (parsers === undefined || gettersOf.size === 0) throw unknownDriver();

  const edits = calls.map(({ statement }) => replace(statement, ""));
  for (const statement of body) {
    if (statement.type !== "VariableDeclaration") continue;
    for (const { id, init } of statement.declarations) {
      if (!init || id.type !== "Identifier") continue;
      const getters = gettersOf.get(id.name);
      if (id.name === "export_types") edits.push(replace(init, `${PURE}${parsers}()`));
      else if (getters)
        edits.push(replace(init, `${PURE}(to=>(${getters.callee}(to,${textOf(getters.second)}),to))({})`));
      else if (init.type === "ClassExpression" || init.type === "MemberExpression")
        edits.push(replace(init, `${PURE}(()=>${textOf(init)})()`));
      else edits.push(...callsIn(init).map((call) => replace({ ...call, end: call.start } as Node, PURE)));
    }
  }
  const inOrder = edits.toSorted((one, other) => other.start - one.start);
  return inOrder.reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), driver);
}

function unknownDriver(): Error {
  return new Error("the Worker's build does not know this driver of Neon");
}

/** `name(Class, "Class")` and `exports(module, { getters })`: a statement that only adds to what its first argument is. */
function callOf(statement: Statement) {
  if (statement.type !== "ExpressionStatement" || statement.expression.type !== "CallExpression") return null;
  const { callee, arguments: given } = statement.expression;
  const [first, second] = given;
  if (callee.type !== "Identifier" || first?.type !== "Identifier" || !second) return null;
  return { statement, callee: callee.name, first: first.name, second };
}

/** The call, and those that give its arguments. */
function callsIn(init: Expression): Expression[] {
  if (init.type !== "CallExpression") return [];
  const given = init.arguments.filter((argument) => argument.type === "CallExpression");
  return [init, ...given];
}
