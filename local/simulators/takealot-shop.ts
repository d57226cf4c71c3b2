import { type Context, Hono } from "hono";

const HUGE_BYTES = 10_000_000;
const SLOW_MS = 20_000;

/** A page of the shop, by the number in its address. Any other number is a product with JSON-LD whose price is in the number. */
export const SHOP_PAGES = {
  jsonLd: 90000001,
  openGraph: 90000002,
  refused: 90000403,
  slow: 90000008,
  huge: 90000010,
  elsewhere: 90000302,
  outOfStock: 90000005,
  cheap: 90001999,
  nothing: 90000000,
} as const;

const NAME = "LEGO Friends Treehouse";

/** Takealot's product pages, as others see them: `GET /{anything}/PLID90000001`, and the pictures they name. */
export function takealotShop(): Hono {
  const routes = new Hono();
  routes.get("/picture.svg", (c) =>
    c.body('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 200, { "content-type": "image/svg+xml" }),
  );
  routes.get("/:name/:id{PLID[0-9]+}", (c) => page(c, Number(c.req.param("id").slice(4))));
  return routes;
}

function page(c: Context, id: number): Response | Promise<Response> {
  switch (id) {
    case SHOP_PAGES.openGraph:
      return c.html(
        `<!DOCTYPE html><title>${NAME}</title><meta property="og:title" content="${NAME} | Buy Online in South Africa | takealot.com"><meta property="product:price:amount" content="2,499.00"><meta property="product:price:currency" content="ZAR"><meta property="og:image" content="https://media.takealot.com/picture.svg"><p>A product</p>`,
      );
    case SHOP_PAGES.refused:
      return c.text("Access denied", 403);
    case SHOP_PAGES.slow:
      return later(c);
    case SHOP_PAGES.huge:
      return c.html(`<!DOCTYPE html>${"<p>Another product</p>".repeat(HUGE_BYTES / 22)}`);
    case SHOP_PAGES.elsewhere:
      return c.redirect("https://takealot.com.elsewhere.example/product/PLID90000001", 302);
    case SHOP_PAGES.outOfStock:
      return c.html(productPage({ price: "799.00", availability: "https://schema.org/OutOfStock" }));
    case SHOP_PAGES.cheap:
      return c.html(productPage({ price: "19.99" }));
    case SHOP_PAGES.nothing:
      return c.html("<!DOCTYPE html><title>Takealot</title><p>Please switch scripts on.</p>");
    default:
      return c.html(productPage({ price: "2499.00" }));
  }
}

function productPage({ price, availability = "https://schema.org/InStock" }: { price: string; availability?: string }) {
  const offers = { "@type": "Offer", price, priceCurrency: "ZAR", availability };
  const product = { "@type": "Product", name: NAME, image: ["https://media.takealot.com/picture.svg"], offers };
  const graph = { "@context": "https://schema.org", "@graph": [{ "@type": "WebPage" }, product] };
  return `<!DOCTYPE html><title>${NAME}</title><script type="application/ld+json">${JSON.stringify(graph)}</script><h1>${NAME}</h1>`;
}

async function later(c: Context): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS).unref());
  return c.html(productPage({ price: "2499.00" }));
}
