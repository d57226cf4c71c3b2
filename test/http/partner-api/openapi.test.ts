import { beforeAll, expect, it } from "vitest";
import { NO_DATABASE, PUBLIC_ORIGIN, testSite } from "../support.ts";
import { karriBoard, philanthropyBoard, takealotBoard } from "./bodies.ts";

type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  example?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
};
type Media = { "application/json": { schema: Schema; examples?: Record<string, { value: unknown }> } };
type Operation = {
  operationId: string;
  security?: unknown;
  responses: Record<string, { content?: Media }>;
  requestBody?: { content: Media };
};
type Document = {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
};

let document: Document;

beforeAll(async () => {
  const response = await testSite(NO_DATABASE).request("/v1/openapi.json");
  expect(response.status).toBe(200);
  document = await response.json();
});

const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));

/** Every schema of the document with the path to it. */
function* allSchemas(value: unknown, path = ""): Generator<[path: string, schema: Schema]> {
  if (typeof value !== "object" || value === null) return;
  if ("type" in value && typeof value.type !== "object") yield [path, value as Schema];
  for (const [name, inner] of Object.entries(value)) {
    if (name !== "example" && name !== "examples" && name !== "enum") yield* allSchemas(inner, `${path}/${name}`);
  }
}

const TYPES: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** The paths in `value` that contradict the schema. */
function contradictions(schema: Schema, value: unknown, path = "body"): string[] {
  if (schema.$ref) {
    const target = document.components.schemas[schema.$ref.replace("#/components/schemas/", "")];
    return target ? contradictions(target, value, path) : [`${path}: ${schema.$ref} is missing`];
  }
  const found: string[] = [];
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => TYPES[type]?.(value))) found.push(`${path}: not ${types.join(" or ")}`);
  if (schema.enum && !schema.enum.includes(value)) found.push(`${path}: not in the enum`);
  const fields = (TYPES.object?.(value) ? value : {}) as Record<string, unknown>;
  for (const name of schema.required ?? []) if (!(name in fields)) found.push(`${path}.${name}: missing`);
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (name in fields) found.push(...contradictions(inner, fields[name], `${path}.${name}`));
  }
  const items = schema.items;
  if (items && Array.isArray(value)) found.push(...value.flatMap((it, n) => contradictions(items, it, `${path}.${n}`)));
  for (const part of schema.allOf ?? []) found.push(...contradictions(part, value, path));
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  const tried = choices.map((choice) => contradictions(choice, value, path));
  if (tried.length > 0 && !tried.some((choice) => choice.length === 0)) found.push(...tried.flat());
  return found;
}

it("the OpenAPI document has version 3.1 and the address of the API", () => {
  expect(document.openapi).toBe("3.1.0");
  expect(document.servers).toEqual([{ url: `${PUBLIC_ORIGIN}/v1` }]);
});

it("the OpenAPI document lists every route with the scope it needs", () => {
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => [`${method.toUpperCase()} ${path}`, security]),
  );

  expect(Object.fromEntries(listed)).toEqual({
    "POST /dream-boards": [{ apiKey: ["dreamboards:write"] }],
    "PATCH /dream-boards/{id}": [{ apiKey: ["dreamboards:write"] }],
    "GET /dream-boards/{id}": [{ apiKey: ["dreamboards:read"] }],
    "GET /dream-boards/{id}/contributions": [{ apiKey: ["contributions:read"] }],
    "POST /dream-boards/{id}/close": [{ apiKey: ["dreamboards:write"] }],
    "GET /payouts/pending": [{ apiKey: ["payouts:read"] }],
    "GET /payouts/{id}": [{ apiKey: ["payouts:read"] }],
    "POST /payouts/{id}/confirm": [{ apiKey: ["payouts:write"] }],
    "POST /payouts/{id}/fail": [{ apiKey: ["payouts:write"] }],
    "POST /webhooks": [{ apiKey: ["webhooks:manage"] }],
  });
  expect(document.components.securitySchemes).toHaveProperty("apiKey.scheme", "bearer");
});

it("every operation of the OpenAPI document has a unique id and the common errors", () => {
  const ids = operations().map(({ operationId }) => operationId);

  expect(new Set(ids).size).toBe(ids.length);
  for (const { responses } of operations()) {
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["401", "403", "429", "500", "503"]));
  }
});

it("every schema of the OpenAPI document has a JSON type that its example and enum match", () => {
  const schemas = [...allSchemas(document)];
  const wrong = schemas.flatMap(([path, schema]) => {
    const known = [schema.type ?? []].flat().every((type) => type in TYPES || type === "http");
    const values = [...(schema.example === undefined ? [] : [schema.example]), ...(schema.enum ?? [])];
    const misfits = values.flatMap((value) => contradictions({ type: schema.type ?? [] }, value, path));
    return known ? misfits : [`${path}: ${schema.type}`];
  });

  expect(schemas.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

it("every reference in the OpenAPI document names one of its schemas", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];

  expect(references.length).toBeGreaterThan(5);
  for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name ?? "");
});

it("the request schema of a new board allows valid bodies and the examples, and refuses wrong types", () => {
  const media = document.paths["/dream-boards"]?.post?.requestBody?.content["application/json"];
  const schema = media?.schema ?? {};
  const examples = Object.values(media?.examples ?? {}).map(({ value }) => value);

  expect(examples).toHaveLength(3);
  for (const body of [takealotBoard, philanthropyBoard, karriBoard, ...examples]) {
    expect(contradictions(schema, body)).toEqual([]);
    for (const field of ["child_name", "goal_cents", "gift_data", "payout_method", "deadline"]) {
      expect(contradictions(schema, { ...(body as object), [field]: [] }).join(), field).toContain(`body.${field}`);
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
  expect(document.components.schemas.UpdateDreamBoard?.properties?.status).toMatchObject({
    type: "string",
    enum: ["cancelled", "expired"],
  });
});
