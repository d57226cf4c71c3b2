import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { install, isInstalled } from "../../local/install.mjs";

let root = "";
const lockfile = () => join(root, "package-lock.json");
const [earlier, later] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-01-02T00:00:00Z")];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "chipin-install-"));
  writeFileSync(lockfile(), `{"lockfileVersion":3}`);
  utimesSync(lockfile(), earlier, earlier);
});
afterEach(() => rmSync(root, { recursive: true }));

function finishInstall() {
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(join(root, "node_modules/.package-lock.json"), "{}");
}

it("packages count as installed only when npm finished after the lockfile was last written", () => {
  expect(isInstalled(root)).toBe(false);
  mkdirSync(join(root, "node_modules"));
  expect(isInstalled(root)).toBe(false);

  finishInstall();
  expect(isInstalled(root)).toBe(true);

  utimesSync(join(root, "node_modules/.package-lock.json"), earlier, earlier);
  utimesSync(lockfile(), later, later);
  expect(isInstalled(root)).toBe(false);
});

it("install runs npm once and remembers the lockfile it installed", async () => {
  const printed: string[] = [];
  let runs = 0;
  const run = async () => {
    runs += 1;
    finishInstall();
    return 0;
  };

  expect(await install(root, { run, say: (line) => printed.push(line) })).toBeNull();
  // A checkout changes the time of the file, not its content.
  const touched = new Date(Date.now() + 60_000);
  utimesSync(lockfile(), touched, touched);
  expect(await install(root, { run, say: (line) => printed.push(line) })).toBeNull();

  expect(runs).toBe(1);
  expect(printed[0]).toBe("Installing packages, about half a minute the first time…");
});

it("install reports in one sentence that npm failed", async () => {
  const problem = await install(root, { run: async () => 1, say: () => {} });

  expect(problem).toMatch(/could not be installed \(npm ci ended with 1.*Check the network/);
});

it("install refuses a Node that is too old and does not run npm", async () => {
  const run = async () => expect.fail("npm must not run");

  expect(await install(root, { run, nodeVersion: "18.19.0" })).toMatch(/needs Node 20 or newer; this is 18\.19\.0/);
});
