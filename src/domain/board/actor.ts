import * as z from "zod/mini";
import type { BoardTerms } from "./state.ts";

/** Who did something. Ids only: a name or an address would be personal data in the log. */
export const Actor = z.discriminatedUnion("kind", [
  /** Jobs, providers' callbacks, guests: no known identity. */
  z.strictObject({ kind: z.literal("system") }),
  z.strictObject({ kind: z.literal("partner"), partnerId: z.string(), apiKeyId: z.string() }),
  z.strictObject({ kind: z.literal("host"), hostId: z.string() }),
  /** `adminId` is a row of `hosts`. Logs from before operators had names lack it, and so does a read. */
  z.strictObject({ kind: z.literal("admin"), adminId: z.optional(z.string()) }),
]);
export type Actor = Readonly<z.infer<typeof Actor>>;

/**
 * The address of a person and of their request. Personal data, so it is kept beside the log, and only until the audit row
 * has it.
 */
export type ActOrigin = Readonly<{ email: string | null; ipAddress: string | null }>;

/** Who may act on a board as its owner. An admin may act on every board. */
export type Owner =
  | Readonly<{ kind: "partner"; partnerId: string }>
  | Readonly<{ kind: "host"; hostId: string }>
  /** A second parent, of this board only. Postgres knows who that is, so the caller has looked it up. */
  | Readonly<{ kind: "manager"; boardId: string }>
  | Readonly<{ kind: "admin" }>;

export const SYSTEM = { kind: "system" } as const satisfies Actor;
export const ADMIN = { kind: "admin" } as const satisfies Actor;

export const NO_ORIGIN: ActOrigin = { email: null, ipAddress: null };

/** The row of `hosts` of the person who acted; null for partners, the system, and admins without a name. */
export function personIdOf(actor: Actor): string | null {
  if (actor.kind === "host") return actor.hostId;
  return actor.kind === "admin" ? (actor.adminId ?? null) : null;
}

/** The audit log keeps e-mail and address of people only. (data-models, product-facts 1) */
export function isPerson({ kind }: Actor): boolean {
  return kind === "admin" || kind === "host";
}

/** To anyone else the board does not exist. */
export function owns(owner: Owner, terms: Pick<BoardTerms, "boardId" | "partnerId" | "hostId">): boolean {
  switch (owner.kind) {
    case "admin":
      return true;
    case "partner":
      return owner.partnerId === terms.partnerId;
    case "host":
      return owner.hostId === terms.hostId;
    case "manager":
      return owner.boardId === terms.boardId;
    default:
      return owner satisfies never;
  }
}

/** Whether the two are one person, one partner (by whichever key), or both the system. */
export function isSameActor(one: Actor, other: Actor): boolean {
  const nameOf = (actor: Actor) => (actor.kind === "partner" ? actor.partnerId : personIdOf(actor));
  return one.kind === other.kind && nameOf(one) === nameOf(other);
}
