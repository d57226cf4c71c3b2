import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { signatureHeaders } from "#webhooks/signing";
import { eventually } from "../support/eventually.ts";
import { codeBlocks } from "./code-blocks.ts";
import { freePort } from "./free-port.ts";

const PAGE = "docs/partners/webhooks.md";
const folder = mkdtempSync(join(tmpdir(), "chipin-samples-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEWER = "whsec_ZmFrZS1zZWNyZXQtZm9yLXRlc3RzLW9ubHktMzI=";
const NOW = Date.parse("2026-12-01T08:00:00.500Z");
const BODY = '{"id":"evt_1","data":{"child_name":"Zoë 🎂","amount_cents": 20000}}';

type Sample = {
  what: string;
  body: string;
  signature: string | null;
  secret: string;
  nowSeconds: number;
  fits: boolean;
};

function signed(secrets: readonly string[], at = NOW, body = BODY): string {
  return signatureHeaders({ eventId: "evt_1", body, secrets, at: new Date(at) })["X-ChipIn-Signature"] ?? "";
}

const sample = (what: string, fits: boolean, changes: Partial<Sample> = {}): Sample => ({
  what,
  body: BODY,
  signature: signed([SECRET]),
  secret: SECRET,
  nowSeconds: Math.floor(NOW / 1000),
  fits,
  ...changes,
});
const hexOf = (signature: string) => signature.split("v1=")[1] ?? "";

const SAMPLES: readonly Sample[] = [
  sample("signed by ChipIn", true),
  sample("an empty body", true, { body: "", signature: signed([SECRET], NOW, "") }),
  sample("the newer secret while it replaces the older", true, { secret: NEWER, signature: signed([NEWER, SECRET]) }),
  sample("the older secret while it is replaced", true, { signature: signed([NEWER, SECRET]) }),
  sample("a secret that is no whsec_", true, { secret: "correct horse", signature: signed(["correct horse"]) }),
  sample("spaces after the commas", true, { signature: signed([NEWER, SECRET]).replaceAll(",", ", ") }),
  sample("4:59 old", true, { signature: signed([SECRET], NOW - 299_000) }),
  sample("4:59 ahead", true, { signature: signed([SECRET], NOW + 299_000) }),
  sample("5:02 old", false, { signature: signed([SECRET], NOW - 302_000) }),
  sample("5:02 ahead", false, { signature: signed([SECRET], NOW + 302_000) }),
  sample("another secret", false, { secret: NEWER }),
  sample("a changed body", false, { body: BODY.replace("20000", "90000") }),
  sample("JSON printed again", false, { body: JSON.stringify(JSON.parse(BODY)) }),
  sample("a changed time", false, { signature: signed([SECRET]).replace(/t=(\d+)\d/, "t=$19") }),
  sample("no header", false, { signature: null }),
  sample("an empty header", false, { signature: "" }),
  sample("no time", false, { signature: `v1=${hexOf(signed([SECRET]))}` }),
  sample("no signature", false, { signature: "t=1796112000" }),
  sample("an empty signature", false, { signature: "t=1796112000,v1=" }),
  sample("half a signature", false, { signature: signed([SECRET]).slice(0, -32) }),
  sample("a signature that is no hex", false, { signature: "t=1796112000,v1=zürich" }),
  sample("a time that is no number", false, { signature: "t=now,v1=00" }),
  sample("an older scheme", false, { signature: signed([SECRET]).replace("v1=", "v0=") }),
];

/** Runs a sample with a few lines of its own language that answer the samples on standard input. */
function answersOf(file: string, code: string, command: readonly [string, ...string[]]): unknown {
  writeFileSync(join(folder, file), code);
  const { stdout, stderr, status } = spawnSync(command[0], command.slice(1), {
    cwd: folder,
    input: JSON.stringify(SAMPLES),
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

const expected = SAMPLES.map(({ what, fits }) => [what, fits]);
const isHere = (command: string) => spawnSync(command, ["--version"]).status === 0;
/** Debian's packages `python3` and `php-cli`; CI installs them. */
const SKIPPED = (command: string) => (isHere(command) ? "" : ` (SKIPPED: this machine has no ${command})`);

describe("the samples that check a signature", () => {
  it("the TypeScript sample accepts what ChipIn signed within five minutes, and nothing else", () => {
    const [code = ""] = codeBlocks(PAGE, "ts");
    const harness = `
const samples = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
import("./sample.ts").then(({ isFromChipIn }) => console.log(JSON.stringify(samples.map((it) =>
  [it.what, isFromChipIn(Buffer.from(it.body), it.signature ?? undefined, it.secret, it.nowSeconds * 1000)]))));`;
    writeFileSync(join(folder, "harness.cjs"), harness);
    expect(answersOf("sample.ts", code, [process.execPath, "--no-warnings", "harness.cjs"])).toEqual(expected);
  });

  it.skipIf(!isHere("python3"))(
    `the Python sample accepts what ChipIn signed within five minutes, and nothing else${SKIPPED("python3")}`,
    () => {
      const [code = ""] = codeBlocks(PAGE, "python");
      const harness = `
import json, sys
samples = json.loads(sys.stdin.buffer.read().decode())
print(json.dumps([[it["what"], is_from_chipin(it["body"].encode(), it["signature"], it["secret"], it["nowSeconds"])] for it in samples]))`;
      expect(answersOf("sample.py", code + harness, ["python3", "sample.py"])).toEqual(expected);
    },
  );

  it.skipIf(!isHere("php"))(
    `the PHP sample accepts what ChipIn signed within five minutes, and nothing else${SKIPPED("php")}`,
    () => {
      const [code = ""] = codeBlocks(PAGE, "php");
      const harness = `
$samples = json_decode(file_get_contents('php://stdin'), true);
echo json_encode(array_map(fn ($it) => [$it['what'], isFromChipIn($it['body'], $it['signature'], $it['secret'], $it['nowSeconds'])], $samples));`;
      expect(answersOf("sample.php", code + harness, ["php", "sample.php"])).toEqual(expected);
    },
  );
});

describe("the sample of a whole receiver", () => {
  let receiver: ChildProcess | undefined;
  afterAll(() => receiver?.kill());

  it("it answers 204 to a signed delivery, prints a repeated event once, and answers 401 to anything else", async () => {
    const [signature = "", server = ""] = codeBlocks(PAGE, "ts");
    writeFileSync(join(folder, "chipin-signature.ts"), signature);
    writeFileSync(join(folder, "receiver.ts"), server);
    const port = await freePort();
    const env = { ...process.env, PORT: String(port), CHIPIN_WEBHOOK_SECRET: SECRET };
    receiver = spawn(process.execPath, ["--no-warnings", "receiver.ts"], { cwd: folder, env });
    const printed: string[] = [];
    receiver.stdout?.on("data", (chunk) => printed.push(String(chunk)));
    const body = '{"id":"evt_1","type":"pot.closed","data":{}}';
    const post = (secret: string) =>
      fetch(`http://127.0.0.1:${port}/chipin`, {
        method: "POST",
        headers: signatureHeaders({ eventId: "evt_1", body, secrets: [secret], at: new Date() }),
        body,
      }).then(({ status }) => status);

    await eventually(() => post(SECRET).catch(() => null));
    expect([await post(SECRET), await post(NEWER)]).toEqual([204, 401]);
    await eventually(async () => printed.length > 0);
    expect(printed.join("")).toBe("pot.closed evt_1\n");
  });
});
