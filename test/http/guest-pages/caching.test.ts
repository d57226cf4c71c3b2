import { describe, expect, it } from "vitest";
import { SharedCache } from "../../../local/edge-cache/shared-cache.ts";
import { DEADLINE, later } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

const RELAXED = "public, max-age=2, stale-while-revalidate=30, stale-if-error=300";
const STRICT = "public, max-age=1, must-revalidate";

type Row = [what: string, live: (guests: GuestSite) => unknown, caching: string];

async function cachingOf({ site, board }: GuestSite) {
  const answers = await Promise.all(["", "/live.json"].map((rest) => site.request(`/${board.slug}${rest}`)));
  return answers.map(({ status, headers }) => [status, headers.get("Cache-Control"), headers.get("Cache-Tag")]);
}

describe("what a shared cache is told of a board's page and its live.json", () => {
  it("copies live two seconds and may be served stale, except near the goal and in the last minute", async () => {
    const at = (guests: GuestSite, instant: Date) => guests.later(instant.getTime() - guests.site.clock.now.getTime());
    const rows: Row[] = [
      ["new", () => {}, RELAXED],
      ["at 70 %", ({ board }) => board.paid(74_000), RELAXED],
      ["at 80 % and more", ({ board }) => board.paid(85_000), STRICT],
      ["at 99 %", ({ board }) => board.paid(102_000), STRICT],
      ["funded", ({ board }) => board.paid(110_000), RELAXED],
      ["two minutes before the deadline", (guests) => at(guests, later(DEADLINE, -120_000)), RELAXED],
      ["in the last minute", (guests) => at(guests, later(DEADLINE, -60_000)), STRICT],
      ["after the deadline", (guests) => at(guests, later(DEADLINE, 1_000)), RELAXED],
      ["closed at 90 %", ({ board }) => [board.paid(95_000), board.close()], RELAXED],
      ["cancelled", ({ board }) => board.cancel(), RELAXED],
    ];
    await everyRow(rows, async ([, live, caching]) => {
      const guests = guestSite();
      live(guests);
      const expected = [200, caching, `board-${guests.board.code}`];
      expect(await cachingOf(guests)).toEqual([expected, expected]);
    });
  });

  it("a board that an older release of its object describes is treated as near its goal", async () => {
    const guests = guestSite();
    const { object } = guests.board;
    const read = object.read.bind(object);
    object.read = (name, about) => {
      const answer = read(name, about);
      if (name === "view" && answer) Reflect.deleteProperty(answer, "nearGoal");
      return answer;
    };

    expect((await cachingOf(guests)).map(([, caching]) => caching)).toEqual([STRICT, STRICT]);
  });

  it("the tag of a board does not name the child", async () => {
    const guests = guestSite();

    const [, , tag] = (await cachingOf(guests))[0] ?? [];
    expect(guests.board.slug).toContain("maya");
    expect(tag).not.toContain("maya");
  });

  it("a shared cache shows a board in the language of each guest, and runs the Worker once for guests who ask alike", async () => {
    const { site, board } = guestSite();
    const cache = new SharedCache(async ({ path, headers }) => {
      const answer = await site.request(path, { headers: headers as Record<string, string> });
      const body = Buffer.from(await answer.arrayBuffer());
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
    });
    const ask = async (headers: Record<string, string>) => {
      const { body, cacheStatus } = await cache.serve({ method: "GET", path: `/${board.slug}`, headers });
      return [/<html lang="([a-z]{2})/.exec(body.toString())?.[1], cacheStatus];
    };
    const guests: [headers: Record<string, string>, language: string][] = [
      [{}, "en"],
      [{ "accept-language": "af" }, "af"],
      [{ "accept-language": "zu" }, "zu"],
      [{ "accept-language": "en" }, "en"],
      [{ "accept-language": "en", cookie: "lang=af" }, "af"],
      [{ "accept-language": "en", cookie: "lang=zu" }, "zu"],
      [{ "accept-language": "zu", cookie: "lang=en" }, "en"],
    ];

    expect(await Promise.all(guests.map(([headers]) => ask(headers)))).toEqual(
      guests.map(([, language]) => [language, expect.anything()]),
    );
    const runs = cache.runs;
    for (const [headers, language] of [...guests, ...guests.toReversed()]) {
      expect([headers, ...(await ask(headers))]).toEqual([headers, language, "HIT"]);
    }
    expect(cache.runs).toBe(runs);
    expect(cache.purge([`board-${board.code}`])).toBe(guests.length);
  });

  it("a shared cache keeps nothing for a guest with another cookie, and shows that guest no other's page", async () => {
    const { site, board } = guestSite();
    const cookie = "lang=af; __Host-sid=someone";
    const answer = await site.request(`/${board.slug}`, { headers: { Cookie: cookie } });

    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect((await site.request(`/${board.slug}`)).headers.get("Vary")).toBe("Accept-Language, Cookie");
  });

  it("live.json holds no sentence, so its copies do not differ by language", async () => {
    const { site, board } = guestSite();
    const live = async (headers: Record<string, string>) => {
      const answer = await site.request(`/${board.slug}/live.json`, { headers });
      return [answer.headers.get("Vary"), await answer.json()];
    };

    expect(await live({ "Accept-Language": "zu" })).toEqual(await live({}));
  });
});
