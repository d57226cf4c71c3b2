// Plain JavaScript for Node 20 without packages, so that `npm start` works on a fresh clone.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const OLDEST_NODE = 20;
const PROGRESS_MS = 10_000;

/**
 * Whether `node_modules` matches the lockfile. npm writes its own copy of the lockfile last, so an interrupted install does
 * not count. Our note of the lockfile's hash stays valid after a checkout that only changes the file's time.
 * @param {string} root
 */
export function isInstalled(root) {
  const lockfile = join(root, "package-lock.json");
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return true;
  const note = noteOf(root);
  return existsSync(note) && readFileSync(note, "utf8") === hashOf(lockfile);
}

/**
 * Installs missing packages. @returns a sentence about the problem, or null on success
 * @param {string} root
 * @param {{ run?: (root: string) => Promise<number>, say?: (line: string) => void, nodeVersion?: string }} [options]
 */
export async function install(root, { run = npmCi, say = console.log, nodeVersion = process.versions.node } = {}) {
  if (Number.parseInt(nodeVersion, 10) < OLDEST_NODE) {
    return `ChipIn needs Node ${OLDEST_NODE} or newer; this is ${nodeVersion}. Install one from https://nodejs.org and try again.`;
  }
  if (isInstalled(root)) return null;
  say("Installing packages, about half a minute the first time…");
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const progress = setInterval(() => say(`  still installing (${seconds()} s)`), PROGRESS_MS);
  const code = await run(root).finally(() => clearInterval(progress));
  if (code !== 0) {
    return `The packages could not be installed (npm ci ended with ${code}; its output is above). Check the network, then try again.`;
  }
  if (existsSync(join(root, "node_modules"))) {
    writeFileSync(noteOf(root), hashOf(join(root, "package-lock.json")));
  }
  say(`  installed in ${seconds()} s`);
  return null;
}

/**
 * @param {string} root
 * @returns {Promise<number>}
 */
function npmCi(root) {
  // npm scripts have the path of npm in their environment. Otherwise `npm` is found on the PATH.
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm's own Node runs it, because ours may be the one in node_modules that the install replaces.
  const node = process.env.npm_node_execpath ?? process.execPath;
  const [command, all] = npm?.endsWith(".js") ? [node, [npm, ...args]] : ["npm", args];
  return new Promise((resolve) => {
    const child = spawn(command, all, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
    child.once("error", () => resolve(127));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** @param {string} root */
function noteOf(root) {
  return join(root, "node_modules/.installed-from");
}

/** @param {string} file */
function hashOf(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

// import.meta.main is newer than Node 20.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problem = await install(join(import.meta.dirname, ".."));
  if (problem) {
    console.error(`\n${problem}\n`);
    process.exit(1);
  }
}
