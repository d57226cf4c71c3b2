import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../local/ports.ts";

const DEBIAN = "/usr/lib/postgresql";

/** A real Postgres that belongs to one test file, which may stop it at any moment. */
export class Cluster {
  readonly url: string;
  readonly #bin = findBinaries();
  readonly #folder = mkdtempSync(join(tmpdir(), "chipin-cluster-"));
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
    this.url = `postgres://chipin@127.0.0.1:${port}/postgres`;
    // Postgres refuses to run as root, so its folder belongs to the user it runs as.
    if (isRoot()) chownSync(this.#folder, idOf("-u"), idOf("-g"));
    this.#run("initdb", "-D", this.#data, "-U", "chipin", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C");
  }

  static async create(): Promise<Cluster> {
    const cluster = new Cluster(await findFreePort());
    cluster.start();
    return cluster;
  }

  start(): void {
    const options = `-p ${this.#port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${this.#folder}`;
    this.#run("pg_ctl", "-D", this.#data, "-w", "-l", join(this.#folder, "log"), "-o", options, "start");
  }

  /** Stops like a power loss: nothing is flushed, and the next start recovers from the write-ahead log. */
  stop(): void {
    this.#run("pg_ctl", "-D", this.#data, "-m", "immediate", "-w", "stop");
  }

  remove(): void {
    try {
      this.stop();
    } catch {
      // Already stopped by the test.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  #run(program: string, ...args: string[]): void {
    const command = [join(this.#bin, program), ...args];
    const [file = "", ...rest] = isRoot() ? ["runuser", "-u", "postgres", "--", ...command] : command;
    // A server that inherits our pipes keeps them open until it ends.
    execFileSync(file, rest, { stdio: "ignore", cwd: this.#folder });
  }
}

function findBinaries(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const [newest] = versions
    .map((version) => join(DEBIAN, version, "bin"))
    .filter((bin) => existsSync(join(bin, "initdb")));
  if (!newest) throw new Error("these tests need PostgreSQL's own programs: apt-get install postgresql");
  return newest;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function idOf(which: "-u" | "-g"): number {
  return Number(execFileSync("id", [which, "postgres"], { encoding: "utf8" }));
}
