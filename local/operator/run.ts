import { join } from "node:path";
import { OperatorProblem, type OperatorRequest, readArguments, usage } from "./arguments.ts";
import { call, settingsOf } from "./call.ts";
import { recoverPostgres } from "./recover-postgres.ts";
import { report, verifyFile, verifyOnline } from "./verify-ledger.ts";
import { reportReceipt } from "./verify-receipt.ts";

const handlePath = join(import.meta.dirname, "../../.local/platform.json");

try {
  process.exitCode = (await run(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof OperatorProblem ? error.message : error);
  process.exitCode = 1;
}

/** Whether all is right. */
async function run(args: readonly string[]): Promise<boolean> {
  const command = readArguments(args);
  switch (command.do) {
    case "help":
      console.log(usage());
      return true;
    case "verify-file":
      return await report(verifyFile(command.file), console.log);
    case "verify":
      return await report(
        verifyOnline(await settingsOf(process.env, { ...command, handlePath }), command),
        console.log,
      );
    case "verify-receipt":
      return await reportReceipt(command, { handlePath, print: console.log });
    case "recover-postgres": {
      const { BEFORE: before, RESTORED: restored } = process.env;
      if (!before || !restored)
        throw new OperatorProblem("BEFORE and RESTORED are not set: the connection strings of the two databases");
      const settings = await settingsOf(process.env, { ...command, handlePath });
      const ask = async (request: OperatorRequest) => (await call(settings, request)).json();
      for await (const line of recoverPostgres({ before, restored, ask, note: command.note })) console.log(line);
      return true;
    }
    case "request": {
      const answer = await call(await settingsOf(process.env, { ...command, handlePath }), command.request);
      console.log(JSON.stringify(await answer.json(), null, 2));
      return true;
    }
    default:
      command satisfies never;
      throw new OperatorProblem(usage());
  }
}
