import { parseIpAddress } from "#platform/ip-address";
import type { BoardServices } from "#platform/services";
import { admit } from "../door.ts";
import type { BoardPageAsked } from "./board-page-asked.ts";
import { recallBoard, type SeenBoard, seeBoard } from "./see-board.ts";

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
    const recalled = recallBoard(services, code, startedAt);
    return recalled ? answer(recalled, asked, services, 0) : askAndAnswer(asked, services, startedAt.getTime());
  } catch {
    return null;
  }
}

async function askAndAnswer(
  asked: BoardPageAsked,
  services: BoardServices,
  startedAt: number,
): Promise<Response | null> {
  const origin = { email: null, ipAddress: parseIpAddress(asked.headers.get("CF-Connecting-IP")) };
  const board = await seeBoard({ ...services, origin }, asked.slug).catch(() => null);
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
