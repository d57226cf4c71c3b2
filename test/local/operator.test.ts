import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, ne } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { boardEvents } from "#database/own-tables";
import { contributions } from "#database/schema";
import { parsePublicId } from "#domain/ids";
import { cents } from "#domain/money";
import { readArguments, usage } from "../../local/operator/arguments.ts";
import { settingsOf } from "../../local/operator/call.ts";
import { COMMANDS } from "../../local/operator/commands.ts";
import { startApi, type WireBoard } from "../support/api.ts";
import { everyRow } from "../support/every-row.ts";
import { NodeKey, RFC_8032 } from "../support/receipt-keys.ts";

const api = await startApi();
const directory = mkdtempSync(join(tmpdir(), "chipin-operator-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let board: WireBoard;
beforeAll(async () => {
  board = await api.createBoard();
  await api.createBoard();
  const { reference } = await api.contribute(board.slug);
  await api.simulate(reference, "pay");
  // It ends when Postgres has the whole log.
  expect((await operator(["board", "project-again", board.id, "--note", "before the test"])).code).toBe(0);
});

const SETTINGS = {
  CHIPIN_ORIGIN: api.origin,
  CHIPIN_OPERATOR: api.operatorHeaders["ChipIn-Operator"] ?? "",
  CHIPIN_OPERATOR_SECRET: api.platform.secrets.jobSecret,
};

/** The command as `npm run operator -- …` starts it. */
async function operator(args: readonly string[], settings: Partial<typeof SETTINGS> = SETTINGS) {
  const none = { CHIPIN_ORIGIN: "", CHIPIN_OPERATOR: "", CHIPIN_OPERATOR_SECRET: "" };
  const env = { ...process.env, ...none, ...settings };
  const child = spawn("node", ["local/operator/run.ts", ...args], { env });
  const printed = { out: "", err: "" };
  child.stdout.on("data", (text) => {
    printed.out += text;
  });
  child.stderr.on("data", (text) => {
    printed.err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...printed };
}

it("ledger verify all ends with 0 and a summary when all books are right", async () => {
  const { code, out, err } = await operator(["ledger", "verify", "all"]);

  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^2 boards, 4 events, 0 with a difference, [\d.]+ s\n$/);
});

it("ledger verify ends with 1 and names the row that differs", async () => {
  const boardId = parsePublicId("board", board.id) ?? "";
  const change = (amountCents: number) =>
    api.db.update(contributions).set({ amountCents }).where(eq(contributions.dreamBoardId, boardId));
  await change(20_001);
  const file = join(directory, "differs.jsonl");
  const { code, out } = await operator(["ledger", "verify", board.id, "--save", file]);
  await change(20_000);

  expect(code).toBe(1);
  const [difference, summary] = out.split("\n");
  expect(difference).toMatch(/^db_\w+: contributions [0-9a-f-]{36} amount_cents: expected 20000, found 20001$/);
  expect(difference).toContain(board.id);
  // It looked three times, and saved the last look.
  expect(readFileSync(file, "utf8").match(/"kind":"(ledger|end)"/g)).toHaveLength(2);
  expect(summary).toMatch(/^1 board, 3 events, 1 with a difference, /);
});

it("ledger verify all reports a board that cannot be exported and goes on with the others", async () => {
  const isOther = ne(boardEvents.dreamBoardId, parsePublicId("board", board.id) ?? "");
  const kept = await api.db.delete(boardEvents).where(isOther).returning();
  const { code, out } = await operator(["ledger", "verify", "all"]);
  await api.db.insert(boardEvents).values(kept);

  expect(code).toBe(1);
  expect(out).toMatch(
    /^db_\w+: the export: expected an answer, found There is no such dream board\. \(404, req_\w+\)$/m,
  );
  expect(out).toMatch(/^2 boards, 3 events, 1 with a difference, /m);
});

it("a saved export is verified without a network, and a change in it is found", async () => {
  const file = join(directory, "all.jsonl");
  expect((await operator(["ledger", "verify", "all", "--save", file])).code).toBe(0);

  const right = await operator(["ledger", "verify", "--file", file], {});
  expect([right.code, right.out.split(",").slice(0, 3)]).toEqual([
    0,
    ["2 boards", " 4 events", " 0 with a difference"],
  ]);

  const saved = readFileSync(file, "utf8");
  const altered = join(directory, "altered.jsonl");
  await everyRow<[string, string, RegExp]>(
    [
      [
        "an amount",
        saved.replace('"amount":20000', '"amount":20001'),
        /event 2 \(contribution_opened v1\): expected a hash/,
      ],
      ["a cut", saved.slice(0, -20), /the export: expected its last line/],
      ["text", `hello\n${saved}`, /^line 1 of .* is no line of an export$/m],
      ["nothing", "", /holds no export$/m],
      ["the middle", saved.slice(saved.indexOf("\n") + 1), /comes before the line "ledger" of a board$/m],
    ],
    async ([, text, says]) => {
      writeFileSync(altered, text);
      const { code, out, err } = await operator(["ledger", "verify", "--file", altered], {});
      expect(code).toBe(1);
      expect(out + err).toMatch(says);
    },
  );
});

it("a command prints the answer as JSON, and a refusal as a line for each field", async () => {
  const inspected = await operator(["board", "inspect", board.id]);
  expect([inspected.code, JSON.parse(inspected.out).headSeq]).toEqual([0, 3]);

  const refused = await operator(["board", "close", board.id, "--confirm", "no"]);
  expect([refused.code, refused.out]).toEqual([1, ""]);
  expect(refused.err).toMatch(/^The request could not be read \(400, req_\w+\)\n {2}note: must be a text\n$/);

  const unconfirmed = await operator(["board", "close", board.id, "--note", "the party is earlier", "--confirm", "no"]);
  expect(unconfirmed.err).toContain(`  confirm: must be the board's slug: ${board.slug}`);
});

it("a partner and a key are made, and a job is run, from the command line", async () => {
  const partner = await operator(["partner", "create", "Toys & Co"]);
  const { id } = JSON.parse(partner.out);
  const scopes = "dreamboards:read,contributions:read";
  const key = await operator(["key", "create", id, "--environment", "test", "--scopes", scopes, "--rate-limit", "50"]);
  const job = await operator(["job", "run", "close-due-boards", "--now", "2026-01-01T00:00:00Z"]);

  expect(JSON.parse(key.out)).toMatchObject({ environment: "test", scopes: scopes.split(","), rate_limit: 50 });
  const list = await operator(["key", "list", id]);
  expect(JSON.parse(list.out)).toMatchObject({ api_keys: [{ id: JSON.parse(key.out).id, status: "active" }] });
  expect(list.out).not.toContain("token");
  expect(JSON.parse(job.out)).toMatchObject({ job: "close-due-boards", now: "2026-01-01T00:00:00.000Z" });
});

it("a wrong secret, an origin that does not answer and a missing setting are said in a sentence", async () => {
  await everyRow<[Partial<typeof SETTINGS>, RegExp]>(
    [
      [
        { ...SETTINGS, CHIPIN_OPERATOR_SECRET: "wrong" },
        /^There is no such route \(404.*\n {2}Is CHIPIN_OPERATOR_SECRET the one/,
      ],
      [{ ...SETTINGS, CHIPIN_ORIGIN: "http://127.0.0.1:9" }, /^http:\/\/127\.0\.0\.1:9 cannot be reached: /],
      [{ ...SETTINGS, CHIPIN_ORIGIN: "http://api.chipin.test" }, /must begin with https:\/\//],
      [{ ...SETTINGS, CHIPIN_ORIGIN: "chipin" }, /^"chipin" is no origin/],
      [{ CHIPIN_OPERATOR: "a@chipin.test", CHIPIN_OPERATOR_SECRET: "x" }, /^CHIPIN_ORIGIN is not set/],
      [{ CHIPIN_ORIGIN: api.origin }, /^CHIPIN_OPERATOR_SECRET is not set/],
      [
        { CHIPIN_ORIGIN: api.origin, CHIPIN_OPERATOR_SECRET: SETTINGS.CHIPIN_OPERATOR_SECRET },
        /^CHIPIN_OPERATOR is not set/,
      ],
    ],
    async ([settings, says]) => {
      const { code, err } = await operator(["job", "run", "close-due-boards"], settings);
      expect(err).toMatch(says);
      expect(code).toBe(1);
    },
  );
});

it("without settings a command talks to the local platform, and never with its secret to another origin", async () => {
  const handlePath = join(directory, "platform.json");
  const local = { origin: "http://127.0.0.1:8787", secret: "local", operator: "admin@chipin.test" };
  const handle = { worker: local.origin, admin: { email: local.operator }, secrets: { jobSecret: local.secret } };
  writeFileSync(handlePath, JSON.stringify(handle));
  const remote = { CHIPIN_ORIGIN: "https://api.chipin.test", CHIPIN_OPERATOR: "a@b.test", CHIPIN_OPERATOR_SECRET: "s" };

  expect(await settingsOf({}, { origin: undefined, handlePath })).toEqual(local);
  expect(await settingsOf(remote, { origin: local.origin, handlePath })).toEqual(local);
  expect(await settingsOf(remote, { origin: undefined, handlePath })).toEqual({
    origin: remote.CHIPIN_ORIGIN,
    secret: "s",
    operator: "a@b.test",
  });
  await expect(settingsOf({}, { origin: remote.CHIPIN_ORIGIN, handlePath })).rejects.toThrow(/^CHIPIN_OPERATOR_SECRET/);
  await expect(settingsOf({}, { origin: undefined, handlePath: `${handlePath}.none` })).rejects.toThrow(/npm start/);
});

it("each command line becomes one request", () => {
  const rows: [string[], string, string, unknown][] = [
    [["payout", "list"], "GET", "/internal/payouts", null],
    [["payout", "list", "--status", "failed"], "GET", "/internal/payouts?status=failed", null],
    [
      ["payout", "complete", "po_1", "--external-ref", "A 1", "--note", "paid"],
      "POST",
      "/internal/payouts/po_1/complete",
      { external_ref: "A 1", note: "paid" },
    ],
    [["payout", "execute", "po_1"], "POST", "/internal/payouts/po_1/execute", {}],
    [
      ["board", "project-again", "a/b", "--after", "7", "--note", "x"],
      "POST",
      "/internal/boards/a%2Fb/project-again?after=7",
      { note: "x" },
    ],
    [["partner", "create", "Toys"], "POST", "/internal/partners", { name: "Toys" }],
    [
      ["key", "create", "p", "--scopes", "a,b", "--rate-limit", "5"],
      "POST",
      "/internal/partners/p/api-keys",
      { scopes: ["a", "b"], rate_limit: 5 },
    ],
    [["partner", "list", "--after", "p"], "GET", "/internal/partners?after=p", null],
    [["key", "list", "p"], "GET", "/internal/partners/p/api-keys", null],
    [
      ["key", "create", "p", "--tier", "partner", "--allowed-addresses", "203.0.113.7,2001:db8::/32"],
      "POST",
      "/internal/partners/p/api-keys",
      { tier: "partner", allowed_addresses: ["203.0.113.7", "2001:db8::/32"] },
    ],
    [
      ["key", "update", "key_1", "--allowed-addresses", "", "--expires-at", "never", "--note", "n"],
      "POST",
      "/internal/api-keys/key_1/update",
      { allowed_addresses: [], expires_at: null, note: "n" },
    ],
    [
      ["key", "rotate", "key_1", "--overlap-hours", "0", "--note", "n"],
      "POST",
      "/internal/api-keys/key_1/rotate",
      { overlap_hours: 0, note: "n" },
    ],
    [
      ["key", "revoke", "key_1", "--note", "n", "--confirm", "cpk_live_abc"],
      "POST",
      "/internal/api-keys/key_1/revoke",
      { note: "n", confirm: "cpk_live_abc" },
    ],
    [
      ["partner", "limits", "p", "--boards-per-host", "50", "--note", "n"],
      "POST",
      "/internal/partners/p/limits",
      { boards_per_host: 50, note: "n" },
    ],
    [
      ["partner", "contact", "set", "p", "--email", "dev@partner.example", "--note", "n"],
      "POST",
      "/internal/partners/p/contact",
      { email: "dev@partner.example", note: "n" },
    ],
    [["partner", "contact", "show", "p"], "GET", "/internal/partners/p/contact", null],
    [["jobs"], "GET", "/internal/jobs", null],
    [["job", "run", "compare-boards"], "POST", "/internal/jobs/compare-boards", null],
    [
      ["host", "erase", "h", "--note", "n", "--confirm", "c"],
      "POST",
      "/internal/hosts/h/erase",
      { note: "n", confirm: "c" },
    ],
  ];

  const made = rows.map(([args]) => {
    const read = readArguments(args);
    return read.do === "request" ? [args, read.request.method, read.request.path, read.request.body] : [args, read];
  });

  expect(made).toEqual(rows);
});

it("a command line that is wrong is refused with what there is", async () => {
  await everyRow<[string[], RegExp]>(
    [
      [["board"], /^there is no command "board"/],
      [["board", "paint", "x"], /^there is no command "board paint x"/],
      [["board", "inspect"], /board inspect <board>$/],
      [["board", "inspect", "a", "b"], /board inspect <board>$/],
      [["board", "inspect", "a", "--note", "x"], /^--note is no option here/],
      [["jobs", "--colour", "red"], /--colour/],
      [["ledger", "verify"], /ledger verify <board\|all>/],
      [["ledger", "verify", "all", "--file", "x"], /ledger verify <board\|all>/],
      [["ledger", "verify", "all", "--note", "x"], /ledger verify <board\|all>/],
      [["ledger", "count"], /ledger verify <board\|all>/],
    ],
    ([args, says]) => expect(() => readArguments(args)).toThrow(says),
  );
});

it("--help lists every command", async () => {
  const { code, out } = await operator(["--help"], {});

  expect([code, out]).toEqual([0, `${usage()}\n`]);
  expect(COMMANDS.filter(({ words }) => !out.includes(`npm run operator -- ${words}`))).toEqual([]);
});

it("receipt verify reads a receipt offline with saved keys, and with those of a running site", async () => {
  const key = new NodeKey("2026-12", RFC_8032[0].seed);
  const receipt = key.receipt({
    reference: "8k3m9q2rtw0x1sr4s2h2",
    amount: cents(25_050),
    paidAt: new Date("2026-12-01T10:00:00Z"),
  });
  const file = join(directory, "receipt-keys.json");
  writeFileSync(file, JSON.stringify({ keys: [key.listed] }));

  const genuine = await operator(["receipt", "verify", receipt, "--keys", file], {});
  expect(genuine).toMatchObject({ code: 0, out: expect.stringContaining("Payment received: R250.50") });
  const changed = await operator(["receipt", "verify", receipt.replace("25050", "95050"), "--keys", file], {});
  expect(changed).toMatchObject({ code: 1, out: expect.stringContaining("was changed") });
  const ofAnotherSite = await operator(["receipt", "verify", receipt, "--origin", api.origin], {});
  expect(ofAnotherSite).toMatchObject({ code: 1, out: expect.stringContaining("names a key that we don’t list") });
  const unread = await operator(["receipt", "verify", receipt, "--keys", join(directory, "none.json")], {});
  expect(unread).toMatchObject({ code: 1, err: expect.stringContaining("none.json cannot be read") });
});
