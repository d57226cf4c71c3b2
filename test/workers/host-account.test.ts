import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DRAFT_MS, LINK_MS, LOGIN_IDLE_MS } from "#domain/host-account";
import type { HostAccountObject } from "#platform/objects";
import type { Remote } from "./remote.ts";

const HOST = { id: "0193a000-0000-7000-8000-000000000001", email: "thandi@example.com", name: null };
const LINK = { digest: "link-1", email: HOST.email, next: "/dashboard", device: "phone" };
const login = (digest: string, device = "phone") => ({ digest, device, browser: "Chrome", loginId: `id-${digest}` });

/** The object of a new address: its stub, and `it` with the methods that callers see. */
function anAccount() {
  const stub = env.HOST_ACCOUNT.getByName(crypto.randomUUID());
  return { stub, it: stub as unknown as Remote<HostAccountObject> };
}

async function stored(stub: ReturnType<typeof anAccount>["stub"]) {
  return await runInDurableObject(stub, async (_, { storage }) => ({
    keys: [...storage.kv.list()].map(([key]) => key),
    alarm: await storage.getAlarm(),
  }));
}

const ago = (ms: number) => new Date(Date.now() - ms);

describe("HostAccount", () => {
  it("of five concurrent uses of a link one begins a login", async () => {
    const { it: account } = anAccount();
    await account.issueLink(LINK);

    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((each) => account.signIn(LINK.digest, login(`login-${each}`), HOST)),
    );

    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["signed_in", "used", "used", "used", "used"]);
    expect(await account.listLogins()).toHaveLength(1);
  });

  it("a call that is repeated because its answer was lost begins the same login", async () => {
    const { it: account } = anAccount();
    await account.issueLink(LINK);

    expect(await account.signIn(LINK.digest, login("a"), HOST)).toMatchObject({ outcome: "signed_in" });
    expect(await account.signIn(LINK.digest, login("a"), HOST)).toMatchObject({
      outcome: "signed_in",
      loginId: "id-a",
    });
    expect(await account.listLogins()).toHaveLength(1);
  });

  it("an account keeps links, logins and drafts when it is evicted", async () => {
    const { stub, it: account } = anAccount();
    await account.issueLink(LINK);
    await account.issueLink({ ...LINK, digest: "link-2" });
    await account.signIn(LINK.digest, login("a"), HOST);
    await account.saveDraft("id-a", { id: "draft", json: '{"child":"Maya"}', version: 0 });

    await evictDurableObject(stub);

    expect(await account.findLogin({ digest: "a", device: "phone" })).toMatchObject({ state: "live", host: HOST });
    expect(await account.findLink("link-2")).toMatchObject({ state: "open", email: HOST.email });
    expect(await account.findLink(LINK.digest)).toEqual({ state: "used" });
    expect(await account.readDraft("id-a", "draft")).toMatchObject({ json: '{"child":"Maya"}', version: 1 });
  });

  it("signing out everywhere ends every login and every open link at once, and keeps the drafts", async () => {
    const { it: account } = anAccount();
    for (const digest of ["link-1", "link-2", "link-3"]) await account.issueLink({ ...LINK, digest });
    await account.signIn("link-1", login("a"), HOST);
    await account.signIn("link-2", login("b", "laptop"), HOST);
    await account.saveDraft("id-a", { id: "draft", json: "{}", version: 0 });

    await account.endAllLogins();

    expect(await account.findLogin({ digest: "a", device: "phone" })).toEqual({ state: "none" });
    expect(await account.findLogin({ digest: "b", device: "laptop" })).toEqual({ state: "none" });
    expect(await account.findLink("link-3")).toEqual({ state: "unknown" });
    await account.issueLink({ ...LINK, digest: "link-4" });
    await account.signIn("link-4", login("c"), HOST);
    expect(await account.listDrafts("id-c")).toMatchObject([{ id: "draft", version: 1 }]);
  });

  it("the alarm is set for what runs out first, deletes it, and deletes the storage in the end", async () => {
    const { stub, it: account } = anAccount();
    const before = Date.now();
    await account.issueLink(LINK);
    expect((await stored(stub)).alarm).toBeGreaterThanOrEqual(before + LINK_MS);

    const old = anAccount();
    await old.it.issueLink(LINK, ago(LOGIN_IDLE_MS + 1_000));
    await old.it.signIn(LINK.digest, login("a"), HOST, ago(LOGIN_IDLE_MS + 1_000));
    await old.it.saveDraft("id-a", { id: "draft", json: "{}", version: 0 }, ago(DRAFT_MS - 60_000));
    await runDurableObjectAlarm(old.stub);
    expect((await stored(old.stub)).keys).toEqual(["draft:draft"]);
    expect((await stored(old.stub)).alarm).toBeGreaterThan(Date.now());

    const empty = anAccount();
    await empty.it.issueLink(LINK, ago(LINK_MS + 1_000));
    await runDurableObjectAlarm(empty.stub);
    expect(await stored(empty.stub)).toEqual({ keys: [], alarm: null });
  });

  it("an erased account holds nothing and has no alarm, and may be used again", async () => {
    const { stub, it: account } = anAccount();
    await account.issueLink(LINK);
    await account.signIn(LINK.digest, login("a"), HOST);
    await account.saveDraft("id-a", { id: "draft", json: "{}", version: 0 });

    await account.erase();

    expect(await stored(stub)).toEqual({ keys: [], alarm: null });
    expect(await account.findLogin({ digest: "a", device: "phone" })).toEqual({ state: "none" });
    await account.issueLink(LINK);
    expect(await account.signIn(LINK.digest, login("b"), HOST)).toMatchObject({ outcome: "signed_in" });
  });
});
