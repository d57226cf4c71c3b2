import { MAX_CENTS, MAX_PRODUCT_NAME, MIN_GOAL_CENTS } from "./board/field-rules.ts";
import { type Cents, cents, formatRand } from "./money.ts";
import { httpsUrlProblem } from "./urls.ts";

/** The shop's home page, for a gift that was typed in by hand without a link. */
export const TAKEALOT = "https://www.takealot.com/";

export type TakealotProduct = { url: string; productId: string | null };

/** A product page at takealot.com or one of its subdomains. `reason`: the end of a sentence that begins with the field. (product-facts 21.3) */
export function takealotProduct(text: string): TakealotProduct | { reason: string } {
  const problem = httpsUrlProblem(text, null);
  if (problem) return { reason: problem };
  const url = new URL(text);
  if (!isTakealotHost(url.hostname)) return { reason: "must be an address at takealot.com" };
  if (url.port) return { reason: "must not name a port" };
  const productId = /PLID\d{1,15}/i.exec(url.pathname)?.[0].toUpperCase() ?? null;
  return { url: url.href, productId };
}

function isTakealotHost(hostname: string): boolean {
  return hostname === "takealot.com" || hostname.endsWith(".takealot.com");
}

/** `https` at Takealot, without credentials and port: what a reader may follow a redirect to. */
export function isTakealotAddress(text: string): boolean {
  return !("reason" in takealotProduct(text));
}

/** The page a link leads to, without what campaigns add to it. */
export function productPage({ url }: TakealotProduct): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** What a product page says of itself, as text. Null: it does not say so. */
export type ProductFacts = Readonly<{
  name: string | null;
  price: string | null;
  currency: string | null;
  image: string | null;
  /** As schema.org has it: `https://schema.org/InStock`. */
  availability: string | null;
}>;

export type Product = Readonly<{ name: string; price: Cents; image: string | null; inStock: boolean }>;

export const PRODUCT_PROBLEMS = {
  INVALID_URL: "Please paste the link of a product at takealot.com, beginning with https://.",
  FETCH_FAILED: "Takealot did not show us this page. Please type the name and the price below; your link is kept.",
  EXTRACTION_FAILED:
    "We could not read the name and the price on this page. Please type them below; your link is kept.",
  OUT_OF_STOCK: "Takealot says this is out of stock. You can still choose it: check that it will be back in time.",
  TOO_CHEAP: `The gift must cost ${formatRand(cents(MIN_GOAL_CENTS))} or more. Please choose another one.`,
  LIMITED:
    "You have looked up many products within an hour. Please type the name and the price below; your link is kept.",
} as const;
export type ProductProblem = keyof typeof PRODUCT_PROBLEMS;

/** What the page says, judged. Prices are rand, to the cent. */
export function judgeProduct(facts: ProductFacts): Product | { problem: "EXTRACTION_FAILED" | "TOO_CHEAP" } {
  const name = facts.name === null ? "" : withoutShop(facts.name);
  const isRand = facts.currency === null ? /^\s*(R|ZAR)/i.test(facts.price ?? "") : /^\s*ZAR\s*$/i.test(facts.currency);
  const price = facts.price === null || !isRand ? null : parsePrice(facts.price);
  if (name === "" || price === null || price > MAX_CENTS) return { problem: "EXTRACTION_FAILED" };
  if (price < MIN_GOAL_CENTS) return { problem: "TOO_CHEAP" };
  const inStock = !/(OutOfStock|SoldOut|Discontinued)$/i.test(facts.availability ?? "");
  return { name: [...name].slice(0, MAX_PRODUCT_NAME).join("").trim(), price, image: facts.image, inStock };
}

/** `R 2,499.00`, `2499`, `2499.5`: exactly, or null. A fraction of a cent is no price. */
export function parsePrice(text: string): Cents | null {
  const compact = text.replace(/\s/gu, "").replace(/^(ZAR|R)/i, "");
  const [, whole, fraction = ""] = /^(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d+))?$/.exec(compact) ?? [];
  if (whole === undefined || /[1-9]/.test(fraction.slice(2))) return null;
  return cents(Number(whole.replaceAll(",", "")) * 100 + Number(fraction.slice(0, 2).padEnd(2, "0")));
}

/** `LEGO Friends` of `LEGO Friends | Buy Online in South Africa | takealot.com`. */
function withoutShop(title: string): string {
  const clean = title.replace(/[\p{Cc}\s]+/gu, " ").trim();
  return clean
    .replace(/\s*[|–-]\s*(buy online\b.*|shop today\b.*|takealot(\.com)?)$/giu, "")
    .replace(/\s*\|\s*buy online\b.*$/iu, "")
    .trim();
}
