import { describe, expect, it } from "vitest";
import { everyRow } from "../../support/every-row.ts";
import { ALL_PROVIDERS } from "../far-sides.ts";
import { fieldsOf, type GuestSite, guestSite } from "./guest-site.ts";

const IN_AFRIKAANS = { "Accept-Language": "af-ZA,af;q=0.9,en;q=0.8" };
const IN_ZULU = { Cookie: "lang=zu" };

/** The language of a page, as its headers and its document name it. */
function languageOf({ headers, html }: { headers: Headers; html: string }): string | undefined {
  const named = /<html lang="([a-z]{2})-ZA">/.exec(html)?.[1];
  expect(headers.get("Content-Language")).toBe(`${named}-ZA`);
  return named;
}

describe("the language of a guest page", () => {
  it("is what the query asks for, else the cookie, else the browser's preferences, else English", async () => {
    const rows: [query: string, cookie: string | null, accepted: string | null, language: string][] = [
      ["", null, null, "en"],
      ["", null, "*", "en"],
      ["", null, "fr-FR,de;q=0.9", "en"],
      ["", null, "af", "af"],
      ["", null, "AF-za", "af"],
      ["", null, "zu-ZA,en;q=0.5", "zu"],
      ["", null, "xh,zu;q=0.9,af;q=0.8", "zu"],
      ["", null, "af;q=0.5,zu;q=0.7", "zu"],
      ["", null, "en-ZA,af;q=0.9", "en"],
      ["", null, "af;q=0,zu;q=0.1", "zu"],
      ["", null, ";;,=,q", "en"],
      ["", "lang=af", "zu", "af"],
      ["", "lang=zu; other=1", null, "zu"],
      ["", "other=1; lang=zu", "af", "zu"],
      ["", "lang=fr", "af", "af"],
      ["", "slang=zu", null, "en"],
      ["?lang=zu", "lang=af", "en", "zu"],
      ["?lang=en", "lang=af", "zu", "en"],
      ["?lang=fr", "lang=af", "zu", "af"],
      ["?lang=", null, "zu", "zu"],
      ["?slang=af", null, null, "en"],
    ];
    const guests = guestSite();
    await everyRow(rows, async ([query, cookie, accepted, language]) => {
      const headers = { ...(cookie && { Cookie: cookie }), ...(accepted && { "Accept-Language": accepted }) };
      for (const path of ["", "/contribute"]) {
        expect([path, languageOf(await guests.send(`/${guests.board.slug}${path}${query}`, { headers }))]).toEqual([
          path,
          language,
        ]);
      }
    });
  });

  it("is remembered for a year when a link chose it, and set by nothing else", async () => {
    const { send, board } = guestSite();
    const cookieOf = async (query: string, headers: Record<string, string> = {}) =>
      (await send(`/${board.slug}${query}`, { headers })).headers.get("Set-Cookie");

    expect(await cookieOf("?lang=af")).toBe("lang=af; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax");
    expect(await cookieOf("?lang=fr")).toBeNull();
    expect(await cookieOf("?lang=af", { Cookie: "lang=af" })).toBeNull();
    expect(await cookieOf("", IN_AFRIKAANS)).toBeNull();
  });

  it("is English without a choice, a cookie and a Vary where only English is offered", async () => {
    const { send, board } = guestSite({ settings: { ...ALL_PROVIDERS, LANGUAGES: "en" } });
    const page = await send(`/${board.slug}?lang=af`, { headers: { ...IN_AFRIKAANS, ...IN_ZULU } });

    expect(languageOf(page)).toBe("en");
    expect(page.headers.get("Set-Cookie")).toBeNull();
    expect(page.html).not.toContain("lang=af");
    expect((await send(`/${board.slug}`)).headers.get("Vary")).toBeNull();
  });

  it("is kept by every page, whatever it says", async () => {
    const open: [what: string, ask: (guests: GuestSite) => ReturnType<GuestSite["send"]>, status: number][] = [
      ["the landing page", ({ send }) => send("/", { headers: IN_ZULU }), 200],
      ["the board", ({ send, board }) => send(`/${board.slug}`, { headers: IN_ZULU }), 200],
      [
        "the board after a cancelled payment",
        ({ send, board }) => send(`/${board.slug}/thanks/cancelled`, { headers: IN_ZULU }),
        200,
      ],
      ["the form", ({ send, board }) => send(`/${board.slug}/contribute`, { headers: IN_ZULU }), 200],
      ["the form with a mistake", ({ chipIn }) => chipIn({ amount: "1" }, IN_ZULU), 422],
      ["PayFast", ({ chipIn }) => chipIn({}, IN_ZULU), 200],
      ["SnapScan", ({ chipIn }) => chipIn({ provider: "snapscan" }, IN_ZULU), 200],
      ["the thanks page", ({ send, board }) => send(`/${board.slug}/thanks`, { headers: IN_ZULU }), 200],
      ["a failed payment", ({ send, board }) => send(`/${board.slug}/thanks/failed`, { headers: IN_ZULU }), 200],
      ["no such board", ({ send }) => send("/maya-birthday-8k3m9q2rtw", { headers: IN_ZULU }), 404],
      ["no such page", ({ send, board }) => send(`/${board.slug}/else`, { headers: IN_ZULU }), 404],
      ["a form of another site", ({ chipIn }) => chipIn({}, { ...IN_ZULU, "Sec-Fetch-Site": "cross-site" }), 403],
      [
        "a closed board",
        ({ board, chipIn }) => [board.close(), chipIn({}, IN_ZULU)][1] as ReturnType<GuestSite["send"]>,
        409,
      ],
      [
        "a board that does not answer",
        ({ board, send }) => silenced(board.object, () => send(`/${board.slug}`, { headers: IN_ZULU })),
        503,
      ],
    ];
    await everyRow(open, async ([, ask, status]) => {
      const answer = await ask(guestSite());
      expect([answer.status, languageOf(answer)]).toEqual([status, "zu"]);
    });
    const sandbox = guestSite({ sandbox: true });
    const { location } = await sandbox.chipIn({ provider: "sandbox" }, IN_ZULU);
    expect(
      languageOf(
        await sandbox.send(new URL(location ?? "").pathname + new URL(location ?? "").search, { headers: IN_ZULU }),
      ),
    ).toBe("zu");
    const unpaid = guestSite({ settings: {} });
    const unavailable = await unpaid.send(`/${unpaid.board.slug}/contribute`, { headers: IN_AFRIKAANS });
    expect([unavailable.status, languageOf(unavailable)]).toEqual([503, "af"]);
  });

  it("can be changed on every page to the same page", async () => {
    const { chipIn, send, board, references } = guestSite();
    const choices = (html: string) =>
      [...html.matchAll(/<a href="([^"]*lang=[a-z]{2})" lang/g)].map(([, href]) => href);
    const snapscan = await chipIn({ provider: "snapscan" });
    const [reference] = references();

    expect(choices((await send(`/${board.slug}`)).html)).toEqual(["?lang=en", "?lang=af", "?lang=zu"]);
    expect(choices(snapscan.html)[1]).toBe(`/${board.slug}/pay?ref=${reference}&amp;lang=af`);
    expect(choices((await send(`/${board.slug}/thanks?ref=${reference}`)).html)[2]).toBe(
      `/${board.slug}/thanks?ref=${reference}&amp;lang=zu`,
    );
    expect(choices((await chipIn({ amount: "1" })).html)[1]).toBe(`/${board.slug}/contribute?lang=af`);
  });

  it("does not change what is sent to the provider", async () => {
    const sent = async (headers: Record<string, string>) => {
      const { reference: _, ...fields } = fieldsOf((await guestSite().chipIn({}, headers)).html);
      return Object.keys(fields);
    };

    expect(await sent(IN_ZULU)).toEqual(await sent({}));
  });
});

function silenced<Result>(object: GuestSite["board"]["object"], ask: () => Result): Result {
  object.read = () => {
    throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
  };
  return ask();
}
