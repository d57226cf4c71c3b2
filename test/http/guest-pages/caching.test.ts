import { describe, expect, it } from "vitest";
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

  it("pages do not differ by language, so copies do not either", async () => {
    const { site, board } = guestSite();
    const page = async (language: string) => {
      const answer = await site.request(`/${board.slug}`, { headers: { "Accept-Language": language } });
      return [answer.headers.get("Vary"), await answer.text()];
    };

    expect(await page("af")).toEqual(await page("en"));
  });
});
