import { NOW } from "../../payments/ozow-callbacks.ts";
import { MemoryBoardObject } from "../../support/board.ts";
import { ALL_PROVIDERS, farSides } from "../far-sides.ts";
import { SiteBoard } from "../site-board.ts";
import { NO_DATABASE, testSite } from "../support.ts";
import type { Sent } from "./doors.ts";

/** The callback doors of all three providers before two boards in memory, with the providers outside played. */
export function callbackSite(settings: Record<string, string> = {}) {
  const far = farSides();
  const now = () => NOW;
  const [board, other] = [new SiteBoard(now), new SiteBoard(now)];
  const nobody = new MemoryBoardObject({ now });
  const objects = new Map([
    [board.code, board.object],
    [other.code, other.object],
  ]);
  const site = testSite(NO_DATABASE, {
    settings: { ...ALL_PROVIDERS, ...settings },
    board: (code) => objects.get(code) ?? nobody,
  });
  site.clock.now = NOW;
  const seen = () => ({
    commands: board.commands.length + other.commands.length,
    asked: far.asked.length,
    standing: [board.standing(), other.standing()],
  });

  return {
    site,
    far,
    board,
    other,
    /** Everything that may change: commands to boards, requests to providers, money. */
    seen,
    /** Posts to `/api/webhooks/{provider}`. Whatever is sent, the answer has no body and the log one line more. */
    async knock(provider: string, { body, headers }: Sent, from?: string, init: RequestInit = {}) {
      const lines = site.logged.filter(({ event }) => event === "callback").length;
      const response = await site.request(`/api/webhooks/${provider}`, {
        method: "POST",
        body,
        headers: { ...headers, ...(from && { "CF-Connecting-IP": from }) },
        ...init,
      });
      const said = await response.text();
      await site.settled();
      const written = site.logged.filter(({ event }) => event === "callback").slice(lines);
      if (said !== "" || written.length !== 1) throw new Error("a callback is answered by a status, and logged once");
      return { status: response.status, line: written[0]! };
    },
  };
}

export type CallbackSite = ReturnType<typeof callbackSite>;
