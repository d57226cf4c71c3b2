import { type SQL, sql } from "drizzle-orm";

/** For `= ANY (…)`: one parameter, however many ids. */
export const uuids = (ids: readonly string[]): SQL => sql`${`{${ids.join(",")}}`}::uuid[]`;
