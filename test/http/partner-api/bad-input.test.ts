import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { siteWithBoards } from "../board-to-pay-out.ts";
import { type Contract, type Operation, type Parameter, type Schema, schemaOf } from "./contract.ts";
import { anOwner, DocumentedCalls, kindOf, type Owner, pathOf, unknownId } from "./every-operation.ts";
import { aCaller } from "./support.ts";

/**
 * Bad input of every kind for every operation, made out of the OpenAPI document. Each answer must have a status and a shape that the
 * document names, and none may be a server error; what contradicts the document must be refused.
 */
let database: TestDatabase;
let platform: ReturnType<typeof siteWithBoards>;
let document: Contract;
let calls: DocumentedCalls;
let owner: Owner;
beforeAll(async () => {
  database = await startTestDatabase();
  platform = siteWithBoards(database);
  document = (await (await platform.site.request("/v1/openapi.json")).json()) as Contract;
  owner = await anOwner(platform, await aCaller(platform.site));
}, 60_000);
afterAll(() => database.stop());

const REFUSED = [400, 403, 404, 409, 413, 422];
const INVALID = [400];

type Sent = { path?: string; query?: string; body?: unknown; headers?: Record<string, string> };

/** The operation's good request, changed as `sent` says. */
async function send(operation: Operation, { path, query = "", body, headers = {} }: Sent): Promise<Response> {
  const where = path ?? pathOf(operation, owner.ids[kindOf(operation) ?? ""] ?? "");
  const given = body === undefined ? operation.body?.example : body;
  const raw = typeof given === "string" || given instanceof Uint8Array || given === undefined;
  return await owner.caller.send(operation.method, `${where}${query}`, {
    headers,
    ...(given !== undefined && { body: (raw ? given : JSON.stringify(given)) as BodyInit }),
  });
}

/** Judges the answers to one kind of bad input, for all operations. */
async function each(
  operations: Operation[],
  inputs: (operation: Operation) => Iterable<[what: string, sent: Sent, expected?: readonly number[] | undefined]>,
): Promise<void> {
  calls = new DocumentedCalls(document);
  for (const operation of operations) {
    for (const [what, sent, expected] of inputs(operation)) {
      await calls.judge(operation, what, await send(operation, sent), expected);
    }
  }
  expect(calls.problems.slice(0, 20)).toEqual([]);
  expect(calls.answers).toBeGreaterThan(operations.length);
}

const operations = () => new DocumentedCalls(document).operations;
const withBody = () => operations().filter(({ body }) => body !== null);

const WRONG_VALUES: unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  "",
  " ",
  "x",
  "a\u0000b",
  "\ud800",
  "\u202e\u2066",
  "'; DROP TABLE dream_boards; --",
  "x".repeat(5_000),
  "0000-01-01T00:00:00Z",
  "1969-12-31T23:59:59Z",
  "1970-01-01T00:00:00Z",
  "9999-12-31T23:59:59-23:59",
  "2026-12-31T21:59:59.123456789Z",
  [],
  [null],
  [[]],
  {},
  { constructor: {}, toString: 1 },
];

it("a body whose field has a wrong type, lies beyond a limit, is missing or is unknown gets a documented answer", {
  timeout: 180_000,
}, async () => {
  const check = new DocumentedCalls(document);
  await each(withBody(), function* ({ body }) {
    const { schema, examples } = body ?? expect.fail();
    for (const example of examples) {
      const fitting = branchOf(check, schema, example);
      for (const [what, value] of mutationsOf(check, fitting, example)) {
        yield [what, { body: value }, check.fits(schema, value) ? undefined : REFUSED];
      }
      yield ["an unknown field", { body: { ...(example as object), favourite_colour: "green" } }];
      yield ["an inherited name as a field", { body: JSON.stringify(example).replace("{", '{"__proto__":{"x":1},') }];
    }
  });
});

