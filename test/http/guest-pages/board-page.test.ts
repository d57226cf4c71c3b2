import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { renderBoardPage } from "../../../src/http/guest-pages/board-page.tsx";
import { SCRIPTS, STYLE } from "../../../src/http/ui/asset-manifest.ts";
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
} from "./views.ts";

const render = (view = GIFT_VIEW, cancelled = false) => renderBoardPage({ view, origin: ORIGIN, cancelled });
const WITH_NOTHING_BEYOND = {
  ...CHARITY_VIEW,
  charity: CHARITY_VIEW.charity && { ...CHARITY_VIEW.charity, raised: cents(0) },
};

describe("renderBoardPage", () => {
  it.each([
    {
      state: "under way",
      view: GIFT_VIEW,
      says: ["Maya’s birthday wish", GIFT_NAME, "64%", "6 days left", "Sunday, 13 December"],
    },
    {
      state: "with nobody yet",
      view: { ...GIFT_VIEW, percent: 0, contributors: [], contributionCount: 0 },
      says: ["Be the first to chip in"],
    },
    { state: "on its last day", view: { ...GIFT_VIEW, daysLeft: 1 }, says: ["Last day"] },
    {
      state: "in charity mode",
      view: CHARITY_VIEW,
      says: ["gift is fully funded!", "Give to Feed Hungry Children", "R340.50 raised so far"],
    },
    { state: "exactly at its goal", view: WITH_NOTHING_BEYOND, says: ["Be one of the first to give"] },
    { state: "for a cause", view: CAUSE_VIEW, says: ["Instead of presents", "Plant Trees", "Plant 10 trees", "64%"] },
    {
      state: "for a cause, past its goal",
      view: { ...CAUSE_VIEW, percent: 100, fullyFunded: true },
      says: ["wish is fully funded!", "stays open", "Fully funded!", "Give with Maya"],
    },
    { state: "closed short of its goal", view: CLOSED_VIEW, says: ["Maya’s board has closed", "64%", GIFT_NAME] },
    { state: "closed after its goal", view: CLOSED_FUNDED_VIEW, says: ["Maya’s board has closed", "Fully funded"] },
    { state: "expired", view: EXPIRED_VIEW, says: ["Maya’s board has closed", "time to chip in has passed"] },
    { state: "cancelled", view: CANCELLED_VIEW, says: ["was cancelled", "refunded in full"] },
  ])("shows a board $state", ({ view, says }) => {
    const html = render(view);

    for (const words of says) expect(html).toContain(words);
    expect(html.includes("/contribute")).toBe(view.acceptsContributions);
  });

  it("says that nothing was taken after a payment was cancelled", () => {
    expect(render(GIFT_VIEW, true)).toContain("nothing was taken");
    expect(render(CLOSED_VIEW, true)).not.toContain("nothing was taken");
  });

  it.each([
    { state: "expired", view: EXPIRED_VIEW },
    { state: "cancelled", view: CANCELLED_VIEW },
    { state: "charity mode", view: CHARITY_VIEW },
  ])("shows no percentage when $state", ({ view }) => {
    expect(render(view)).not.toMatch(/\d+%<|role="progressbar"/);
  });

  it.each([
    ["gift", GIFT_VIEW],
    ["nobody yet", { ...GIFT_VIEW, percent: 0, contributors: [], contributionCount: 0 }],
    ["cause", CAUSE_VIEW],
    ["cause past its goal", { ...CAUSE_VIEW, percent: 100, fullyFunded: true }],
    ["closed", CLOSED_VIEW],
    ["closed after its goal", CLOSED_FUNDED_VIEW],
    ["expired", EXPIRED_VIEW],
    ["cancelled", CANCELLED_VIEW],
  ])("names no amount of money anywhere: %s", (_, view) => {
    expect(readableText(render(view))).not.toMatch(RAND);
  });

  it("names only the charity's amount in charity mode, and none where previews look", () => {
    const html = render(CHARITY_VIEW);

    expect(readableText(html).match(/R\d[\d,.]*/g)).toEqual(["R340.50"]);
    expect(readableText(html.slice(0, html.indexOf("<body>")))).not.toMatch(RAND);
  });

  it("shows the charity and never the gift once it is funded, wherever one looks", () => {
    for (const view of [CHARITY_VIEW, CLOSED_FUNDED_VIEW]) {
      const html = render(view);

      expect(html).not.toContain(GIFT_NAME);
      expect(html).not.toContain(GIFT_IMAGE);
      expect(html).toContain("/causes/food-forward.jpg");
    }
  });

  it("draws the bar and its milestones right without scripts", () => {
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
    { url: "https://elsewhere.example/p.jpg", shown: false },
    { url: "//elsewhere.example/p.jpg", shown: false },
    { url: "/\\elsewhere.example/p.jpg", shown: false },
    { url: `${ORIGIN}.elsewhere.example/p.jpg`, shown: false },
    { url: `${ORIGIN}/images/demo/maya.jpg`, shown: true },
    { url: "/images/demo/maya.jpg", shown: true },
  ])("shows a picture at $url: $shown", ({ url, shown }) => {
    const html = render({ ...GIFT_VIEW, photoUrl: url, gift: { kind: "product", name: GIFT_NAME, image: url } });

    expect(html.split(`<img src="${url}"`).length - 1).toBe(shown ? 2 : 0);
    expect(html.includes('class="wrapped"')).toBe(!shown);
  });

  it("loads nothing from other hosts and needs no inline script or style", () => {
    const html = render();

    const loaded = [...html.matchAll(/<(?:script|img|link)[^>]*?(?:src|href)="([^"]*)"/g)].map(([, url]) => url);
    expect(loaded.length).toBeGreaterThan(4);
    expect(loaded.filter((url) => !url?.startsWith("/") || url.startsWith("//"))).toEqual([]);
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it("keeps hostile text text", () => {
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

  it("is never found by search engines", () => {
    expect(render()).toContain('<meta name="robots" content="noindex, nofollow"/>');
  });

  it("counts those it does not name", () => {
    expect(render()).toContain("5 people have chipped in");
    expect(render()).toContain("+ 2 more");
    expect(render({ ...GIFT_VIEW, contributors: ["Gogo"], contributionCount: 1 })).toContain("1 person has chipped in");
  });
});

describe("what a first visit downloads", () => {
  const gzipped = (content: string | Buffer) => gzipSync(content, { level: 6 }).length;
  const asset = (path: string) => readFileSync(`public${path}`);

  it("is 14 KB of page, style and script at most, of which 4 KB script", () => {
    const script = gzipped(asset(SCRIPTS.board));

    expect(script).toBeLessThanOrEqual(4 * 1024);
    expect(gzipped(render()) + gzipped(asset(STYLE)) + script).toBeLessThanOrEqual(14 * 1024);
  });

  it("is 45 KB of fonts at most, none of which holds text back", () => {
    const style = asset(STYLE).toString();
    const fonts = [...style.matchAll(/url\("(\/assets\/[^"]+\.woff2)"\)/g)].map(([, path]) => asset(path ?? "").length);

    expect(fonts).toHaveLength(3);
    expect(fonts.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(45 * 1000);
    expect(style.match(/font-display:swap/g)).toHaveLength(3);
  });

  it("previews with a picture WhatsApp accepts", () => {
    expect(asset("/images/share.png").length).toBeLessThan(300_000);
  });
});
