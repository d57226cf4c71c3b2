import { describe, expect, it } from "vitest";
import { RESERVED_WORDS } from "#domain/slug";
import type { Settings } from "#platform/settings";
import { answerBoardPage } from "../../../src/http/guest-pages/answer-board-page.ts";
import { boardPageAsked } from "../../../src/http/guest-pages/board-page-asked.ts";
import { DEADLINE, later } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";
import { NO_DATABASE, PUBLIC_ORIGIN, testSite } from "../support.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

/** What a guest sees and what the log says. The request's id and duration are its own. */
async function seen(site: GuestSite["site"], answer: Response | null) {
  if (!answer) return null;
  const headers = Object.fromEntries(answer.headers);
  const lines = site.logged.splice(0).map(({ request_id: _, duration_ms: __, ...line }) => line);
  expect(headers["x-request-id"]).toMatch(/^req_/);
  return { status: answer.status, headers: { ...headers, "x-request-id": "" }, body: await answer.text(), lines };
}

/** The answer without the app; null when the app has to answer. */
async function quick({ site }: Pick<GuestSite, "site">, path: string, init: RequestInit = {}) {
  const request = new Request(path.startsWith("/") ? `${PUBLIC_ORIGIN}${path}` : path, init);
  const asked = boardPageAsked(request);
  return asked && (await seen(site, await answerBoardPage(asked, servingOf(site))));
}

function servingOf({ services }: GuestSite["site"]) {
  return {
    fixedServices: () => services,
    servicesFor: (requestId: string) => ({ ...services, requestId }),
  };
}

const throughApp = async ({ site }: Pick<GuestSite, "site">, path: string, init: RequestInit = {}) =>
  await seen(site, await site.request(path.startsWith("/") ? `${PUBLIC_ORIGIN}${path}` : path, init));

describe("a board's page that is answered without the app", () => {
  it("is the app's answer, header by header, with the app's log line, whatever the state of the board", async () => {
    const at = (guests: GuestSite, instant: Date) => guests.later(instant.getTime() - guests.site.clock.now.getTime());
    const rows: [state: string, live: (guests: GuestSite) => unknown][] = [
      ["new", () => {}],
      ["with contributions", ({ board }) => board.paid(20_000)],
      ["near its goal", ({ board }) => board.paid(85_000)],
      ["funded", ({ board }) => board.paid(120_000)],
      ["in its last minute", (guests) => at(guests, later(DEADLINE, -60_000))],
      ["past its deadline", (guests) => at(guests, later(DEADLINE, 1_000))],
      ["closed", ({ board }) => [board.paid(95_000), board.close()]],
      ["closed after its goal", ({ board }) => [board.paid(120_000), board.close()]],
      ["cancelled", ({ board }) => [board.paid(20_000), board.cancel()]],
    ];
    await everyRow(rows, async ([, live]) => {
      const guests = guestSite();
      live(guests);
      const path = `/${guests.board.slug}`;

      const answers = [await quick(guests, path), await throughApp(guests, path), await quick(guests, path)];

      expect(answers[0]).toMatchObject({
        status: 200,
        body: expect.stringContaining("Maya"),
        lines: [{ outcome: "ok" }],
      });
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    });
  });

  it("is the app's answer in every language, also for a cookie that names nothing else", async () => {
    const rows: [headers: Record<string, string>, language: string][] = [
      [{}, "en"],
      [{ "Accept-Language": "af" }, "af"],
      [{ Cookie: "lang=zu", "Accept-Language": "af" }, "zu"],
    ];
    const guests = guestSite();
    const path = `/${guests.board.slug}`;
    await everyRow(rows, async ([headers, language]) => {
      const answers = [
        await quick(guests, path, { headers }),
        await throughApp(guests, path, { headers }),
        await quick(guests, path, { headers }),
      ];

      expect(answers[0]?.body).toContain(`<html lang="${language}-ZA">`);
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    });
  });

  it("is left to the app when the board does not answer, which then does not ask it again", async () => {
    const guests = guestSite();
    let asked = 0;
    guests.board.object.read = () => {
      asked += 1;
      throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
    };

    expect(await quick(guests, `/${guests.board.slug}`)).toBeNull();
    expect(await throughApp(guests, `/${guests.board.slug}`)).toMatchObject({ status: 503 });
    expect(asked).toBe(1);
  });

  it("is left to the app when a request asks for anything but the page as every visitor gets it", async () => {
    const guests = guestSite();
    const { slug, code } = guests.board;
    const rows: [path: string, init?: RequestInit][] = [
      [`/${slug}`, { method: "HEAD" }],
      [`/${slug}`, { method: "POST" }],
      [`/${slug}?cancelled`],
      [`/${slug}?`],
      [`/${slug}/`],
      [`/${slug}/contribute`],
      [`/${slug.toUpperCase()}`],
      [`/%6d${slug.slice(1)}`],
      [`/${slug}`, { headers: { Cookie: "session=1" } }],
      [`/${slug}`, { headers: { Authorization: "Bearer x" } }],
      [`/someone-else-${code}`],
      ["/maya-birthday-8k3m9q2rtw"],
      ["/maya"],
      ["/"],
    ];
    await everyRow(rows, async ([path, init]) => {
      expect(await quick(guests, path, init)).toBeNull();
    });
  });

  it("is left to the app on another host, by http, and while settings or the board cannot be used", async () => {
    const deployed: Partial<Settings> = { ENVIRONMENT: "staging", API_ORIGIN: "https://api.chipin.test" };
    const { board, site: open } = guestSite();
    const site = testSite(NO_DATABASE, { as: deployed, board: () => board.object });
    const rows: [url: string, status: number][] = [
      [`${PUBLIC_ORIGIN}/${board.slug}`, 200],
      [`http://chipin.test/${board.slug}`, 308],
      [`https://api.chipin.test/${board.slug}`, 404],
      [`https://chipin.workers.dev/${board.slug}`, 421],
    ];
    await everyRow(rows, async ([url, status]) => {
      const [without, app] = [await quick({ site }, url), await throughApp({ site }, url)];
      expect([without?.status ?? null, app?.status]).toEqual([status === 200 ? 200 : null, status]);
    });

    const asked = boardPageAsked(new Request(`${PUBLIC_ORIGIN}/${board.slug}`));
    if (!asked) throw new Error("this is a request for a board's page");
    const unusable = () => {
      throw new Error("settings are not usable");
    };
    expect(await answerBoardPage(asked, { fixedServices: unusable, servicesFor: unusable })).toBeNull();
    open.services.objects.board(board.code).read = () => {
      throw Object.assign(new Error("gone"), { overloaded: true });
    };
    expect(await answerBoardPage(asked, servingOf(open))).toBeNull();
    expect((await open.request(`/${board.slug}`)).status).toBe(503);
  });

  it("no reserved word is taken for a board's slug", () => {
    expect(RESERVED_WORDS.filter((word) => boardPageAsked(new Request(`${PUBLIC_ORIGIN}/${word}`)) !== null)).toEqual(
      [],
    );
  });
});
