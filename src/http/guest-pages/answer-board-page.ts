import { newRequestId } from "#domain/ids";
import type { FixedServices } from "#platform/board-services";
import { parseIpAddress } from "#platform/ip-address";
import type { BoardServices } from "#platform/services";
import { admit } from "../door.ts";
import type { BoardPageAsked } from "./board-page-asked.ts";
import { languageOf, offeredLanguages } from "./language.ts";
import { recallBoard, type SeenBoard, seeBoard } from "./see-board.ts";
import { siteIn } from "./site.ts";
import { wordsIn } from "./words/load.ts";
import type { Words } from "./words/words.ts";

/** What a remembered page needs, and what asking its board needs beside it. */
type Serving = Readonly<{
  fixedServices(): FixedServices;
  servicesFor(requestId: string): BoardServices;
}>;

/**
 * A board's page without the app: the same answer and the same log line, for two thirds of the CPU, with neither the routes
 * nor Postgres loaded. Null when the app has to answer: another host, http, another name before the code, no such board, or
 * anything thrown, which the app meets again and answers. A page that the isolate remembers is answered without waiting.
 */
export function answerBoardPage(
  asked: BoardPageAsked,
  { fixedServices, servicesFor }: Serving,
): Response | null | Promise<Response | null> {
  try {
    const fixed = fixedServices();
    const { settings, log } = fixed;
    const { url, slug, code } = asked;
    const startedAt = fixed.now();
    const requestId = newRequestId(startedAt);
    if (admit(settings, { method: "GET", url, path: `/${slug}` }).answer !== "serve") return null;
    const words = wordsIn(languageOf(asked, offeredLanguages(settings)));
    const recalled = words instanceof Promise ? null : recallBoard(fixed, code, siteIn(settings, words), startedAt);
    if (recalled) return answer(recalled, asked, { requestId, log }, 0);
    return askAndAnswer(asked, servicesFor(requestId), words, startedAt.getTime());
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
  { requestId, log }: Pick<BoardServices, "requestId" | "log">,
  durationMs: number,
): Response | null {
  if (view.slug !== slug) return null;
  // In the headers that are copied, so that the runtime need not make an object of the answer's own.
  headers.set("X-Request-Id", requestId);
  const response = new Response(page.stream(), { headers });
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
