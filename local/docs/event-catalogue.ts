import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../worker/build-options.ts";

type EventSchema = Readonly<{ description: string; example: Readonly<{ data: unknown }> }>;
type Contract = Readonly<{
  info: { contact: { email: string } };
  webhooks: Record<
    string,
    { post: { requestBody: { content: { "application/json": { schema: { $ref: string } } } } } }
  >;
  components: { schemas: Record<string, EventSchema> };
}>;

/** The committed OpenAPI document. */
export const CONTRACT: Contract = JSON.parse(readFileSync(join(ROOT, "docs/openapi.json"), "utf8"));

/** Where a page has the catalogue. */
export const CATALOGUE_MARK = "<!-- The site lists every event here, with the example of docs/openapi.json. -->";

/** Every event of the document as Markdown: when it comes, and a sample of it. */
export function eventCatalogue({ webhooks, components }: Contract = CONTRACT): string {
  const sections = Object.entries(webhooks).map(([type, { post }]) => {
    const name = post.requestBody.content["application/json"].schema.$ref.replace("#/components/schemas/", "");
    const event = components.schemas[name];
    if (!event) throw new Error(`docs/openapi.json has no ${name}`);
    return `### ${type}\n\n${event.description}\n\n\`\`\`json\n${JSON.stringify(event.example, null, 2)}\n\`\`\`\n`;
  });
  return sections.join("\n");
}
