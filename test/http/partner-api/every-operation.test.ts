import { afterAll, beforeAll, expect, it } from "vitest";
import { SCOPES, type Scope } from "#accounts/scopes";
import { siteWithBoards } from "../../http/board-to-pay-out.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import type { Contract, Operation } from "./contract.ts";
import { anOwner, DocumentedCalls, kindOf, type Owner, pathOf, sandboxOf } from "./every-operation.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

/**
 * What every operation of the OpenAPI document must do, so that a new one is tested by being in it. Keys and limits are in
 * keys-on-every-route.test.ts, bad input is in bad-input.test.ts.
 */
let database: TestDatabase;
let platform: ReturnType<typeof siteWithBoards>;
let calls: DocumentedCalls;
let owner: Owner;
beforeAll(async () => {
  database = await startTestDatabase();
  platform = siteWithBoards(database);
  const document = (await (await platform.site.request("/v1/openapi.json")).json()) as Contract;
  calls = new DocumentedCalls(document);
  owner = await anOwner(platform, await aCaller(platform.site));
}, 60_000);
afterAll(() => database.stop());

const idFor = (operation: Operation, { ids }: Owner) => ids[kindOf(operation) ?? ""] ?? "";
const call = (caller: Caller, operation: Operation, of = owner) =>
  caller.call(operation.method, pathOf(operation, idFor(operation, of)), operation.body?.example);

it("every operation answers 403 to a key with every scope but its own, whatever its body", async () => {
  const callers = new Map<Scope, Caller>();
  for (const scope of SCOPES) {
    callers.set(scope, await aCaller(platform.site, { scopes: SCOPES.filter((other) => other !== scope) }));
  }
  for (const operation of calls.operations) {
    const caller = callers.get(operation.scope as Scope) ?? expect.fail(`there is no scope ${operation.scope}`);
    const response = await caller.call(operation.method, pathOf(operation, "x"), operation.body ? "{" : undefined);

    expect([operation.operationId, response.status]).toEqual([operation.operationId, 403]);
    await expectRefusal(response, 403, "forbidden");
  }
});

it("every operation that names something answers 404 for another partner's, and for the sandbox's beside it", async () => {
  const stranger = await aCaller(platform.site);
  const sandbox = await anOwner(platform, await sandboxOf(platform, owner.caller));
  const naming = calls.operations.filter((operation) => kindOf(operation) !== null);

  expect(naming.length).toBeGreaterThan(6);
  for (const operation of naming) {
    const answers = {
      stranger: await call(stranger, operation),
      "the sandbox, of live things": await call(sandbox.caller, operation),
      "the live key, of sandbox things": await call(owner.caller, operation, sandbox),
    };
    for (const [who, response] of Object.entries(answers)) {
      expect([operation.operationId, who, response.status]).toEqual([operation.operationId, who, 404]);
      await expectRefusal(response, 404, "not_found");
    }
  }
});

it("every list of a partner is without what is another partner's or its sandbox's", async () => {
  const lists = calls.operations.filter(({ method, path }) => method === "GET" && !path.includes("{"));
  const stranger = await aCaller(platform.site);
  const sandbox = await sandboxOf(platform, await aCaller(platform.site));

  expect(lists.length).toBeGreaterThan(2);
  for (const { operationId, path } of lists) {
    for (const caller of [stranger, sandbox]) {
      const { data } = (await (await caller.get(`/v1${path}`)).json()) as { data: unknown[] };
      expect([operationId, data]).toEqual([operationId, []]);
    }
  }
});

it("every operation answers the example of the OpenAPI document with what the document says", async () => {
  for (const operation of calls.operations) {
    await calls.judge(operation, "its example", await call(owner.caller, operation));
  }
  expect(calls.problems).toEqual([]);
});
