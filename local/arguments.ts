import { parseArgs } from "node:util";
import { PlatformProblem } from "./ports.ts";

export type StartArguments = {
  port: number;
  ephemeral: boolean;
  reset: boolean;
  watch: boolean;
  edgeCache: boolean;
  set: Record<string, string>;
  directory: string | undefined;
  help: boolean;
};

export const USAGE = `npm start                          everything on http://127.0.0.1:8787, its console on the port after it
npm start -- --port N              another port; the console takes N+1
npm start -- --ephemeral           keep nothing: memory only
npm start -- --reset               delete the kept data and start anew
npm start -- --edge-cache          a cache before the Worker, as on Cloudflare: board pages may be two seconds old
npm start -- --set NAME=VALUE      one setting of the Worker; may be repeated
npm start -- --directory DIR       keep things there instead of in .local
npm run dev                        the same, rebuilding the Worker when a source file changes`;

const DEFAULT_PORT = 8787;

/** @throws PlatformProblem naming the argument that is wrong, and what there is. */
export function readArguments(args: readonly string[]): StartArguments {
  const { values } = parse(args);
  if (values.reset && values.ephemeral) {
    throw new PlatformProblem("--reset and --ephemeral exclude each other: with --ephemeral nothing is kept");
  }
  return {
    port: readPort(values.port),
    ephemeral: values.ephemeral ?? false,
    reset: values.reset ?? false,
    watch: values.watch ?? false,
    edgeCache: values["edge-cache"] ?? false,
    set: Object.fromEntries((values.set ?? []).map(readSetting)),
    directory: values.directory,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        port: { type: "string", short: "p" },
        ephemeral: { type: "boolean" },
        reset: { type: "boolean" },
        watch: { type: "boolean" },
        "edge-cache": { type: "boolean" },
        set: { type: "string", multiple: true },
        directory: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlatformProblem(`${reason}\n\n${USAGE}`);
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  // The console takes the port after it.
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_534) return port;
  throw new PlatformProblem(`--port must be a number from 1 to 65534, not "${text}"`);
}

function readSetting(text: string): [name: string, value: string] {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new PlatformProblem(`--set must look like NAME=VALUE with NAME in capitals, not "${text}"`);
}
