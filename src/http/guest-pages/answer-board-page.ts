import { codeOfSlug } from "#domain/slug";
import { parseIpAddress } from "#platform/ip-address";
import type { BoardServices } from "#platform/services";
import { admit } from "../door.ts";
import { seeBoard } from "./see-board.ts";

/**
 * A board's page without the app: the same answer and the same log line, for two thirds of the CPU, with neither the routes
 * nor Postgres loaded. Null when the app has to answer: another host, http, another name before the code, no such board, or
 * anything thrown, which the app meets again and answers.
 */
export async function answerBoardPage(
  request: Request,
  slug: string,
  servicesFor: () => BoardServices,
): Promise<Response | null> {
  try {
    return await answer(request, slug, servicesFor());
  } catch {
    return null;
  }
}

async function answer(request: Request, slug: string, services: BoardServices): Promise<Response | null> {
  const { method, url, headers } = request;
  const { settings, requestId, now, log } = services;
  const startedAt = now().getTime();
  if (admit(settings, { method, url, path: `/${slug}` }).answer !== "serve") return null;
  const origin = { email: null, ipAddress: parseIpAddress(headers.get("CF-Connecting-IP")) };
  const board = await seeBoard({ ...services, origin }, slug);
  if (board?.view.slug !== slug) return null;
  const page = new Response(board.page, { headers: board.headers });
  page.headers.set("X-Request-Id", requestId);
  log({
    event: "request",
    request_id: requestId,
    method,
    route: "/:slug",
    board: codeOfSlug(slug) ?? undefined,
    status: 200,
    outcome: "ok",
    duration_ms: now().getTime() - startedAt,
  });
  return page;
}
