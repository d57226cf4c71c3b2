import { parseArgs } from "node:util";
import { SmokeProblem, smoke, smokeKey } from "./smoke.ts";

const USAGE = `npm run smoke -- <origin>                    one board's way through a running ChipIn; nothing is paid
npm run smoke -- <origin> --api <origin>     where the API has an origin of its own
npm run smoke -- <origin> --version <Worker>=<version id>   ask this version of a Worker that has two

CHIPIN_API_KEY is a partner's key. The local platform's is known: npm run smoke -- http://127.0.0.1:8787`;

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof SmokeProblem ? error.message : error);
  process.exitCode = 1;
}

async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { api: { type: "string" }, version: { type: "string" }, help: { type: "boolean" } },
  });
  const [origin, ...more] = positionals;
  if (values.help || !origin || more.length > 0) {
    console.log(USAGE);
    return values.help ?? false;
  }
  const [worker, id] = values.version?.split("=") ?? [];
  if (values.version && !(worker && id)) throw new SmokeProblem("--version is <Worker>=<version id>");
  const clean = originOf(origin);
  await smoke({
    origin: clean,
    api: values.api && originOf(values.api),
    apiKey: await smokeKey(clean, process.env),
    version: worker && id ? { worker, id } : undefined,
    print: console.log,
  });
  return true;
}

function originOf(text: string): string {
  if (URL.canParse(text)) return new URL(text).origin;
  throw new SmokeProblem(`"${text}" is no origin like https://staging.chipin.co.za`);
}
