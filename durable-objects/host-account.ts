import { DurableObject } from "cloudflare:workers";
import {
  type AccountHost,
  type Asking,
  type Draft,
  type DraftSaved,
  type DraftSummary,
  type FoundLogin,
  HostAccountBooks,
  type LinkState,
  type ListedLogin,
  type NewLink,
  type NewLogin,
  type SignedIn,
} from "../src/domain/host-account.ts";
import type { HostAccountObject } from "../src/platform/objects.ts";

/** Never an alarm for this very moment again, should the clock of the one that fired be a little ahead. */
const ALARM_PAUSE_MS = 1_000;

/**
 * Sign-in, logins, drafts and hourly limits of one e-mail address. A keyed digest of the address names the object
 * (`accountName`). In production it is strongly consistent wherever it is asked from, as in the simulator: a link is used once, and
 * a login ends at once. The alarm deletes what ran out, and the storage once nothing is left.
 *
 * | key            | holds                                                                       |
 * | -------------- | --------------------------------------------------------------------------- |
 * | host           | id, e-mail and name of the host, while there is a login                     |
 * | link:{digest}  | until when it may be used, the address it was sent to, and which login used it |
 * | login:{digest} | id, device, browser in words, when it began and was last used               |
 * | draft:{id}     | what the wizard saved, as JSON                                              |
 * | counter:{use}  | when pictures were sent, Takealot was read and boards were opened in the last hour |
 */
export class HostAccount extends DurableObject<Env> implements HostAccountObject {
  readonly #books = new HostAccountBooks(this.ctx.storage.kv);

  issueLink(link: NewLink, now = new Date()): void {
    this.#change(() => this.#books.issueLink(link, now));
  }

  findLink(digest: string, now = new Date()): LinkState {
    return this.#books.findLink(digest, now);
  }

  signIn(link: string, login: NewLogin & { loginId: string }, host: AccountHost, now = new Date()): SignedIn {
    return this.#change(() => this.#books.signIn(link, login, host, now));
  }

  findLogin(login: Pick<NewLogin, "digest" | "device">, now = new Date(), asking: Asking = {}): FoundLogin {
    const find = () => this.#books.findLogin(login, now, asking);
    return asking.uses?.length ? this.#change(find) : find();
  }

  listLogins(now = new Date()): ListedLogin[] {
    return this.#books.listLogins(now);
  }

  endLogin(loginId: string): void {
    this.#change(() => this.#books.endLogin(loginId));
  }

  endAllLogins(): void {
    this.#change(() => this.#books.endAllLogins());
  }

  describeHost(host: AccountHost): void {
    this.#change(() => this.#books.describeHost(host));
  }

  listDrafts(loginId: string, now = new Date()): DraftSummary[] | null {
    return this.#books.listDrafts(loginId, now);
  }

  readDraft(loginId: string, id: string, now = new Date()): Draft | null {
    return this.#books.readDraft(loginId, id, now);
  }

  saveDraft(loginId: string, draft: Omit<Draft, "savedAt">, now = new Date()): DraftSaved {
    return this.#change(() => this.#books.saveDraft(loginId, draft, now));
  }

  deleteDraft(loginId: string, id: string, now = new Date()): boolean {
    return this.#change(() => this.#books.deleteDraft(loginId, id, now));
  }

  async erase(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    const now = new Date();
    this.ctx.storage.transactionSync(() => this.#books.forget(now));
    const next = this.#books.nextEnd();
    if (next === null) await this.ctx.storage.deleteAll();
    else await this.ctx.storage.setAlarm(Math.max(next, now.getTime() + ALARM_PAUSE_MS));
  }

  /** An alarm write joins the same commit. One that comes too early for a login that was used since sets itself anew. */
  #change<T>(change: () => T): T {
    return this.ctx.storage.transactionSync(() => {
      const answer = change();
      const next = this.#books.nextEnd();
      if (next !== null) this.ctx.storage.setAlarm(next);
      return answer;
    });
  }
}
