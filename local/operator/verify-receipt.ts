import { readFile } from "node:fs/promises";
import { type ReceiptKeys, verifyReceipt } from "#domain/signed-receipt";
import { receiptLines } from "../../src/browser/shared/receipt-lines.ts";
import { OperatorProblem } from "./arguments.ts";

const PATH = "/.well-known/chipin-receipts.json";

type Asked = Readonly<{ receipt: string; keys: string | undefined; origin: string | undefined }>;
type Surroundings = Readonly<{ handlePath: string; print(line: string): void }>;

/** Prints what a receipt says. @returns whether it is genuine. @throws OperatorProblem when there are no keys to check it with. */
export async function reportReceipt(
  { receipt, keys, origin }: Asked,
  { handlePath, print }: Surroundings,
): Promise<boolean> {
  const listed = keys === undefined ? await keysFrom(origin ?? (await localOrigin(handlePath))) : await keysIn(keys);
  const { isGenuine, title, rows, note } = receiptLines(await verifyReceipt(receipt, listed));
  for (const line of [title, ...rows.map(([name, value]) => `  ${name}: ${value}`), note]) print(line);
  return isGenuine;
}

async function keysIn(path: string): Promise<ReceiptKeys> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new OperatorProblem(`${path} cannot be read: ${error.message}`);
  });
  return readKeys(text, path);
}

async function keysFrom(origin: string): Promise<ReceiptKeys> {
  const url = URL.parse(PATH, origin);
  if (!url) throw new OperatorProblem(`"${origin}" is no origin like https://chipin.co.za`);
  const answer = await fetch(url, { redirect: "error" }).catch((error: Error) => {
    throw new OperatorProblem(`${url} cannot be reached: ${error.message}`);
  });
  if (!answer.ok) throw new OperatorProblem(`${url} answered ${answer.status}: is it the site of the guests?`);
  return readKeys(await answer.text(), url.href);
}

function readKeys(text: string, where: string): ReceiptKeys {
  try {
    const { keys } = JSON.parse(text) as Partial<ReceiptKeys>;
    if (Array.isArray(keys)) return { keys };
  } catch {}
  throw new OperatorProblem(`${where} does not hold the keys of receipts: save what ${PATH} answers`);
}

async function localOrigin(handlePath: string): Promise<string> {
  const text = await readFile(handlePath, "utf8").catch(() => null);
  if (text === null) throw new OperatorProblem("say --keys FILE or --origin URL: no platform runs here");
  // Written by the local platform.
  return (JSON.parse(text) as { worker: string }).worker;
}
