import { expect } from "vitest";
import { callbackSite } from "../callbacks/callback-site.ts";
import { type Door, type Sent, textOf } from "../callbacks/doors.ts";

export const AMOUNT = 25_750;
/** What reaches the pot of it. */
export const NET = 24_977;
/** For tests of a thousand runs and more. */
export const LONG = { timeout: 120_000 };

/** Two boards with an open payment of R257.50 each by this provider, and a genuine callback for the first. */
export function besieged(door: Door, settings: Record<string, string> = {}) {
  const it = callbackSite(settings);
  const hers = it.board.begin(door.name, AMOUNT);
  const his = it.other.begin(door.name, AMOUNT);
  const genuine = door.tell(it.far, { reference: hers, amount: AMOUNT });
  const before = it.seen();
  return {
    ...it,
    hers,
    his,
    genuine,
    /** Refused as the table of answers says, and nothing moved. */
    async refuses(sent: Sent, init?: RequestInit): Promise<void> {
      const { status, line } = await it.knock(door.name, sent, "203.0.113.66", init);
      expect(it.seen()).toEqual(before);
      expect(status).toBe(door.refusal);
      expect(line).toMatchObject({ outcome: "refused" });
    },
    /** Answered, whatever it is, without a failure of ours; the money stands where it stood. */
    async survives(sent: Sent, init?: RequestInit) {
      const answer = await it.knock(door.name, sent, "203.0.113.66", init);
      expect([200, 204, 400, 401, 413]).toContain(answer.status);
      expect(it.seen().standing).toEqual(before.standing);
      return answer;
    },
    isPaid: () => it.board.of(hers).status === "completed",
  };
}

/** Pairs as a server of forms reads them, byte for byte; PayFast's signature covers no more than that. */
export function meaningOf(door: Door, sent: Sent): string {
  const text = textOf(sent);
  if (door.name !== "payfast") return text;
  const decode = (part: string) =>
    part.replaceAll("+", " ").replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const pairs = text.split("&").map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return [decode(name), decode(value.join("="))];
  });
  const isSignature = (pair: string[]) => pair[0] === "signature";
  return JSON.stringify([...pairs.filter((pair) => !isSignature(pair)), ...pairs.filter(isSignature)]);
}

export type Besieged = ReturnType<typeof besieged>;
