import { describe, expect, it } from "vitest";
import { FEE_POLICY, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS } from "#domain/fees";
import { formatRand } from "#domain/money";
import { FACTS, missingFacts, PLAIN_PAGES } from "../../../src/http/plain-pages/texts.ts";
import { FOOTER_PAGES } from "../../../src/http/ui/footer-pages.ts";
import { FRAME } from "../../../src/http/ui/frame-words.ts";
import { NO_DATABASE, testSite } from "../support.ts";

const site = testSite(NO_DATABASE);
const pageAt = async (path: string) => {
  const answer = await site.request(path);
  return { status: answer.status, headers: answer.headers, html: await answer.text() };
};

describe("the plain pages", () => {
  it("the footer of every page leads to all of them, and each answers without Postgres and is stored nowhere", async () => {
    const home = await pageAt("/");
    for (const path of FOOTER_PAGES) {
      expect(home.html).toContain(`<a href="${path}">${FRAME.pages[path]}</a>`);
      const { status, headers } = await pageAt(path);
      expect([path, status, headers.get("Cache-Control")]).toEqual([path, 200, "no-store"]);
    }
  });

  it("a fact that is missing is marked on a page, and each missing fact is on some page", async () => {
    const html = (await Promise.all(PLAIN_PAGES.map(({ path }) => pageAt(path)))).map((page) => page.html).join("");
    const missing = missingFacts();

    expect(missing.length).toBeGreaterThan(0);
    expect(missing.filter(({ what }) => !html.includes(`<mark>[To be filled in: ${what}]</mark>`))).toEqual([]);
  });

  it("missingFacts lists what is not filled in, by name", () => {
    const filledIn = Object.fromEntries(Object.keys(FACTS).map((name) => [name, "a text"]));

    expect(missingFacts(filledIn)).toEqual([]);
    expect(missingFacts({ ...filledIn, address: { toFillIn: "where it is" } })).toEqual([
      { name: "address", what: "where it is" },
    ]);
  });

  it("amounts and periods are those of the rules", async () => {
    const [fees, terms, privacy] = await Promise.all(["/fees", "/terms", "/privacy"].map(pageAt));

    expect(fees?.html).toContain(`${FEE_POLICY.rateBps / 100}%, and at least ${formatRand(FEE_POLICY.minimum)}`);
    expect(fees?.html).toContain("of R200, R194 reaches the gift");
    expect(terms?.html).toContain(
      `from ${formatRand(MIN_CONTRIBUTION_CENTS)} to ${formatRand(MAX_CONTRIBUTION_CENTS)} at a time`,
    );
    expect(privacy?.html).toContain("<dt>Your internet address and browser, against fraud</dt><dd>30 days</dd>");
  });

  it("a board's page leads to a report about this board", async () => {
    const { html } = await pageAt("/report?board=maya-birthday-8k3m9q2rtw");
    expect(html).toContain('value="maya-birthday-8k3m9q2rtw"');
  });
});
