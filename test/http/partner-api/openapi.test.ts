import { createConfig, lintFromString } from "@redocly/openapi-core";
import { beforeAll, expect, it } from "vitest";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { contract } from "../../../local/contract.ts";
import { partnerApi } from "../../../src/http/partner-api/routes.ts";
import { NO_DATABASE, PUBLIC_ORIGIN, testSite } from "../support.ts";
import { karriBoard, philanthropyBoard, takealotBoard } from "./bodies.ts";
import { type Contract, operationsOf, schemaChecker } from "./contract.ts";

let document: Contract;
beforeAll(async () => {
  const response = await testSite(NO_DATABASE).request("/v1/openapi.json");
  expect(response.status).toBe(200);
  document = await response.json();
});

it("the OpenAPI document has version 3.1 and the address of the API", () => {
  expect(document.openapi).toBe("3.1.0");
  expect(document.servers).toEqual([{ url: `${PUBLIC_ORIGIN}/v1` }]);
});

it("the OpenAPI document and the routes below /v1 are one set", () => {
  const ofRoutes = partnerApi.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:([a-z_]+)/g, "{$1}")}`);
  const ofDocument = operationsOf(document).map(({ method, path }) => `${method} ${path}`);

  // The two that say where to read on.
  expect([...new Set(ofRoutes)].sort()).toEqual([...ofDocument, "GET /", "GET /openapi.json"].sort());
});

it("every operation of the OpenAPI document names one scope, has a unique id and the common errors", () => {
  const operations = operationsOf(document);
  const ids = operations.map(({ operationId }) => operationId);

  expect(new Set(ids).size).toBe(ids.length);
  for (const { operationId, scope, responses } of operations) {
    expect([operationId, scope]).toEqual([operationId, expect.stringMatching(/^[a-z]+:(read|write|manage)$/)]);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["400", "401", "403", "429", "500", "503"]));
  }
});

it("Redocly finds no error in the committed contract, and nothing to warn of", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: contract(), absoluteRef: "openapi.json", config });

  expect(
    problems.map(({ severity, ruleId, message, location: [at] }) => [severity, ruleId, message, at?.pointer]),
  ).toEqual([]);
});

it("every example of the OpenAPI document fits the schema beside it", () => {
  const check = schemaChecker(document);
  const examples = [...examplesIn(document)];
  const wrong = examples.flatMap(([path, schema, value]) => check(schema, value).map((problem) => [path, problem]));

  expect(examples.length).toBeGreaterThan(60);
  expect(wrong).toEqual([]);
});

it("the webhooks of the OpenAPI document are the events that a partner may subscribe to", () => {
  expect(Object.keys(document.webhooks)).toEqual([...WEBHOOK_EVENT_TYPES]);
});

it("the request schema of a new board allows valid bodies, and refuses wrong types", () => {
  const check = schemaChecker(document);
  const schema = { $ref: "#/components/schemas/CreateDreamBoard" };

  for (const body of [takealotBoard, philanthropyBoard, karriBoard]) {
    expect(check(schema, body)).toEqual([]);
    for (const field of ["child_name", "goal_cents", "gift_data", "payout_method", "deadline"]) {
      expect([field, check(schema, { ...(body as object), [field]: [] })]).not.toEqual([field, []]);
    }
  }
});

it("the schema of a board requires its fields and has no e-mail address and no card number", () => {
  expect(document.components.schemas.DreamBoard).toMatchObject({
    required: expect.arrayContaining(["id", "slug", "raised_cents", "overflow_gift_data", "public_url"]),
  });
  expect(JSON.stringify(document.components.schemas.DreamBoard)).not.toMatch(/email|karri_card_number|cardholder/);
});

it("the OpenAPI document allows cancelled and expired as statuses to set", () => {
  expect(document.components.schemas.UpdateDreamBoard).toMatchObject({
    properties: { status: { type: "string", enum: ["cancelled", "expired"] } },
  });
});

/** Every example with the schema that it must fit: of a schema, a parameter, a header or a body. */
function* examplesIn(value: unknown, path = ""): Generator<[path: string, schema: object, example: unknown]> {
  if (typeof value !== "object" || value === null) return;
  const { example, examples, schema, ...others } = value as Record<string, unknown>;
  const ofSchema = typeof schema === "object" && schema !== null ? schema : (others as object);
  if (example !== undefined) yield [path, ofSchema, example];
  if (schema !== undefined && typeof examples === "object") {
    for (const [name, it] of Object.entries(examples ?? {})) yield [`${path}/${name}`, ofSchema, it.value];
  }
  for (const [name, inner] of Object.entries({ schema, ...others })) yield* examplesIn(inner, `${path}/${name}`);
}
