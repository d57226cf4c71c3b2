import { z } from "zod";
import type { BoardTerms } from "./state.ts";

/** Who did something. Ids only: a name or an address would be personal data in the log. */
export const Actor = z.discriminatedUnion("kind", [
  /** Jobs, providers' callbacks, guests: no known identity. */
  z.strictObject({ kind: z.literal("system") }),
  z.strictObject({ kind: z.literal("partner"), partnerId: z.string(), apiKeyId: z.string() }),
  z.strictObject({ kind: z.literal("host"), hostId: z.string() }),
  z.strictObject({ kind: z.literal("admin") }),
]);
export type Actor = Readonly<z.infer<typeof Actor>>;

/** Who may act on a board as its owner. An admin may act on every board. */
export type Owner =
  | Readonly<{ kind: "partner"; partnerId: string }>
  | Readonly<{ kind: "host"; hostId: string }>
  | Readonly<{ kind: "admin" }>;

export const SYSTEM = { kind: "system" } as const satisfies Actor;
export const ADMIN = { kind: "admin" } as const satisfies Actor;

/** To anyone else the board does not exist. */
export function owns(owner: Owner, terms: Pick<BoardTerms, "partnerId" | "hostId">): boolean {
  switch (owner.kind) {
    case "admin":
      return true;
    case "partner":
      return owner.partnerId === terms.partnerId;
    case "host":
      return owner.hostId === terms.hostId;
    default:
      return owner satisfies never;
  }
}

/** Whether the two are one person, one partner (by whichever key), or both the system. */
export function isSameActor(one: Actor, other: Actor): boolean {
  return personOf(one) === personOf(other);
}

function personOf(actor: Actor): string {
  switch (actor.kind) {
    case "partner":
      return `partner ${actor.partnerId}`;
    case "host":
      return `host ${actor.hostId}`;
    case "admin":
    case "system":
      return actor.kind;
    default:
      return actor satisfies never;
  }
}
