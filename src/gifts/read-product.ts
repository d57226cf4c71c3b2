import { createHash } from "node:crypto";
import { judgeProduct, type Product, type ProductProblem, productPage, takealotProduct } from "#domain/takealot";
import type { Services } from "#platform/services";
import { extractProduct } from "./extract-product.ts";
import { fetchTakealot, type GiftDeps } from "./fetch-takealot.ts";

const MAX_PAGE_BYTES = 2_000_000;
const MAX_PICTURE_BYTES = 5_000_000;
const KEPT_SECONDS = 24 * 3_600;

export type ReadProduct =
  | Readonly<{ ok: true; product: Product; url: string; productId: string | null }>
  | Readonly<{ ok: false; problem: ProductProblem }>;

/**
 * The product behind a link, as Takealot's page describes it. Never throws for what Takealot answers. `waitMs`: until this host may
 * have one more page read; a product that is known needs none.
 *
 * Products are kept for 24 hours in the runtime's cache, under the hash of the page's address. In production each data centre
 * has a cache of its own, which may forget earlier; the simulator keeps everything until it stops.
 */
export async function readProduct(
  services: Services,
  link: string,
  { waitMs = 0 }: Readonly<{ waitMs?: number | undefined }> = {},
  deps: GiftDeps = { fetch },
): Promise<ReadProduct> {
  const found = takealotProduct(link.trim());
  if ("reason" in found) return { ok: false, problem: "INVALID_URL" };
  const page = productPage(found);
  const known = await recall(page);
  if (known) return { ok: true, product: known, ...found };
  if (waitMs > 0) return { ok: false, problem: "LIMITED" };
  const html = await fetchTakealot(services, page, MAX_PAGE_BYTES, deps);
  if (!html) return { ok: false, problem: "FETCH_FAILED" };
  const product = judgeProduct(await extractProduct(new TextDecoder().decode(html)));
  if ("problem" in product) return { ok: false, problem: product.problem };
  services.waitUntil(remember(page, product));
  return { ok: true, product, ...found };
}

/** The picture of a product, from Takealot's own hosts only; null where there is none to be had. */
export async function readProductPicture(
  services: Pick<Services, "settings">,
  { image }: Product,
  deps: GiftDeps = { fetch },
): Promise<Uint8Array | null> {
  return image === null ? null : await fetchTakealot(services, image, MAX_PICTURE_BYTES, deps);
}

function keyOf(page: string): string {
  return `https://products.chipin.invalid/${createHash("sha256").update(page).digest("hex")}`;
}

async function recall(page: string): Promise<Product | null> {
  const kept = await caches.default.match(keyOf(page));
  return kept ? await kept.json<Product>() : null; // `remember` wrote it
}

async function remember(page: string, product: Product): Promise<void> {
  const headers = { "Cache-Control": `max-age=${KEPT_SECONDS}` };
  await caches.default.put(keyOf(page), Response.json(product, { headers }));
}
