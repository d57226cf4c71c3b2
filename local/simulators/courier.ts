import { randomUUID } from "node:crypto";
import type { CallbackResult } from "./outcomes.ts";

/** One message to our callback route, and the answers to its attempts. */
export type Notice = {
  id: string;
  /** the payment it is about, as the simulator's books name it */
  token: string;
  status: string;
  body: string;
  notifyUrl: string;
  dueAt: string;
  attempts: { status: number; at: string }[];
};
/** The entries of notices in a simulator's file. */
export type NoticeEntry<N extends Notice> =
  | { kind: "notice"; notice: N }
  | { kind: "attempt"; noticeId: string; status: number; at: string };

/** How one provider delivers its notices. */
type DeliveryRules<N extends Notice> = {
  keep(entry: NoticeEntry<N>): void;
  /** made for each attempt */
  headersOf(notice: N): Record<string, string>;
  isTaken(status: number): boolean;
  retryDelaysMs: readonly number[];
  /** a notice overdue by more is never sent again */
  maxOverdueMs?: number;
};

const ANSWER_TIMEOUT_MS = 30_000;

export function newNotice(about: Pick<Notice, "token" | "status" | "body" | "notifyUrl">, delayMs: number): Notice {
  const dueAt = new Date(Date.now() + delayMs).toISOString();
  return { ...about, id: randomUUID(), dueAt, attempts: [] };
}

/** Delivers a provider's notices with its retries, also after a restart. */
export class Courier<N extends Notice> {
  readonly #rules: DeliveryRules<N>;
  readonly #notices = new Map<string, N>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;

  constructor(rules: DeliveryRules<N>) {
    this.#rules = rules;
  }

  /** Applies one entry of the file. */
  apply(entry: NoticeEntry<N>): void {
    if (entry.kind === "notice") this.#notices.set(entry.notice.id, { ...entry.notice, attempts: [] });
    else this.#notices.get(entry.noticeId)?.attempts.push({ status: entry.status, at: entry.at });
  }

  of(token: string): N[] {
    return [...this.#notices.values()].filter((notice) => notice.token === token);
  }

  /** Delivers in order, one after the other. */
  async deliver(notices: readonly N[]): Promise<CallbackResult[]> {
    // All of them are kept first: a kill in between must not lose the later ones.
    for (const notice of notices) this.#rules.keep({ kind: "notice", notice });
    const results: CallbackResult[] = [];
    for (const notice of notices) results.push(await this.#attempt(notice));
    return results;
  }

  deliverLater(notices: readonly N[]): void {
    for (const notice of notices) {
      this.#rules.keep({ kind: "notice", notice });
      this.#schedule(notice, msUntil(notice.dueAt));
    }
  }

  /** Everything due later, now. */
  async flush(): Promise<number> {
    const owed = [...this.#timers.keys()].flatMap((id) => this.#notices.get(id) ?? []);
    for (const notice of owed) await this.#attempt(notice);
    return owed.length;
  }

  resume(): void {
    for (const notice of this.#notices.values())
      if (this.#isOwed(notice)) this.#schedule(notice, msUntil(notice.dueAt));
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #attempt(notice: N): Promise<CallbackResult> {
    this.#unschedule(notice.id);
    const result = await post(notice, this.#rules.headersOf(notice));
    const at = new Date().toISOString();
    this.#rules.keep({ kind: "attempt", noticeId: notice.id, status: result.status, at });
    const tries = this.#notices.get(notice.id)?.attempts.length ?? 1;
    const delay = this.#rules.retryDelaysMs[tries - 1];
    if (!this.#rules.isTaken(result.status) && delay !== undefined) this.#schedule(notice, delay);
    return result;
  }

  #isOwed({ attempts, dueAt }: N): boolean {
    const { isTaken, retryDelaysMs, maxOverdueMs = Number.POSITIVE_INFINITY } = this.#rules;
    if (Date.now() - Date.parse(dueAt) > maxOverdueMs) return false;
    return attempts.length <= retryDelaysMs.length && !attempts.some(({ status }) => isTaken(status));
  }

  #schedule(notice: N, delayMs: number): void {
    this.#unschedule(notice.id);
    if (this.#stopped) return;
    this.#timers.set(
      notice.id,
      setTimeout(() => void this.#attempt(notice), delayMs),
    );
  }

  #unschedule(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }
}

function msUntil(instant: string): number {
  return Math.max(0, Date.parse(instant) - Date.now());
}

async function post(notice: Notice, headers: Record<string, string>): Promise<CallbackResult> {
  try {
    const response = await fetch(notice.notifyUrl, {
      method: "POST",
      headers,
      body: notice.body,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return { status: response.status };
  } catch (error) {
    return { status: 0, error: error instanceof Error ? error.message : String(error) };
  }
}