it("a body that cannot be read is answered 400, and one that is too large 413", async () => {
  await each(withBody(), function* ({ body }) {
    const good = JSON.stringify(body?.example);
    const unreadable: [string, unknown][] = [
      ...(body?.required ? [["an empty body", ""] as [string, unknown]] : []),
      ["half a body", good.slice(0, -1)],
      ["two bodies", good + good],
      ["a list", "[]"],
      ["a list of bodies", `[${good}]`],
      ["null", "null"],
      ["a text", '"x"'],
      ["a number", "1e999"],
      ["a NUL", "\u0000"],
      ["a deep list", "[".repeat(30_000)],
      ["a deep list that ends", "[".repeat(20_000) + "]".repeat(20_000)],
      ["a deep object", `${'{"a":'.repeat(8_000)}1${"}".repeat(8_000)}`],
      ["invalid UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x7d])],
      [
        "invalid UTF-8 in a field that is unknown",
        Buffer.concat([Buffer.from(`${good.slice(0, -1)},"x":"`), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
      ],
      ["UTF-16", Buffer.from(`\ufeff${good}`, "utf16le")],
      ["a form", "reason=manual&message=x"],
    ];
    for (const [what, sent] of unreadable) yield [what, { body: sent }, INVALID];
    const large = JSON.stringify({ ...(body?.example as object), padding: "x".repeat(70_000) });
    yield ["70 KB", { body: large }, [413]];
    for (const type of [
      "",
      "text/plain",
      "application/xml",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "x",
    ]) {
      yield [`the content type ${type}`, { body: good, headers: { "Content-Type": type } }, INVALID];
    }
  });
});

it("an id that cannot be read is answered 400, and one that names nothing 404", async () => {
  const naming = operations().filter((operation) => kindOf(operation) !== null);
  await each(naming, function* (operation) {
    const kind = kindOf(operation) ?? expect.fail();
    const { [kind]: own = "" } = owner.ids;
    const [prefix] = own.split("_");
    const foreign = Object.values(owner.ids).filter((id) => !id.startsWith(`${prefix}_`));
    for (const id of [
      ...UNREADABLE,
      ...foreign,
      `${prefix}_`,
      own.slice(0, -1),
      `${own}x`,
      own.toUpperCase(),
      `${prefix}_${"z".repeat(26)}`,
    ]) {
      yield [`the id ${id.slice(0, 40)}`, { path: pathOf(operation, id) }, INVALID];
    }
    for (const id of [
      unknownId(kind),
      "00000000-0000-0000-0000-000000000000",
      "0199b3c4-1234-7abc-8def-0123456789ab",
    ]) {
      yield [`the unknown id ${id}`, { path: pathOf(operation, id) }, [404]];
    }
  });
});

const UNREADABLE = [
  "x",
  "0",
  "-",
  "%20",
  "%00",
  "%ff",
  "%",
  "%E0%A4%A",
  "__proto__",
  "constructor",
  "null",
  "'%20OR%201=1--",
  "..%2F..%2Fetc",
  "x".repeat(4_000),
  "%F0%9F%8E%82",
];

it("a query that contradicts the document is answered 400 on its parameter", async () => {
  const check = new DocumentedCalls(document);
  const listing = operations().filter(({ parameters }) => parameters.some((it) => it.in === "query"));

  expect(listing.length).toBeGreaterThan(3);
  await each(listing, function* ({ parameters }) {
    for (const parameter of parameters.filter((it) => it.in === "query")) {
      for (const value of QUERY_VALUES) {
        const query = `?${parameter.name}=${encodeURIComponent(value)}`;
        yield [query.slice(0, 80), { query }, isAllowed(check, parameter, value) ? undefined : INVALID];
      }
      yield [`${parameter.name} twice`, { query: `?${parameter.name}=x&${parameter.name}=y` }, INVALID];
      yield [`${parameter.name} that is no text`, { query: `?${parameter.name}=%ff%fe` }, INVALID];
    }
    yield ["an unknown parameter", { query: "?colour=green&__proto__=x&limit[]=1" }, [200]];
  });
});

const QUERY_VALUES = [
  "",
  " ",
  "x",
  "0",
  "1",
  "-1",
  "1.5",
  "1e1",
  "100",
  "101",
  "9".repeat(30),
  "null",
  "\u0000",
  "🎂",
  "x".repeat(3_000),
  "2026-13-45T99:99:99Z",
  "+275760-09-13T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
];

it("a cursor is refused when it is changed, and by every other list", async () => {
  const lists = operations().filter(({ parameters }) => parameters.some(({ name }) => name === "after"));
  const cursors = new Map<string, string>();
  for (const list of lists) {
    const { pagination } = (await (await send(list, { query: "?limit=1" })).json()) as {
      pagination: { next_cursor: string | null };
    };
    if (pagination.next_cursor) cursors.set(list.operationId, pagination.next_cursor);
  }

  expect(cursors.size).toBeGreaterThan(2);
  await each(lists, function* ({ operationId }) {
    for (const [other, cursor] of cursors) {
      yield [`the cursor of ${other}`, { query: `?after=${cursor}` }, other === operationId ? [200] : INVALID];
      if (other !== operationId) continue;
      const changed = [
        cursor.slice(1),
        cursor.slice(0, -1),
        cursor.replace(".", ""),
        `${cursor}x`,
        `${cursor}=`,
        ` ${cursor}`,
        cursor.toUpperCase(),
        cursor.replace(/^./, (it) => (it === "A" ? "B" : "A")),
        cursor.replace(/.$/, (it) => (it === "A" ? "B" : "A")),
      ];
      for (const it of changed)
        yield [`the changed cursor ${it}`, { query: `?after=${encodeURIComponent(it)}` }, INVALID];
    }
  });
});

it("a header that contradicts the document is answered 400 on its name", async () => {
  await each(operations(), function* ({ parameters }) {
    const names = parameters.filter((it) => it.in === "header").map(({ name }) => name.toLowerCase());
    yield ["a version that there is not", { headers: { "Chipin-Version": "2020-01-01" } }, INVALID];
    yield ["an empty version", { headers: { "Chipin-Version": "" } }, INVALID];
    if (!names.includes("idempotency-key")) return;
    for (const key of ["", "x".repeat(256), "é", "\u00a0"]) {
      yield [`the idempotency key ${key.slice(0, 5)}`, { headers: { "Idempotency-Key": key } }, INVALID];
    }
  });
});

/** The one schema of a `oneOf` that the example fits. */
function branchOf(check: DocumentedCalls, schema: Schema, example: unknown): Schema {
  const known = schemaOf(document, schema);
  const fitting = known.oneOf?.find((choice) => check.fits(choice, example));
  return fitting ? branchOf(check, fitting, example) : known;
}

/** Bodies that each have one field changed, in any depth. */
function* mutationsOf(
  check: DocumentedCalls,
  schema: Schema,
  example: unknown,
): Generator<[what: string, value: unknown]> {
  if (typeof example !== "object" || example === null || Array.isArray(example)) return;
  const fields = example as Record<string, unknown>;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const known = branchOf(check, property, fields[name]);
    const values = [
      ...WRONG_VALUES,
      ...boundariesOf(known),
      ...(Array.isArray(fields[name]) ? listsOf(fields[name]) : []),
    ];
    for (const value of values) {
      yield [`${name} ${JSON.stringify(value).slice(0, 40)}`, { ...fields, [name]: value }];
    }
    const { [name]: _, ...others } = fields;
    yield [`without ${name}`, others];
    for (const [what, value] of mutationsOf(check, known, fields[name]))
      yield [`${name}.${what}`, { ...fields, [name]: value }];
  }
}

function boundariesOf({ minLength, maxLength, minimum, maximum }: Schema): unknown[] {
  const lengths = [minLength, maxLength].flatMap((length) =>
    length === undefined ? [] : [length - 1, length, length + 1],
  );
  const numbers = [minimum, maximum].flatMap((limit) => (limit === undefined ? [] : [limit - 1, limit, limit + 1]));
  return [...lengths.filter((length) => length >= 0).map((length) => "x".repeat(length)), ...numbers];
}

const listsOf = (list: unknown[]) => [[...list, ...list], [...list, "x"], Array(5_000).fill(list[0])];

function isAllowed(check: DocumentedCalls, { schema }: Parameter, value: string): boolean {
  const known = schemaOf(document, schema);
  if (known.type !== "integer") return check.fits(known, value);
  return /^\d+$/.test(value) && check.fits(known, Number(value));
}
