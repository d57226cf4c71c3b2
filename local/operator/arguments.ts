import { parseArgs } from "node:util";
import { COMMANDS, type Command, OPTIONS, type OptionName, optionOf, usageOf } from "./commands.ts";

/** A sentence for the person who typed the command. */
export class OperatorProblem extends Error {
  override name = "OperatorProblem";
}

type Impact = Readonly<{ goal_cents: number; impact: string }>;
type OptionValue = string | number | readonly string[] | readonly Impact[] | null;
export type OperatorRequest = Readonly<{ method: "GET" | "POST"; path: string; body: Record<string, unknown> | null }>;

/** What the command line asks for. `board` of a verification is null for all. */
export type OperatorArguments =
  | Readonly<{ do: "help" }>
  | Readonly<{ do: "request"; request: OperatorRequest; origin: string | undefined }>
  | Readonly<{ do: "verify"; board: string | null; save: string | undefined; origin: string | undefined }>
  | Readonly<{ do: "verify-file"; file: string }>
  | Readonly<{ do: "verify-receipt"; receipt: string; keys: string | undefined; origin: string | undefined }>
  | Readonly<{ do: "recover-postgres"; note: string; origin: string | undefined }>;

export const VERIFY_USAGE = `npm run operator -- ledger verify <board|all> [--save FILE]
npm run operator -- ledger verify --file FILE`;

export const RECEIPT_USAGE = "npm run operator -- receipt verify <receipt> [--keys FILE] [--origin URL]";

export const RECOVER_USAGE = "npm run operator -- postgres recover --note …";

export function usage(): string {
  const requests = COMMANDS.map((command) => `${usageOf(command)}\n    ${command.says}`);
  return `${VERIFY_USAGE}
    checks the books of a board, or of all: folds the log and compares it with Postgres and the object; --file checks a
    saved export, without a network
${RECEIPT_USAGE}
    says whether a guest's receipt is genuine; --keys is a saved /.well-known/chipin-receipts.json, without a network;
    --origin is the site of the guests
${RECOVER_USAGE}
    fills a Postgres that was restored to an earlier point, from the database as it was and from the boards. Settings:
    BEFORE and RESTORED, the connection strings of the two
${requests.join("\n")}

Every command takes --origin URL. Settings: CHIPIN_ORIGIN, CHIPIN_OPERATOR (your e-mail address), CHIPIN_OPERATOR_SECRET
(yours of OPERATORS). With none of them set it talks to the local platform that runs here.`;
}

/** @throws OperatorProblem naming what is wrong, and what there is. */
export function readArguments(args: readonly string[]): OperatorArguments {
  const { values, positionals } = parse(args);
  if (values.help || positionals.length === 0) return { do: "help" };
  if (positionals[0] === "ledger") return readVerify(positionals, values);
  if (positionals[0] === "receipt") return readReceiptVerify(positionals, values);
  if (positionals.join(" ") === "postgres recover") {
    const { note, origin, ...others }: Partial<Record<string, unknown>> & { origin?: string } = values;
    if (typeof note !== "string" || Object.keys(others).length > 0) throw new OperatorProblem(RECOVER_USAGE);
    return { do: "recover-postgres", note, origin };
  }
  const command = COMMANDS.find(({ words }) => `${positionals.join(" ")} `.startsWith(`${words} `));
  if (!command) throw new OperatorProblem(`there is no command "${positionals.join(" ")}"\n\n${usage()}`);
  const request = requestOf(command, positionals.slice(command.words.split(" ").length), values);
  return { do: "request", request, origin: values.origin };
}

type Values = ReturnType<typeof parse>["values"];

function parse(args: readonly string[]) {
  const named = Object.keys(OPTIONS).map(
    (name) => [optionOf(name as OptionName).slice(2), { type: "string" }] as const,
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(named),
        origin: { type: "string" },
        save: { type: "string" },
        file: { type: "string" },
        keys: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    return { values, positionals };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorProblem(`${reason}\n\n${usage()}`);
  }
}

function readVerify(positionals: readonly string[], values: Values): OperatorArguments {
  const [, verb, board, ...more] = positionals;
  const { file, save, origin, ...others } = values;
  const isWhole = verb === "verify" && more.length === 0 && Object.keys(others).length === 0;
  if (isWhole && file !== undefined && board === undefined && save === undefined && origin === undefined) {
    return { do: "verify-file", file };
  }
  if (isWhole && file === undefined && board !== undefined) {
    return { do: "verify", board: board === "all" ? null : board, save, origin };
  }
  throw new OperatorProblem(VERIFY_USAGE);
}

function readReceiptVerify(positionals: readonly string[], values: Values): OperatorArguments {
  const [, verb, receipt, ...more] = positionals;
  const { keys, origin, ...others } = values;
  const isWhole = verb === "verify" && more.length === 0 && Object.keys(others).length === 0;
  if (!isWhole || receipt === undefined || (keys !== undefined && origin !== undefined))
    throw new OperatorProblem(RECEIPT_USAGE);
  return { do: "verify-receipt", receipt, keys, origin };
}

function requestOf(command: Command, given: readonly string[], values: Values): OperatorRequest {
  const { argument, method, path, body, query = [] } = command;
  const [it] = given;
  if (given.length !== (argument ? 1 : 0)) throw new OperatorProblem(usageOf(command));
  const options = readOptions(command, values);
  const fields = (names: readonly OptionName[]) =>
    names.flatMap((name) => (options.has(name) ? [[name, options.get(name)] as const] : []));
  const search = new URLSearchParams(fields(query).map(([name, value]) => [name, String(value)]));
  const named = argument?.field === undefined ? {} : { [argument.field]: it };
  return {
    method,
    path: path.replace(":it", encodeURIComponent(it ?? "")) + (search.size > 0 ? `?${search}` : ""),
    body: body ? { ...named, ...Object.fromEntries(fields(body)) } : null,
  };
}

function readOptions(command: Command, { origin: _, ...values }: Values): Map<OptionName, OptionValue> {
  const allowed = [...(command.body ?? []), ...(command.query ?? [])];
  const options = new Map<OptionName, OptionValue>();
  for (const [typed, text] of Object.entries(values)) {
    const name = allowed.find((known) => optionOf(known) === `--${typed}`);
    if (!name || typeof text !== "string")
      throw new OperatorProblem(`--${typed} is no option here\n${usageOf(command)}`);
    options.set(name, optionValue(OPTIONS[name], text));
  }
  return options;
}

function optionValue(kind: (typeof OPTIONS)[OptionName], text: string): OptionValue {
  switch (kind) {
    case "list":
      return text === "" ? [] : text.split(",");
    case "number":
      return Number(text);
    case "instant":
      return text === "never" ? null : text;
    case "impacts":
      return text.split(";").map(readImpact);
    case "text":
      return text;
    default:
      return kind satisfies never;
  }
}

/** `25000 Feed 5 children for a week`. */
function readImpact(text: string): Impact {
  const [, cents = "", impact = ""] = /^\s*(\S*)\s*(.*?)\s*$/.exec(text) ?? [];
  return { goal_cents: Number(cents), impact };
}
