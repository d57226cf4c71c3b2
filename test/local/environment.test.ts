import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workerSettings } from "../../local/environment.ts";
import { PlatformProblem } from "../../local/ports.ts";

let directory = "";
const path = () => join(directory, "secrets.json");
const settings = () =>
  workerSettings({ worker: "http://w", console: "http://c", databaseUrl: "postgres://u:p@h/d" }, path(), {});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chipin-secrets-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("workerSettings", () => {
  it("draws secrets once", () => {
    expect(settings()).toEqual(settings());
  });

  it("completes a file from before there were more providers, and keeps what is there", () => {
    settings();
    const { ozowClientSecret: _, snapscanApiKey: __, ...older } = JSON.parse(readFileSync(path(), "utf8"));
    writeFileSync(path(), JSON.stringify({ ...older, jobSecret: "drawn long ago" }));

    const completed = settings();

    expect(completed).toMatchObject({
      ...{ INTERNAL_JOB_SECRET: "drawn long ago", CARD_DATA_ENCRYPTION_KEY: older.cardDataEncryptionKey },
      ...{ OZOW_CLIENT_SECRET: expect.stringMatching(/.{16}/), SNAPSCAN_API_KEY: expect.stringMatching(/.{16}/) },
    });
    expect(settings()).toEqual(completed);
  });

  it("does not draw anew what data was encrypted with", () => {
    writeFileSync(path(), JSON.stringify({ jobSecret: "only this" }));

    expect(settings).toThrow(PlatformProblem);
  });
});
