import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Platform, startPlatform } from "../../local/platform.ts";
import { Cluster } from "./cluster.ts";

/** A whole platform on a Postgres that can be stopped; both are there from the file's first test to its last. */
export type Stage = { readonly cluster: Cluster; readonly platform: Platform };

/** No crons: whatever runs, the test started. */
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
