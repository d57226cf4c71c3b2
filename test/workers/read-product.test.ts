import { expect, it } from "vitest";
import type { Services } from "#platform/services";
import { extractProduct } from "../../src/gifts/extract-product.ts";
import { readProduct, readProductPicture } from "../../src/gifts/read-product.ts";

const LEGO = { "@type": "Product", name: "LEGO &amp; Friends", offers: { price: "2499.00", priceCurrency: "ZAR" } };
const script = (json: unknown) => `<script type="application/ld+json">${JSON.stringify(json)}</script>`;
const PAGE = `<!DOCTYPE html><title>x</title>${script(LEGO)}`;

type Answer = Response | (() => Response | Promise<Response>);

/** A Takealot that gives these answers in turn, the last one again and again, and notes what it was asked. */
function aShop(...answers: Answer[]) {
  const asked: { url: string; userAgent: string | null }[] = [];
  const fetch = (async (url: string, init: RequestInit) => {
    asked.push({ url, userAgent: new Headers(init.headers).get("User-Agent") });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return typeof answer === "function" ? await answer() : answer?.clone();
  }) as unknown as typeof globalThis.fetch;
  return { asked, deps: { fetch } };
}

/** What `readProduct` needs of the services. */
function aSite() {
  const later: Promise<unknown>[] = [];
  const services = {
    settings: {},
    waitUntil: (work: Promise<unknown>) => void later.push(work),
  } as unknown as Services;
  return { services, afterwards: () => Promise.all(later) };
}

let product = 0;
function newLink(): string {
  product += 1;
  return `https://www.takealot.com/lego/PLID${product}`;
}

const html = (body: string) => new Response(body, { headers: { "Content-Type": "text/html" } });
const leadsTo = (Location: string) => new Response(null, { status: 302, headers: { Location } });

it("a page is read by its JSON-LD, alone, in a list or in a graph, and else by its Open Graph tags", async () => {
  const found = { name: "LEGO & Friends", price: "2499.00", currency: "ZAR", image: null, availability: null };
  const tags =
    '<meta property="og:title" content="A &quot;bike&quot;"><meta property="product:price:amount" content="799"><meta property="product:price:currency" content="ZAR">';
  const rows: [why: string, page: string, facts: object][] = [
    ["alone", script(LEGO), found],
    ["in a list", script([{ "@type": "WebPage" }, LEGO]), found],
    ["in a graph", script({ "@graph": [{ "@type": "BreadcrumbList" }, LEGO] }), found],
    ["after a broken one", `<script type="application/ld+json">{"a":</script>${script(LEGO)}`, found],
    ["offers in a list", script({ ...LEGO, offers: [LEGO.offers] }), found],
    [
      "a price that is a number",
      script({ ...LEGO, offers: { price: 2499, priceCurrency: "ZAR" } }),
      { ...found, price: "2499" },
    ],
    ["before other tags", script(LEGO) + tags, found],
    ["only tags", tags, { ...found, name: 'A "bike"', price: "799" }],
    ["nothing", "<p>Please switch scripts on.</p>", { ...found, name: null, price: null, currency: null }],
  ];
  const seen = await Promise.all(rows.map(async ([why, page]) => [why, page, await extractProduct(page)]));
  expect(seen).toEqual(rows);
});

it("a product is read once and then known for a day, whatever is added to its link", async () => {
  const { services, afterwards } = aSite();
  const shop = aShop(html(PAGE));
  const link = newLink();

  const read = await readProduct(services, link, {}, shop.deps);
  await afterwards();
  const again = await readProduct(services, `${link}?utm_source=mail`, {}, shop.deps);

  expect(read).toMatchObject({ ok: true, product: { name: "LEGO & Friends", price: 249_900, inStock: true } });
  expect(again).toMatchObject({ ok: true, product: { name: "LEGO & Friends" } });
  expect(shop.asked).toEqual([{ url: link, userAgent: "ChipIn/1.0" }]);
});

it("each way in which Takealot may fail has its own problem", async () => {
  const rows: [why: string, link: string, answers: Answer[], problem: string][] = [
    ["no link", "lego treehouse", [html(PAGE)], "INVALID_URL"],
    ["another shop", "https://takealot.com.evil.example/PLID1", [html(PAGE)], "INVALID_URL"],
    ["403", newLink(), [new Response("no", { status: 403 })], "FETCH_FAILED"],
    ["a page of more than 2 MB", newLink(), [html(PAGE + "x".repeat(2_000_000))], "FETCH_FAILED"],
    ["no answer", newLink(), [() => Promise.reject(new Error("broken"))], "FETCH_FAILED"],
    ["led elsewhere", newLink(), [leadsTo("https://takealot.com.evil.example/")], "FETCH_FAILED"],
    ["led to http", newLink(), [leadsTo("http://www.takealot.com/x")], "FETCH_FAILED"],
    ["led around without end", newLink(), [leadsTo("https://www.takealot.com/x/PLID1")], "FETCH_FAILED"],
    ["no product", newLink(), [html("<p>Please switch scripts on.</p>")], "EXTRACTION_FAILED"],
    ["R19.99", newLink(), [html(script({ ...LEGO, offers: { price: "19.99", priceCurrency: "ZAR" } }))], "TOO_CHEAP"],
  ];
  const found = await Promise.all(
    rows.map(async ([why, link, answers]) => {
      const { services } = aSite();
      const read = await readProduct(services, link, {}, aShop(...answers).deps);
      return [why, link, answers, read.ok ? "read" : read.problem];
    }),
  );
  expect(found).toEqual(rows);
});

it("a page that moved within Takealot is followed", async () => {
  const { services } = aSite();
  const shop = aShop(leadsTo("/moved/PLID5"), html(PAGE));
  expect(await readProduct(services, newLink(), {}, shop.deps)).toMatchObject({ ok: true });
  expect(shop.asked[1]?.url).toBe("https://www.takealot.com/moved/PLID5");
});

it("a host who has had many pages read gets those products only that are known", async () => {
  const { services, afterwards } = aSite();
  const shop = aShop(html(PAGE));
  const known = newLink();
  await readProduct(services, known, {}, shop.deps);
  await afterwards();

  const waiting = { waitMs: 1 };
  expect(await readProduct(services, newLink(), waiting, shop.deps)).toEqual({ ok: false, problem: "LIMITED" });
  expect(await readProduct(services, known, waiting, shop.deps)).toMatchObject({ ok: true });
  expect(shop.asked).toHaveLength(1);
});

it("a picture is fetched from Takealot's hosts only", async () => {
  const { services } = aSite();
  const shop = aShop(new Response("a picture"));
  const product = { name: "LEGO", price: 249_900 as never, inStock: true };
  const ours = { ...product, image: "https://media.takealot.com/x.jpg" };
  const others = { ...product, image: "https://169.254.169.254/latest" };

  expect(new TextDecoder().decode((await readProductPicture(services, ours, shop.deps)) ?? undefined)).toBe(
    "a picture",
  );
  expect(await readProductPicture(services, others, shop.deps)).toBeNull();
  expect(shop.asked.map(({ url }) => url)).toEqual([ours.image]);
});
