import { NOW } from "../../payments/ozow-callbacks.ts";
import { MemoryBoardObject } from "../../support/board.ts";
import { ALL_PROVIDERS, farSides } from "../far-sides.ts";
import { SiteBoard } from "../site-board.ts";
import { NO_DATABASE, testSite } from "../support.ts";
import type { CallbackRequest } from "./provider-callbacks.ts";

/** The callback routes of all three providers with two boards in memory and simulated providers. */
export function callbackSite(settings: Record<string, string> = {}) {
  const far = farSides();
  const now = () => NOW;
  const [board, other] = [new SiteBoard(now), new SiteBoard(now)];
  const unknownBoard = new MemoryBoardObject({ now });
  const objects = new Map([
    [board.code, board.object],
    [other.code, other.object],
  ]);
  const site = testSite(NO_DATABASE, {
    settings: { ...ALL_PROVIDERS, ...settings },
    board: (code) => objects.get(code) ?? unknownBoard,
  });
  site.clock.now = NOW;
  const effects = () => ({
    commands: board.commands.length + other.commands.length,
    requests: far.asked.length,
    totals: [board.standing(), other.standing()],
  });

  return {
    site,
    far,
    board,
    other,
    /** Everything that a callback can change: commands to boards, requests to providers, totals. */
    effects,
    /** Posts to `/api/webhooks/{provider}`. Throws unless the answer has no body and one callback line is logged. */
    async postCallback(provider: string, { body, headers }: CallbackRequest, from?: string, init: RequestInit = {}) {
      const lines = site.logged.filter(({ event }) => event === "callback").length;
      const response = await site.request(`/api/webhooks/${provider}`, {
        method: "POST",
        body,
        headers: { ...headers, ...(from && { "CF-Connecting-IP": from }) },
        ...init,
      });
      const text = await response.text();
      await site.settled();
      const written = site.logged.filter(({ event }) => event === "callback").slice(lines);
      if (text !== "" || written.length !== 1) throw new Error("a callback needs an empty answer and one log line");
      return { status: response.status, line: written[0]! };
    },
  };
}

export type CallbackSite = ReturnType<typeof callbackSite>;
