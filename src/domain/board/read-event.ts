import type * as z from "zod/mini";
import { Actor } from "./actor.ts";
import {
  type BoardEvent,
  type BoardEventType,
  eventSchemas,
  type Payout,
  type PlannedPayout,
  type RecordedEvent,
  type StoredEvent,
} from "./events.ts";
import { plannedAt } from "./plan-payouts.ts";

type Data = Readonly<Record<string, unknown>>;

/** The step from version n to n + 1 of a type stands at index n - 1; it also gets the instant of the event. Every type with several versions has all its steps. */
export type Upcasters = Readonly<Partial<Record<string, readonly ((data: Data, at: string) => Data)[]>>>;

export const UPCASTERS: Upcasters = {
  // Every board was live.
  board_opened: [(data) => ({ ...data, sandbox: false })],
  // Version 1 knew no contributors.
  board_updated: [(data) => ({ ...data, contributors: [] })],
  // Version 1 announced no refund to partners.
  refund_completed: [(data) => ({ ...data, contribution: null })],
  // Payouts had no life of their own: all of them were pending, and made when the board closed.
  board_closed: [({ payouts, ...closed }, at) => ({ ...closed, payouts: pending(payouts, at) })],
  payouts_adjusted: [({ payouts, ready, closedAt }) => ({ payouts: pending(payouts, closedAt), ready, updated: [] })],
  payouts_released: [({ payouts, closedAt }) => ({ payouts: pending(payouts, closedAt) })],
};

function pending(payouts: unknown, closedAt: unknown): Payout[] {
  return (payouts as PlannedPayout[]).map((plan) => plannedAt(plan, closedAt as string));
}

export type EventCatalogue = Readonly<{
  schemas(): Readonly<Record<string, readonly z.ZodMiniType[]>>;
  upcasters: Upcasters;
}>;

/** What this release knows. */
export const CATALOGUE: EventCatalogue = { schemas: eventSchemas, upcasters: UPCASTERS };

/** Why an event cannot be read: a newer release wrote it, or its data are damaged. */
export type UnreadableEvent = Readonly<{ seq: number; type: string; v: number; problem: "unknown" | "malformed" }>;

/**
 * The event behind a stored form, in its newest version. Every reader of a log uses it: the board's object, the restore and
 * the nightly comparison. `trusted` skips the schema, for a log that was checked when it was written.
 */
export function readEvent(
  stored: StoredEvent,
  { schemas, upcasters }: EventCatalogue = CATALOGUE,
  { trusted = false } = {},
): RecordedEvent | UnreadableEvent {
  const { seq, at, by, v, type } = stored;
  const versions = schemas()[type];
  const schema = versions?.[v - 1];
  if (!versions || !schema) return { seq, type, v, problem: "unknown" };
  if (!trusted && !(Actor.safeParse(by).success && schema.safeParse(stored.data).success)) {
    return { seq, type, v, problem: "malformed" };
  }
  let data = stored.data;
  for (let version = v; version < versions.length; version += 1) {
    const upcast = upcasters[type]?.[version - 1];
    if (!upcast) throw new RangeError(`${type} has no step from version ${version} to ${version + 1}`);
    data = upcast(data, stored.at);
  }
  return { seq, at, by, event: { type, ...data } as BoardEvent };
}

export function isReadable(entry: RecordedEvent | UnreadableEvent): entry is RecordedEvent {
  return "event" in entry;
}

/** The newest stored form of `event`. @throws z.ZodError when the event does not match its own schema. */
export function storedForm({ type, ...data }: BoardEvent): Pick<StoredEvent, "v" | "type" | "data"> {
  const versions: readonly z.ZodMiniType[] = eventSchemas()[type satisfies BoardEventType];
  const newest = versions.at(-1);
  if (!newest) throw new RangeError(`${type} has no version`);
  newest.parse(data);
  return { v: versions.length, type, data };
}
