import { Ajv2020 } from "@redocly/ajv/dist/2020.js";

/** The parts of the OpenAPI document that tests read. */
export type Contract = {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, RawOperation>>;
  webhooks: Record<string, { post: RawOperation }>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, RawResponse>;
    headers: Record<string, unknown>;
    parameters: Record<string, Parameter>;
  };
};

export type Schema = {
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
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
};
export type Parameter = { $ref?: string; name: string; in: string; required?: boolean; schema: Schema };
type Media = { schema: Schema; examples?: Record<string, { value: unknown }> };
type RawResponse = { $ref?: string; headers?: Record<string, unknown>; content?: Record<string, Media> };
type RawOperation = {
  operationId: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, RawResponse>;
};

export type Operation = {
  method: string;
  path: string;
  operationId: string;
  scope: string;
  parameters: Parameter[];
  /** The schema of the JSON body, with bodies that fit it. */
  body: { schema: Schema; required: boolean; example: unknown; examples: unknown[] } | null;
  responses: Record<string, { headers: string[]; schema: Schema | null }>;
};

/** Every operation, with its references followed. */
export function operationsOf(document: Contract): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(document, method.toUpperCase(), path, operation)),
  );
}

function operationOf(document: Contract, method: string, path: string, operation: RawOperation): Operation {
  const { responses, parameters } = document.components;
  const media = operation.requestBody?.content["application/json"];
  const given = Object.values(media?.examples ?? {}).map(({ value }) => value);
  const examples = media && given.length === 0 ? [exampleOf(document, media.schema)] : given;
  return {
    method,
    path,
    operationId: operation.operationId,
    scope: Object.values(operation.security?.[0] ?? {})[0]?.[0] ?? "",
    parameters: (operation.parameters ?? []).map((it) => named(parameters, it)),
    body: media
      ? { schema: media.schema, required: operation.requestBody?.required === true, example: examples[0], examples }
      : null,
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, raw]) => {
        const { headers = {}, content } = named(responses, raw);
        return [status, { headers: Object.keys(headers), schema: content?.["application/json"]?.schema ?? null }];
      }),
    ),
  };
}

/** The schema itself, where a reference stands for it. */
export function schemaOf(document: Contract, schema: Schema): Schema {
  return named(document.components.schemas, schema);
}

/** A value made of the schema's examples, or of the least that its types allow. */
export function exampleOf(document: Contract, schema: Schema): unknown {
  const {
    example,
    enum: choices,
    type,
    properties = {},
    required = [],
    items,
    oneOf,
    anyOf,
    allOf,
  } = schemaOf(document, schema);
  if (example !== undefined) return example;
  if (choices) return choices[0];
  const [choice] = oneOf ?? anyOf ?? [];
  if (choice) return exampleOf(document, choice);
  if (allOf) return Object.assign({}, ...allOf.map((part) => exampleOf(document, part)));
  switch ([type].flat()[0]) {
    case "object":
      return Object.fromEntries(required.map((name) => [name, exampleOf(document, properties[name] ?? {})]));
    case "array":
      return items ? [exampleOf(document, items)] : [];
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return "x".repeat(schema.minLength ?? 1);
  }
}

function named<Part extends { $ref?: string }>(parts: Record<string, Part>, part: Part): Part {
  if (part.$ref === undefined) return part;
  const found = parts[part.$ref.split("/").at(-1) ?? ""];
  if (!found) throw new Error(`the document has no ${part.$ref}`);
  return found;
}

/** Says what in a value contradicts a schema of the document. Formats are checked by the API itself. */
export function schemaChecker(document: Contract): (schema: object, value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "https://contract.test/", components: document.components });
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
  return (schema, value) => {
    const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"https://contract.test/#/');
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
    compiled.set(text, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || "/"} ${message}`);
  };
}
