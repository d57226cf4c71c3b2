import type { ProductFacts } from "#domain/takealot";

/** Larger scripts are no description of a product. */
const MAX_SCRIPT_CHARACTERS = 200_000;
const MAX_DEPTH = 6;

type Json = Readonly<Record<string, unknown>>;

/** What a page says of its product: schema.org's JSON-LD first, then Open Graph. Uses the runtime's HTMLRewriter. */
export async function extractProduct(html: string): Promise<ProductFacts> {
  const scripts: string[] = [];
  const tags = new Map<string, string>();
  const page = new HTMLRewriter()
    .on('script[type="application/ld+json"]', {
      element: () => void scripts.push(""),
      text: ({ text }) => {
        const at = scripts.length - 1;
        if ((scripts[at]?.length ?? 0) < MAX_SCRIPT_CHARACTERS) scripts[at] += text;
      },
    })
    .on("meta", {
      element: (meta) => {
        const name = meta.getAttribute("property") ?? meta.getAttribute("name");
        const content = meta.getAttribute("content");
        // The rewriter gives attributes as they stand in the page.
        if (name && content && !tags.has(name)) tags.set(name, decodeEntities(content));
      },
    })
    .transform(new Response(html));
  await page.text();
  const product =
    scripts
      .map(parse)
      .map(findProduct)
      .find((found) => found !== null) ?? null;
  const ofTags = openGraph(tags);
  return product && (product.name !== null || product.price !== null) ? { ...ofTags, ...present(product) } : ofTags;
}

function openGraph(tags: ReadonlyMap<string, string>): ProductFacts {
  const of = (...names: string[]) => names.map((name) => tags.get(name)).find((text) => text) ?? null;
  return {
    name: of("og:title"),
    price: of("product:price:amount", "og:price:amount"),
    currency: of("product:price:currency", "og:price:currency"),
    image: of("og:image:secure_url", "og:image"),
    availability: of("product:availability", "og:availability"),
  };
}

function present(facts: ProductFacts): Partial<ProductFacts> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
}

function parse(script: string): unknown {
  try {
    return JSON.parse(script.trim());
  } catch {
    return null;
  }
}

/** The first Product in a description, a list of them, or a graph. */
function findProduct(value: unknown, depth = 0): ProductFacts | null {
  if (depth > MAX_DEPTH || typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) {
    for (const one of value) {
      const found = findProduct(one, depth + 1);
      if (found) return found;
    }
    return null;
  }
  const node = value as Json;
  if ([node["@type"]].flat().includes("Product")) return factsOf(node);
  return findProduct(node["@graph"], depth + 1) ?? findProduct(node.mainEntity, depth + 1);
}

function factsOf({ name, image, offers }: Json): ProductFacts {
  const offer = first(offers);
  const price = offer?.price ?? offer?.lowPrice ?? first(offer?.priceSpecification)?.price;
  const currency = offer?.priceCurrency ?? first(offer?.priceSpecification)?.priceCurrency;
  return {
    name: textOf(name),
    price: typeof price === "number" ? String(price) : textOf(price),
    currency: textOf(currency),
    image: textOf([image].flat()[0]) ?? textOf(first(image)?.url),
    availability: textOf(offer?.availability),
  };
}

function first(value: unknown): Json | null {
  const one: unknown = [value].flat()[0];
  return typeof one === "object" && one !== null ? (one as Json) : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? decodeEntities(value) : null;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|([a-z]{2,5}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
