import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Platform, startPlatform } from "../../local/platform.ts";
import { Cluster } from "./cluster.ts";

/** A platform on a Postgres that a test can stop. Both run from the first test of the file to the last. */
export type Stage = { readonly cluster: Cluster; readonly platform: Platform };

/** Crons are off, so that only the test starts jobs. */
export function setStage(): Stage {
  const stage: { cluster?: Cluster; platform?: Platform } = {};
  const directory = mkdtempSync(join(tmpdir(), "chipin-chaos-"));
  beforeAll(async () => {
    stage.cluster = await Cluster.create();
    stage.platform = await startPlatform({ directory, postgresUrl: stage.cluster.url, seed: "keys", crons: false });
  });
  afterAll(async () => {
    await stage.platform?.stop();
    stage.cluster?.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  return stage as Stage;
}
