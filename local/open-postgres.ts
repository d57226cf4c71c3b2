import { dirname } from "node:path";
import { PlatformProblem, startAnew } from "./ports.ts";
import type { LocalPostgres } from "./postgres/local-postgres.ts";
import { startPglite } from "./postgres/pglite.ts";
import { usePostgres } from "./postgres/server.ts";

/**
 * The Postgres at `url`, or the embedded one in `dataDir` (in memory without).
 * @throws PlatformProblem when the server does not answer or the folder is in use.
 */
export async function openPostgres(url: string | undefined, dataDir: string | null): Promise<LocalPostgres> {
  return url ? reachPostgres(url) : openPglite(dataDir);
}

async function reachPostgres(url: string): Promise<LocalPostgres> {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new PlatformProblem("LOCAL_POSTGRES_URL must look like postgres://user:password@host:5432/name");
  }
  const postgres = usePostgres(url);
  try {
    await postgres.query({ text: "SELECT 1", params: [] });
    return postgres;
  } catch (error) {
    await postgres.stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlatformProblem(`Postgres could not be used: ${reason}. Start it, or unset LOCAL_POSTGRES_URL.`);
  }
}

async function openPglite(dataDir: string | null): Promise<LocalPostgres> {
  if (!dataDir) return startPglite({ memory: "migrated" });
  try {
    return await startPglite({ dataDir });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!reason.includes("open in another process")) {
      throw new PlatformProblem(
        `The database in ${dataDir} cannot be opened (${reason}); ${startAnew(dirname(dataDir))}`,
      );
    }
    throw new PlatformProblem(
      "ChipIn is already running from this folder; stop that one first, or start beside it: npm start -- --ephemeral --port 9000",
    );
  }
}
