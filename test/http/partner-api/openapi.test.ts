import { beforeAll, describe, expect, it } from "vitest";
import { NO_DATABASE, PUBLIC_ORIGIN, testSite } from "../support.ts";

type Operation = { operationId: string; security?: unknown; responses: Record<string, unknown>; requestBody?: unknown };
type Document = {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
};

let document: Document;

beforeAll(async () => {
  const response = await testSite(NO_DATABASE).request("/v1/openapi.json");
  expect(response.status).toBe(200);
  document = await response.json();
});

const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));

describe("GET /v1/openapi.json", () => {
  it("is OpenAPI 3.1 and says where the API is", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.servers).toEqual([{ url: `${PUBLIC_ORIGIN}/v1` }]);
  });

  it("lists every route with the scope it needs", () => {
    const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => [`${method.toUpperCase()} ${path}`, security]),
    );

    expect(Object.fromEntries(listed)).toEqual({
      "POST /dream-boards": [{ apiKey: ["dreamboards:write"] }],
      "PATCH /dream-boards/{id}": [{ apiKey: ["dreamboards:write"] }],
      "GET /dream-boards/{id}": [{ apiKey: ["dreamboards:read"] }],
      "GET /dream-boards/{id}/contributions": [{ apiKey: ["contributions:read"] }],
      "POST /dream-boards/{id}/close": [{ apiKey: ["dreamboards:write"] }],
      "POST /webhooks": [{ apiKey: ["webhooks:manage"] }],
    });
    expect(document.components.securitySchemes).toHaveProperty("apiKey.scheme", "bearer");
  });

  it("gives each operation an id of its own and the errors any of them can give", () => {
    const ids = operations().map(({ operationId }) => operationId);

    expect(new Set(ids).size).toBe(ids.length);
    for (const { responses } of operations()) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(["401", "403", "429", "500", "503"]));
    }
  });

  it("refers only to schemas it contains", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];

    expect(references.length).toBeGreaterThan(5);
    for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name ?? "");
  });

  it("describes the board exactly as the presenter shows it", () => {
    expect(document.components.schemas.DreamBoard).toMatchObject({
      required: expect.arrayContaining(["id", "slug", "raised_cents", "overflow_gift_data", "public_url"]),
    });
    expect(JSON.stringify(document.components.schemas.DreamBoard)).not.toMatch(/email|karri_card_number/);
  });
});
