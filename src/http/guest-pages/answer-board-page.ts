import { parseIpAddress } from "#platform/ip-address";
import type { BoardServices } from "#platform/services";
import { admit } from "../door.ts";
import type { BoardPageAsked } from "./board-page-asked.ts";
import { languageOf, offeredLanguages } from "./language.ts";
import { recallBoard, type SeenBoard, seeBoard } from "./see-board.ts";
import { siteIn } from "./site.ts";
import { wordsIn } from "./words/load.ts";
import type { Words } from "./words/words.ts";

/**
 * A board's page without the app: the same answer and the same log line, for two thirds of the CPU, with neither the routes
 * nor Postgres loaded. Null when the app has to answer: another host, http, another name before the code, no such board, or
 * anything thrown, which the app meets again and answers. A page that the isolate remembers is answered without waiting.
 */
export function answerBoardPage(
  asked: BoardPageAsked,
  servicesFor: () => BoardServices,
): Response | null | Promise<Response | null> {
  try {
    const services = servicesFor();
    const { url, slug, code } = asked;
    const startedAt = services.now();
    if (admit(services.settings, { method: "GET", url, path: `/${slug}` }).answer !== "serve") return null;
    const words = wordsIn(languageOf(asked, offeredLanguages(services.settings)));
    if (words instanceof Promise) return askAndAnswer(asked, services, words, startedAt.getTime());
    const site = siteIn(services.settings, words);
    const recalled = recallBoard(services, code, site, startedAt);
    return recalled ? answer(recalled, asked, services, 0) : askAndAnswer(asked, services, words, startedAt.getTime());
  } catch {
    return null;
  }
}

async function askAndAnswer(
  asked: BoardPageAsked,
  services: BoardServices,
  words: Words | Promise<Words>,
  startedAt: number,
): Promise<Response | null> {
  const origin = { email: null, ipAddress: parseIpAddress(asked.headers.get("CF-Connecting-IP")) };
  const site = siteIn(services.settings, await words);
  const board = await seeBoard({ ...services, origin }, asked.slug, site).catch(() => null);
  return board && answer(board, asked, services, services.now().getTime() - startedAt);
}

function answer(
  { view, page, headers }: SeenBoard,
  { slug, code: board }: BoardPageAsked,
  { requestId, log }: BoardServices,
  durationMs: number,
): Response | null {
  if (view.slug !== slug) return null;
  const response = new Response(page, { headers });
  response.headers.set("X-Request-Id", requestId);
  log({
    event: "request",
    request_id: requestId,
    method: "GET",
    route: "/:slug",
    board,
    status: 200,
    outcome: "ok",
    duration_ms: durationMs,
  });
  return response;
}
