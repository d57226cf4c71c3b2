import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { renderBoardPage } from "../../../src/http/guest-pages/board-page.tsx";
import { STYLE } from "../../../src/http/ui/asset-manifest.ts";
import {
  CANCELLED_VIEW,
  CAUSE_VIEW,
  CHARITY_VIEW,
  CLOSED_FUNDED_VIEW,
  CLOSED_VIEW,
  EXPIRED_VIEW,
  GIFT_IMAGE,
  GIFT_NAME,
  GIFT_VIEW,
  ORIGIN,
  RAND,
  readableText,
  SITE,
  SITES,
} from "./views.ts";

const render = (view = GIFT_VIEW) => renderBoardPage({ view, site: SITE });
const CHARITY_VIEW_NOTHING_RAISED = {
  ...CHARITY_VIEW,
  charity: CHARITY_VIEW.charity && { ...CHARITY_VIEW.charity, raised: cents(0) },
};

describe("renderBoardPage", () => {
  it.each([
    {
      state: "that is under way",
      view: GIFT_VIEW,
      says: ["Maya’s birthday wish", GIFT_NAME, "64%", "6 days left", "until Sunday 13 December<"],
    },
    {
      state: "without contributions",
      view: { ...GIFT_VIEW, percent: 0, contributors: [], contributionCount: 0 },
      says: ["Be the first to chip in"],
    },
    {
      state: "that ends within a day",
      view: { ...GIFT_VIEW, deadline: "2026-11-30T00:00:00.000Z" },
      says: ["until Monday 30 November, 02:00"],
    },
    {
      state: "that ends at midnight",
      view: { ...GIFT_VIEW, deadline: "2026-12-05T22:00:00.000Z" },
      says: ["until Saturday 5 December<"],
    },
    {
      state: "whose money is put on a Karri card",
      view: { ...GIFT_VIEW, payoutMethod: "karri_card_topup" as const },
      says: ["Maya still gets what came in, on a Karri card."],
    },
    { state: "on its last day", view: { ...GIFT_VIEW, daysLeft: 1 }, says: ["Last day"] },
    {
      state: "in charity mode",
      view: CHARITY_VIEW,
      says: ["gift is fully funded!", "Give to Food Forward SA", "R340.50 raised so far"],
    },
    { state: "exactly at its goal", view: CHARITY_VIEW_NOTHING_RAISED, says: ["Be one of the first to give"] },
    { state: "for a cause", view: CAUSE_VIEW, says: ["Instead of presents", "Plant Trees", "Plant 10 trees", "64%"] },
    {
      state: "for a cause past its goal",
      view: { ...CAUSE_VIEW, percent: 100, fullyFunded: true },
      says: ["wish is fully funded!", "You can still give", "Fully funded!", "Give with Maya"],
    },
    {
      state: "that closed below its goal",
      view: CLOSED_VIEW,
      says: ["Maya’s board has closed", "64%", GIFT_NAME, "goes to Maya as a Takealot gift card"],
    },
    {
      state: "that closed after its goal",
      view: CLOSED_FUNDED_VIEW,
      says: ["Maya’s board has closed", "Fully funded"],
    },
    { state: "that expired", view: EXPIRED_VIEW, says: ["Maya’s board has closed", "you can’t chip in any more"] },
    { state: "that was cancelled", view: CANCELLED_VIEW, says: ["was cancelled", "full amount back"] },
  ])("the page of a board $state shows its state and whether it accepts contributions", ({ view, says }) => {
    const html = render(view);

    for (const words of says) expect(html).toContain(words);
    expect(html.includes("/contribute")).toBe(view.acceptsContributions);
    expect(html.includes("Other guests never see how much you give.")).toBe(view.acceptsContributions);
  });

  it("names that are written from right to left are kept apart from the words around them", () => {
    const html = render({ ...GIFT_VIEW, childName: "سارة" });

    expect(html).toContain("<title>\u2068سارة\u2069’s birthday wish · ChipIn</title>");
    expect(readableText(html)).toContain("\u2068سارة\u2069 has one big birthday wish: Scarlet bicycle.");
  });

  it("the host's message is shown as a note, and a board without a message has no note", () => {
    const noteOf = (hostMessage: string | null) =>
      /<blockquote class="note"><p dir="auto">(.*?)<\/p>/.exec(render({ ...GIFT_VIEW, hostMessage }))?.[1];

    expect([noteOf("See you there"), noteOf(null)]).toEqual(["See you there", undefined]);
  });

  it.each([
    { state: "that expired", view: EXPIRED_VIEW },
    { state: "that was cancelled", view: CANCELLED_VIEW },
    { state: "in charity mode", view: CHARITY_VIEW },
  ])("the page of a board $state shows no percentage", ({ view }) => {
    expect(render(view)).not.toMatch(/\d+%<|role="progressbar"/);
  });

  it.each([
    ["with a gift", GIFT_VIEW],
    ["without contributions", { ...GIFT_VIEW, percent: 0, contributors: [], contributionCount: 0 }],
    ["for a cause", CAUSE_VIEW],
    ["for a cause past its goal", { ...CAUSE_VIEW, percent: 100, fullyFunded: true }],
    ["that closed", CLOSED_VIEW],
    ["that closed after its goal", CLOSED_FUNDED_VIEW],
    ["that expired", EXPIRED_VIEW],
    ["that was cancelled", CANCELLED_VIEW],
  ])("the page of a board %s names no amount of money", (_, view) => {
    expect(readableText(render(view))).not.toMatch(RAND);
  });

  it("a page in charity mode names only the charity's amount, and its head names none", () => {
    const html = render(CHARITY_VIEW);

    expect(readableText(html).match(/R\d[\d,.]*/g)).toEqual(["R340.50"]);
    expect(readableText(html.slice(0, html.indexOf("<body>")))).not.toMatch(RAND);
  });

  it("the page of a funded board shows the charity and never the gift", () => {
    for (const view of [CHARITY_VIEW, CLOSED_FUNDED_VIEW]) {
      const html = render(view);

      expect(html).not.toContain(GIFT_NAME);
      expect(html).not.toContain(GIFT_IMAGE);
      expect(html).toContain("/causes/food-forward.jpg");
    }
  });

  it("the progress bar and its milestones are rendered without scripts", () => {
    const html = render();

    expect(html).toMatch(/role="progressbar"[^>]*aria-valuenow="64"/);
    expect(html).toMatch(/class="fill" width="64%"/);
    expect(
      [...html.matchAll(/class="star( on)?"[^>]*data-at="(\d+)"/g)].map(([, on, at]) => [at, on === " on"]),
    ).toEqual([
      ["25", true],
      ["50", true],
      ["75", false],
    ]);
  });

  it.each([
    { url: "https://elsewhere.example/p.jpg", outcome: "left out" },
    { url: "//elsewhere.example/p.jpg", outcome: "left out" },
    { url: "/\\elsewhere.example/p.jpg", outcome: "left out" },
    { url: `${ORIGIN}.elsewhere.example/p.jpg`, outcome: "left out" },
    { url: `${ORIGIN}/images/demo/maya.webp`, outcome: "shown" },
    { url: "/images/demo/maya.webp", outcome: "shown" },
  ])("a picture at $url is $outcome", ({ url, outcome }) => {
    const shown = outcome === "shown";
    const html = render({ ...GIFT_VIEW, photoUrl: url, gift: { kind: "product", name: GIFT_NAME, image: url } });

    expect(html.split(`<img src="${url}"`).length - 1).toBe(shown ? 2 : 0);
    expect(html.includes('class="wrapped"')).toBe(!shown);
  });

  it("a picture of our store is offered in every size that there is of it", () => {
    const at = (side: number) => `/pictures/0b6b4e3e-4a0e-4a5e-9a51-0123456789ab/${side}.webp`;
    const html = render({
      ...GIFT_VIEW,
      photoUrl: at(640),
      gift: { kind: "product", name: GIFT_NAME, image: at(960) },
    });

    const offered = [...html.matchAll(/<img src="([^"]*)"[^>]*? srcset="([^"]*)" sizes="([^"]*)"/g)];
    expect(offered.map(([, ...attributes]) => attributes)).toEqual([
      [at(384), `${at(192)} 192w, ${at(384)} 384w, ${at(640)} 640w`, "128px"],
      [at(640), `${at(320)} 320w, ${at(640)} 640w, ${at(960)} 960w`, "(max-width: 639px) 45vw, 300px"],
    ]);
  });

  it("a link's preview has the photo of our store, and the drawing without one, in every phase", () => {
    const id = "0b6b4e3e-4a0e-4a5e-9a51-0123456789ab";
    const rows = [
      [{ photoUrl: `/pictures/${id}/640.webp` }, `${ORIGIN}/pictures/${id}/preview.jpg`],
      [{ photoUrl: `/pictures/${id}/640.webp`, fullyFunded: true }, `${ORIGIN}/pictures/${id}/preview.jpg`],
      [{ photoUrl: `/pictures/${id}/960.webp` }, `${ORIGIN}/images/share.png`],
      [{ photoUrl: "/images/demo/maya.webp" }, `${ORIGIN}/images/share.png`],
      [{ photoUrl: "https://elsewhere.example/640.webp" }, `${ORIGIN}/images/share.png`],
    ] as const;

    const found = rows.map(([changes]) => {
      const html = render({ ...GIFT_VIEW, ...changes });
      return [changes, /property="og:image" content="([^"]*)"/.exec(html)?.[1]];
    });
    expect(found).toEqual(rows);
  });

  it("the page loads nothing from other hosts and has no inline script, and no style beside the one its policy knows", () => {
    const html = render().replace(`<style>${STYLE}</style>`, "");

    const loaded = [...html.matchAll(/<(?:script|img|link)[^>]*?(?:src|href)="([^"]*)"/g)].map(([, url]) => url);
    expect(loaded.length).toBeGreaterThan(4);
    expect(loaded.filter((url) => !url?.startsWith("/") || url.startsWith("//"))).toEqual([]);
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it("markup in the texts of a board is escaped", () => {
    const html = render({
      ...GIFT_VIEW,
      childName: `"><script>alert(1)</script>`,
      hostMessage: "<img src=x onerror=alert(1)>",
      contributors: ["<b>", `a"b'c`, "محمد", "👩‍👩‍👧", "W".repeat(50)],
      gift: { kind: "product", name: `<svg onload="x">`, image: `/images/x.jpg" onerror="alert(1)` },
    });

    expect(html).not.toMatch(/<script>|<img src=x|<svg onload|<b>|" onerror=/);
    expect(html).toContain("<bdi>محمد</bdi>");
    expect(html).toContain("<bdi>👩‍👩‍👧</bdi>");
    expect(html).toContain(`<bdi>${"W".repeat(50)}</bdi>`);
  });

  it("the page tells search engines not to index it", () => {
    expect(render()).toContain('<meta name="robots" content="noindex, nofollow"/>');
  });

  it("the page counts all contributors and says how many it does not name", () => {
    expect(render()).toContain("5 people have chipped in");
    expect(render()).toContain("+ 2 more");
    expect(render({ ...GIFT_VIEW, contributors: ["Gogo"], contributionCount: 1 })).toContain("1 person has chipped in");
  });
});

describe("the download size of a first visit", () => {
  const gzipped = (content: string | Buffer) => gzipSync(content, { level: 6 }).length;
  const asset = (path: string) => readFileSync(`public${path}`);

  it.each(SITES)(
    "page, with its style, and script are at most 14 KB compressed in $words.frame.locale, of which at most 4 KB is script",
    (site) => {
      const html = renderBoardPage({ view: GIFT_VIEW, site });
      const [, address = ""] = /<script src="([^"]+)"/.exec(html) ?? [];
      const script = gzipped(asset(address));

      expect(script).toBeLessThanOrEqual(4 * 1024);
      expect(gzipped(html) + script).toBeLessThanOrEqual(14 * 1024);
    },
  );

  it("a page waits for nothing but itself: its style is in it, and its scripts are deferred", () => {
    const pages = [render(), render({ ...GIFT_VIEW, phase: "closed" })];

    for (const html of pages) {
      expect(html.split(`<style>${STYLE}</style>`)).toHaveLength(2);
      expect(html).not.toMatch(/rel="stylesheet"|<script(?![^>]* defer)/);
    }
  });

  it("the three fonts are at most 45 KB and none of them delays the text", () => {
    const fonts = [...STYLE.matchAll(/url\("(\/assets\/[^"]+\.woff2)"\)/g)].map(([, path]) => asset(path ?? "").length);

    expect(fonts).toHaveLength(3);
    expect(fonts.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(45 * 1000);
    // And none moves it: one that comes late is shown on the next page.
    expect(STYLE.match(/font-display:optional/g)).toHaveLength(3);
    const preloaded = [...render().matchAll(/<link rel="preload" href="([^"]+)" as="font"/g)].map(([, path]) => path);
    expect(preloaded).toEqual([...STYLE.matchAll(/url\("(\/assets\/[^"]+\.woff2)"\)/g)].map(([, path]) => path));
  });

  it("a picture of ours delays a page on a slow network by a tenth of a second at most: it is at most 16 KB", () => {
    const pictures = ["/images/demo", "/causes"].flatMap((folder) =>
      readdirSync(`public${folder}`).map((name) => `${folder}/${name}`),
    );

    expect(pictures.length).toBeGreaterThan(4);
    expect(pictures.filter((path) => asset(path).length > 16_000)).toEqual([]);
  });

  it("the preview picture is below WhatsApp's limit of 300 KB", () => {
    expect(asset("/images/share.png").length).toBeLessThan(300_000);
  });
});
