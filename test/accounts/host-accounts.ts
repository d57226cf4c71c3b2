import { type AccountStore, HostAccountBooks } from "#domain/host-account";
import type { HostAccountObject } from "#platform/objects";

/** The keys of an object in memory, as `ctx.storage.kv` gives them: values are copies, and lists are sorted. */
export function memoryStore(): AccountStore & { keys(): string[] } {
  const held = new Map<string, unknown>();
  return {
    get: <T>(key: string) => structuredClone(held.get(key)) as T | undefined,
    put: (key, value) => void held.set(key, structuredClone(value)),
    delete: (key) => held.delete(key),
    list: <T>({ prefix }: { prefix: string }) =>
      [...held]
        .filter(([key]) => key.startsWith(prefix))
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, value]): [string, T] => [key, structuredClone(value) as T]),
    keys: () => [...held.keys()].toSorted(),
  };
}

/** Accounts in memory that use the real rules. `test/workers/host-account.test.ts` tests the real objects. */
export function hostAccountsInMemory() {
  const accounts = new Map<string, { store: ReturnType<typeof memoryStore>; books: HostAccountBooks }>();
  const accountOf = (name: string) => {
    const store = memoryStore();
    const account = accounts.get(name) ?? { store, books: new HostAccountBooks(store) };
    accounts.set(name, account);
    return account;
  };
  const hostAccount = (name: string): HostAccountObject => {
    const { books } = accountOf(name);
    return {
      issueLink: async (link, now = new Date()) => books.issueLink(link, now),
      findLink: async (digest, now = new Date()) => books.findLink(digest, now),
      signIn: async (link, login, host, now = new Date()) => books.signIn(link, login, host, now),
      findLogin: async (login, now = new Date(), asking) => books.findLogin(login, now, asking),
      listLogins: async (now = new Date()) => books.listLogins(now),
      endLogin: async (loginId) => books.endLogin(loginId),
      endAllLogins: async () => books.endAllLogins(),
      describeHost: async (host) => books.describeHost(host),
      listDrafts: async (loginId, now = new Date()) => books.listDrafts(loginId, now),
      readDraft: async (loginId, id, now = new Date()) => books.readDraft(loginId, id, now),
      saveDraft: async (loginId, draft, now = new Date()) => books.saveDraft(loginId, draft, now),
      deleteDraft: async (loginId, id, now = new Date()) => books.deleteDraft(loginId, id, now),
      erase: async () => void accounts.delete(name),
    };
  };
  return { hostAccount, keysOf: (name: string) => accountOf(name).store.keys(), names: () => [...accounts.keys()] };
}

/** KV in memory. What was put is found at once, and nothing runs out. */
export function magicLinksInMemory() {
  const held = new Map<string, string>();
  return {
    held,
    get: async (digest: string) => held.get(digest) ?? null,
    put: async (digest: string, value: string) => void held.set(digest, value),
    delete: async (digest: string) => void held.delete(digest),
  };
}
