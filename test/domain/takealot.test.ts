import { expect, it } from "vitest";
import { judgeProduct, type ProductFacts, parsePrice, productPage, takealotProduct } from "#domain/takealot";

const FACTS: ProductFacts = {
  name: "LEGO Friends Treehouse",
  price: "2499.00",
  currency: "ZAR",
  image: null,
  availability: "https://schema.org/InStock",
};

it("a link is a product of Takealot by https and its exact host or a subdomain, without credentials and port", () => {
  const rows: [link: string, productId: string | null | undefined][] = [
    ["https://www.takealot.com/lego/PLID90000001", "PLID90000001"],
    ["https://takealot.com/x/plid7?from=search", "PLID7"],
    ["https://www.takealot.com/deals", null],
    ["http://www.takealot.com/x/PLID1", undefined],
    ["https://takealot.com.evil.example/x/PLID1", undefined],
    ["https://eviltakealot.com/x/PLID1", undefined],
    ["https://me@www.takealot.com/x/PLID1", undefined],
    ["https://www.takealot.com:8443/x/PLID1", undefined],
    ["https://www.takealot.com./x/PLID1", undefined],
    ["javascript:alert(1)", undefined],
    ["lego treehouse", undefined],
    ["", undefined],
  ];
  const found = rows.map(([link]) => {
    const product = takealotProduct(link);
    return [link, "reason" in product ? undefined : product.productId];
  });
  expect(found).toEqual(rows);
});

it("two links to one page have one address, whatever a campaign added", () => {
  const pages = ["?utm_source=mail", "#reviews", ""].map((tail) => {
    const found = takealotProduct(`https://www.takealot.com/lego/PLID1${tail}`);
    return "reason" in found ? null : productPage(found);
  });
  expect(new Set(pages)).toEqual(new Set(["https://www.takealot.com/lego/PLID1"]));
});

it("a price is read to the cent, and nothing is guessed", () => {
  const rows: [text: string, cents: number | null][] = [
    ["R 2,499.00", 249_900],
    ["2499", 249_900],
    ["2499.5", 249_950],
    ["R19.99", 1_999],
    ["ZAR 1,250,000.10", 125_000_010],
    ["2499.000", 249_900],
    ["2499.005", null],
    ["2.499,00", null],
    ["24,99", null],
    ["$25", null],
    ["R", null],
    ["-5", null],
    ["from R100", null],
  ];
  expect(rows.map(([text]) => [text, parsePrice(text)])).toEqual(rows);
});

it("a product needs a name and a price in rand of R20 or more, and says whether it is in stock", () => {
  const rows: [change: Partial<ProductFacts>, outcome: unknown][] = [
    [{}, ["LEGO Friends Treehouse", 249_900, true]],
    [{ currency: null, price: "R 2,499.00" }, ["LEGO Friends Treehouse", 249_900, true]],
    [{ name: "LEGO Friends | Buy Online in South Africa | takealot.com" }, ["LEGO Friends", 249_900, true]],
    [{ name: "LEGO Friends - Takealot" }, ["LEGO Friends", 249_900, true]],
    [{ name: "<b>LEGO</b>\n Friends" }, ["<b>LEGO</b> Friends", 249_900, true]],
    [{ name: "x".repeat(300) }, ["x".repeat(200), 249_900, true]],
    [{ availability: "https://schema.org/OutOfStock" }, ["LEGO Friends Treehouse", 249_900, false]],
    [{ availability: null }, ["LEGO Friends Treehouse", 249_900, true]],
    [{ price: "20.00" }, ["LEGO Friends Treehouse", 2_000, true]],
    [{ price: "19.99" }, "TOO_CHEAP"],
    [{ price: "99999999" }, "EXTRACTION_FAILED"],
    [{ currency: "USD" }, "EXTRACTION_FAILED"],
    [{ currency: null }, "EXTRACTION_FAILED"],
    [{ price: null }, "EXTRACTION_FAILED"],
    [{ name: null }, "EXTRACTION_FAILED"],
    [{ name: "  " }, "EXTRACTION_FAILED"],
  ];
  const found = rows.map(([change]) => {
    const product = judgeProduct({ ...FACTS, ...change });
    return [change, "problem" in product ? product.problem : [product.name, product.price, product.inStock]];
  });
  expect(found).toEqual(rows);
});
