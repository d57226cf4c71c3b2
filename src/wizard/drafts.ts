import { callAccount } from "#accounts/host-account";
import type { Draft } from "#domain/draft";
import type { Draft as StoredDraft } from "#domain/host-account";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** A draft with the id that its board will have. `version`: 0 before it is first saved. */
export type KnownDraft = Readonly<{ id: string; version: number; draft: Draft }>;
/** Who saves: a login. */
export type DraftOwner = Readonly<{ account: string; loginId: string }>;

/** `stale`: another tab has saved since; `version` is the newest one. */
export type Saved = Readonly<{ outcome: "saved" | "stale"; version: number } | { outcome: "no_login" }>;

export function readStored({ id, version, json }: StoredDraft): KnownDraft {
  return { id, version, draft: JSON.parse(json) as Draft }; // `saveDraft` wrote it
}

/** The newest draft of a host; null without one. @throws ChipInError `unavailable`. */
export async function findNewestDraft(services: Services, { account, loginId }: DraftOwner): Promise<string | null> {
  const drafts = await callAccount(services, account, (it) => it.listDrafts(loginId, services.now()));
  return drafts?.[0]?.id ?? null;
}

/** @throws ChipInError `conflict` when the host has too many drafts; `unavailable`. */
export async function saveDraft(
  services: Services,
  { account, loginId }: DraftOwner,
  { id, version, draft }: KnownDraft,
): Promise<Saved> {
  const stored = { id, version, json: JSON.stringify(draft) };
  const saved = await callAccount(services, account, (it) => it.saveDraft(loginId, stored, services.now()));
  switch (saved.outcome) {
    case "saved":
    case "stale":
      return { outcome: saved.outcome, version: saved.version };
    case "no_login":
      return { outcome: "no_login" };
    case "too_large":
      throw new ChipInError("payload_too_large", "This is too much for one board");
    case "too_many":
      throw new ChipInError("conflict", "You have begun ten boards. Please finish one of them, or wait a week.");
    default:
      return saved satisfies never;
  }
}

export async function deleteDraft(services: Services, { account, loginId }: DraftOwner, id: string): Promise<void> {
  await callAccount(services, account, (it) => it.deleteDraft(loginId, id, services.now()));
}
