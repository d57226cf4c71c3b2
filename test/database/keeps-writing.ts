// local-postgres.test.ts runs this as a process. It commits rows one by one and prints their ids until it is killed.
import { startPglite } from "../../local/postgres/pglite.ts";

const [dataDir = "", from = "0"] = process.argv.slice(2);
const postgres = await startPglite({ dataDir });
await postgres.query({ text: "CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY, filler text)", params: [] });
for (let id = Number(from); ; id += 1) {
  const insert = { text: "INSERT INTO kept VALUES ($1, repeat('x', 2000))", params: [String(id)] };
  await postgres.batch([insert], { isolationLevel: null, readOnly: false, deferrable: false });
  process.stdout.write(`${id}\n`);
}
