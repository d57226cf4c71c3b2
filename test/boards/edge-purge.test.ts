import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { executeOnBoard } from "#boards/call-board";
import { cancelBoard } from "#boards/cancel-board";
import { closeBoard } from "#boards/close-board";
import { contribute } from "#boards/contribute";
import { outdateCopies } from "#boards/edge-purge";
import { reportPayment } from "#boards/report-payment";
import { updateBoard } from "#boards/update-board";
import { ADMIN } from "#domain/board/actor";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import type { EdgeCache, Services } from "#platform/services";
import { SiteBoard } from "../http/site-board.ts";
import { NO_DATABASE, type TestSite, testSite } from "../http/support.ts";
import { BEFORE_DEADLINE, later, NO_CONTRIBUTOR } from "../support/board.ts";
import { everyRow } from "../support/every-row.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Purging = EdgeCache & { calls: string[][] };

/** An edge cache that answers as `answers` say, the last one for ever. */
function edgeCache(...answers: (() => { success: boolean; errors: { message: string }[] })[]): Purging {
  const calls: string[][] = [];
  return {
    calls,
    async purge(tags) {
      calls.push([...tags]);
      const answer = answers[Math.min(calls.length, answers.length) - 1];
      return answer?.() ?? { success: true, errors: [] };
    },
  };
}

/** A site whose clock goes with the timers. */
function siteWith(cache: EdgeCache | null, board?: SiteBoard): TestSite & { services: Services } {
  const site = testSite(NO_DATABASE, board ? { board: () => board.object } : {});
  const startedAt = Date.now();
  const now = () => later(BEFORE_DEADLINE, Date.now() - startedAt);
  Object.assign(site.services, { edgeCache: () => cache, now, actor: ADMIN });
  return site;
}
const tag = (code: string) => `board-${code}`;
const aCode = () => boardCode(newId(BEFORE_DEADLINE));
const refused = () => ({ success: false, errors: [{ message: "rate limited" }] });

describe("purging the copies of a board", () => {
  it("it is purged at once, and again when no isolate has a copy from before", async () => {
    const cache = edgeCache();
    const { services } = siteWith(cache);
    const code = aCode();
    outdateCopies(services, code);
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.calls).toEqual([[tag(code)]]);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(cache.calls).toEqual([[tag(code)], [tag(code)]]);
  });

  it("many boards within a second are purged by one call, of at most a hundred", async () => {
    const cache = edgeCache();
    const { services } = siteWith(cache);
    const codes = Array.from({ length: 230 }, aCode);
    for (const code of codes) outdateCopies(services, code);
    await vi.advanceTimersByTimeAsync(2_000);

    expect(cache.calls.map(({ length }) => length)).toEqual([1, 100, 100]);
    await vi.advanceTimersByTimeAsync(60_000);
    const times = (code: string) => cache.calls.flat().filter((one) => one === tag(code)).length;
    expect([...new Set(codes.map(times))]).toEqual([2]);
    expect(cache.calls.length).toBeLessThan(10);
  });

  it("a call that is refused is made again when the account may purge again, and then nobody hears of it", async () => {
    const cache = edgeCache(refused, () => ({ success: true, errors: [] }));
    const { services, logged } = siteWith(cache);
    const [code, other] = [aCode(), aCode()];
    outdateCopies(services, code);
    await vi.advanceTimersByTimeAsync(5_000);
    outdateCopies(services, other);
    expect(cache.calls).toEqual([[tag(code)]]);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(cache.calls[1]).toEqual([tag(code), tag(other)]);
    expect(logged.filter(({ alert }) => alert)).toEqual([]);
  });

  it.each([
    { what: "refuses", answer: refused, error: "rate limited" },
    {
      what: "cannot be reached",
      answer: () => {
        throw new Error("Network connection lost.");
      },
      error: "Error: Network connection lost.",
    },
  ])("a cache that $what for good is an alert that names no slug, and fails nothing", async ({ answer, error }) => {
    const cache = edgeCache(answer);
    const { services, logged, settled } = siteWith(cache);
    const code = aCode();
    outdateCopies(services, code);
    await vi.advanceTimersByTimeAsync(60_000);
    await settled();

    const alert = { event: "edge_purge_failed", tags: 1, tag: tag(code), error, alert: true };
    expect(logged.filter((line) => line.alert)).toEqual([alert, alert]);
    expect(cache.calls.length).toBe(4);
  });
});

describe("what purges the copies of a board", () => {
  type Row = [what: string, act: (services: Services, board: SiteBoard) => unknown, purges: boolean];
  const news = { provider: "payfast", status: "completed", amount: null, providerPaymentId: "1" } as const;
  const report = (services: Services, reference: string, amount: number) =>
    reportPayment(services, { ...news, amount: cents(amount), reference, eventKey: "1", providerStatus: "COMPLETE" });
  const paid = async (services: Services, board: SiteBoard, amount: number) =>
    await report(services, board.begin("payfast", amount), amount);

  const ROWS: Row[] = [
    ["a contribution", (services, board) => paid(services, board, 20_000), false],
    ["the goal", (services, board) => paid(services, board, 110_000), true],
    [
      "the goal again, after a refund",
      async (services, board) => {
        board.requestRefund(board.paid(110_000));
        await paid(services, board, 110_000);
      },
      true,
    ],
    [
      "a contribution that is begun",
      (services, { slug }) =>
        contribute(services, slug, {
          submission: "a",
          amount: cents(20_000),
          provider: "payfast",
          contributor: NO_CONTRIBUTOR,
          signals: [],
          challengePassed: false,
        }),
      false,
    ],
    ["closing", (services, { slug }) => closeBoard(services, { idOrSlug: slug, reason: "manual" }), true],
    [
      "closing again",
      (services, board) => [board.close(), closeBoard(services, { idOrSlug: board.slug, reason: "manual" })][1],
      false,
    ],
    ["cancelling", (services, { slug }) => cancelBoard(services, slug), true],
    ["another message", (services, { slug }) => updateBoard(services, slug, { message: "Hello!" }), true],
    [
      "a hidden name",
      (services, board) => {
        const { id } = board.of(board.paid(20_000));
        return updateBoard(services, board.slug, { contributors: [{ contributionId: id, name: "hidden" }] });
      },
      true,
    ],
    [
      "erasing the people",
      (services, board) => [board.cancel(), executeOnBoard(services, board.code, { type: "anonymise_board" })][1],
      true,
    ],
  ];

  it("copies are purged for the truth and for what is taken away, not for each contribution", async () => {
    await everyRow(ROWS, async ([, act, purges]) => {
      const board = new SiteBoard(() => BEFORE_DEADLINE);
      const cache = edgeCache();
      const { services } = siteWith(cache, board);
      await act(services, board);
      await vi.advanceTimersByTimeAsync(0);
      expect(cache.calls).toEqual(purges ? [[tag(board.code)]] : []);
    });
  });

  it("an isolate forgets its own copy too", async () => {
    const board = new SiteBoard(() => BEFORE_DEADLINE);
    const { services, request } = siteWith(null, board);
    expect(await (await request(`/${board.slug}`)).text()).toContain("LEGO");
    await cancelBoard(services, board.slug);

    expect(await (await request(`/${board.slug}`)).text()).toContain("was cancelled");
  });
});
