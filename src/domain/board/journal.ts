import { paymentReference } from "../ids.ts";
import type { ActOrigin } from "./actor.ts";
import type { StoredEvent } from "./events.ts";
import type { BoardProfile, ContributorProfile } from "./profile.ts";

/** Personal data that one append brings: rows that anonymisation can wipe without touching the log. */
export type ProfileWrites = Readonly<{
  board?: BoardProfile;
  contributor?: Readonly<{ id: string; profile: ContributorProfile }>;
  /** Of the person who acts. Kept under the numbers of the events, until they are projected. */
  origin?: ActOrigin;
  /** Every contributor becomes `ANONYMOUS`, and earlier origins go. `Board` says so with the event, callers do not. */
  anonymised?: true;
}>;

/** An event on its way into the log, and the payment reference it is about, so that one contribution's events can be read. */
export type JournalEntry = Readonly<{ stored: StoredEvent; reference: string | null }>;

/** Works on events of any release: it looks only for ids. `known` spares computing the reference of a contribution. */
export function journalEntry(
  stored: StoredEvent,
  code: string,
  known: (contributionId: string) => string | undefined = () => undefined,
): JournalEntry {
  const { reference, contributionId } = stored.data;
  if (typeof reference === "string") return { stored, reference };
  if (typeof contributionId !== "string") return { stored, reference: null };
  return { stored, reference: known(contributionId) ?? paymentReference(code, contributionId) };
}

/** Where a board keeps its log and the profiles beside it. It stores and reads; it knows no rule. */
export interface Journal {
  /** Durably stores everything in one transaction, or throws and stores nothing. */
  append(entries: readonly JournalEntry[], profiles: ProfileWrites): void;
  /** Events after `seq`, in order. */
  read(seq: number): Iterable<StoredEvent>;
  /** The events about one contribution, in order. */
  readAbout(reference: string): Iterable<StoredEvent>;
  boardProfile(): BoardProfile | null;
  contributorProfile(contributionId: string): ContributorProfile | null;
}
