import type { TestDatabase } from "./database.ts";

/** All rows of all tables, as text. */
export async function allRows({ postgres }: TestDatabase): Promise<string> {
  const { rows: tables } = await postgres.query({
    text: "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    params: [],
  });
  let text = "";
  for (const [table] of tables) {
    const { rows } = await postgres.query({ text: `SELECT t::text FROM "${table}" t`, params: [] });
    text += rows.map(([row]) => row).join("\n");
  }
  return text;
}
