import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
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

it("the local secrets are generated once and kept", () => {
  expect(settings()).toEqual(settings());
});

it("a secrets file that lacks later additions is completed, and its values are kept", () => {
  settings();
  const {
    ozowClientSecret: _,
    snapscanApiKey: __,
    sessionSecret: ___,
    ...older
  } = JSON.parse(readFileSync(path(), "utf8"));
  writeFileSync(path(), JSON.stringify({ ...older, jobSecret: "drawn long ago" }));

  const completed = settings();

  expect(completed).toMatchObject({
    INTERNAL_JOB_SECRET: "drawn long ago",
    CARD_DATA_ENCRYPTION_KEY: older.cardDataEncryptionKey,
    OZOW_CLIENT_SECRET: expect.stringMatching(/.{16}/),
    SNAPSCAN_API_KEY: expect.stringMatching(/.{16}/),
    SESSION_SECRET: expect.stringMatching(/.{24}/),
  });
  expect(settings()).toEqual(completed);
});

it("a secrets file without the encryption key is refused", () => {
  writeFileSync(path(), JSON.stringify({ jobSecret: "only this" }));

  expect(settings).toThrow(PlatformProblem);
});
