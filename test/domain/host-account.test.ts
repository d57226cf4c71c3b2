import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DRAFT_MS,
  HOURLY,
  HostAccountBooks,
  LINK_MS,
  LOGIN_IDLE_MS,
  LOGIN_MS,
  MAX_DRAFT_BYTES,
  MAX_DRAFTS,
  MAX_LOGINS,
  type Use,
} from "#domain/host-account";
import { memoryStore } from "../accounts/host-accounts.ts";
import { fuzzRuns } from "../support/fuzz-runs.ts";

const HOST = { id: "host-1", email: "thandi@example.com", name: null };
const HOUR_MS = 60 * 60_000;
const START = Date.parse("2026-12-01T08:00:00.000Z");
const at = (ms: number) => new Date(START + ms);

function anAccount() {
  const store = memoryStore();
  return { store, books: new HostAccountBooks(store) };
}

/** Signs in on `device` at `ms` after the start, and gives the id of the login. */
function signIn(books: HostAccountBooks, digest: string, device = "phone", ms = 0): string {
  books.issueLink({ digest: `link-${digest}`, email: HOST.email, next: null, device }, at(ms));
  const login = { digest, device, browser: "Firefox", loginId: `id-${digest}` };
  expect(books.signIn(`link-${digest}`, login, HOST, at(ms)).outcome).toBe("signed_in");
  return login.loginId;
}

describe("drafts", () => {
  const draft = (version: number, json = "{}", id = "draft") => ({ id, json, version });

  it("a save of a version that another tab has replaced is refused and changes nothing", () => {
    const { books } = anAccount();
    const login = signIn(books, "a");
    expect(books.saveDraft(login, draft(0, '"first"'), at(1))).toEqual({ outcome: "saved", version: 1 });
    expect(books.saveDraft(login, draft(1, '"second"'), at(2))).toEqual({ outcome: "saved", version: 2 });

    expect(books.saveDraft(login, draft(1, '"other tab"'), at(3))).toEqual({ outcome: "stale", version: 2 });
    expect(books.saveDraft(login, draft(0, '"new"'), at(3))).toEqual({ outcome: "stale", version: 2 });
    expect(books.saveDraft(login, draft(5, '"ahead"'), at(3))).toEqual({ outcome: "stale", version: 2 });
    expect(books.saveDraft(login, draft(1, '"second"'), at(3))).toEqual({ outcome: "saved", version: 2 });
    expect(books.readDraft(login, "draft", at(4))).toMatchObject({ json: '"second"', version: 2 });
  });

  it("a login that ran out has no drafts and may save none", () => {
    const { books } = anAccount();
    const login = signIn(books, "a");
    const ranOut = LOGIN_IDLE_MS;
    books.saveDraft(login, draft(0, '"kept"'), at(ranOut - 1));

    expect(books.readDraft(login, "draft", at(ranOut - 1))).toMatchObject({ version: 1 });
    expect([books.readDraft(login, "draft", at(ranOut)), books.listDrafts(login, at(ranOut))]).toEqual([null, null]);
    expect(books.deleteDraft(login, "draft", at(ranOut))).toBe(false);
    expect(books.saveDraft(login, draft(1, '"late"'), at(ranOut))).toEqual({ outcome: "no_login" });
  });

  it("a login that was ended may save nothing", () => {
    const { books } = anAccount();
    const login = signIn(books, "a");
    books.endLogin(login);

    expect(books.saveDraft(login, draft(0), at(1))).toEqual({ outcome: "no_login" });
    expect(books.saveDraft("id-of-none", draft(0), at(1))).toEqual({ outcome: "no_login" });
  });

  it("a draft has up to 64 KB, and an account ten of them", () => {
    const { books } = anAccount();
    const login = signIn(books, "a");
    const full = `"${"é".repeat((MAX_DRAFT_BYTES - 2) / 2)}"`;

    expect(books.saveDraft(login, draft(0, full), at(1))).toMatchObject({ outcome: "saved" });
    expect(books.saveDraft(login, draft(1, `${full} `), at(1))).toEqual({ outcome: "too_large" });
    for (let more = 1; more < MAX_DRAFTS; more += 1) books.saveDraft(login, draft(0, "{}", `draft-${more}`), at(more));
    expect(books.saveDraft(login, draft(0, "{}", "one more"), at(20))).toEqual({ outcome: "too_many" });
    expect(books.saveDraft(login, draft(1, '"shorter"'), at(20))).toMatchObject({ outcome: "saved", version: 2 });
    expect(books.deleteDraft(login, "draft-1", at(21))).toBe(true);
    expect(books.saveDraft(login, draft(0, "{}", "one more"), at(22))).toMatchObject({ outcome: "saved" });
    expect(
      books
        .listDrafts(login, at(23))
        ?.map(({ id }) => id)
        .slice(0, 2),
    ).toEqual(["one more", "draft"]);
  });
});

describe("logins", () => {
  it("a twenty-first device ends the login that was used longest ago", () => {
    const { books } = anAccount();
    for (let device = 0; device < MAX_LOGINS; device += 1) signIn(books, `a${device}`, `device-${device}`, device);
    books.findLogin({ digest: "a0", device: "device-0" }, at(HOUR_MS));
    signIn(books, "new", "new device", HOUR_MS);

    const listed = books.listLogins(at(HOUR_MS)).map(({ loginId }) => loginId);
    expect([listed.length, listed.includes("id-a0"), listed.includes("id-a1")]).toEqual([MAX_LOGINS, true, false]);
  });

  it("a host who is described anew is so in every login", () => {
    const { books, store } = anAccount();
    books.describeHost({ ...HOST, name: "No login" });
    expect(store.keys()).toEqual([]);
    signIn(books, "a");
    books.describeHost({ ...HOST, name: "Thandi" });

    expect(books.findLogin({ digest: "a", device: "phone" }, at(1))).toMatchObject({ host: { name: "Thandi" } });
  });
});

describe("hourly limits", () => {
  const PHONE = { digest: "a", device: "phone" };
  const waitsOf = (books: HostAccountBooks, ms: number, uses: Use[], draftId?: string) => {
    const found = books.findLogin(PHONE, at(ms), { uses, draftId });
    return found.state === "live" ? found.waits : found.state;
  };

  it.each(Object.entries(HOURLY))(
    "%s is allowed %i times within any hour, and a refused one is not counted",
    (use, limit) => {
      const { books } = anAccount();
      signIn(books, "a");
      const uses = [use as Use];
      for (let times = 0; times < limit; times += 1) expect(waitsOf(books, times, uses)).toEqual({});

      expect(waitsOf(books, limit, uses)).toEqual({ [use]: HOUR_MS - limit });
      expect(waitsOf(books, HOUR_MS - 1, uses)).toEqual({ [use]: 1 });
      expect(waitsOf(books, HOUR_MS, uses)).toEqual({});
      expect(waitsOf(books, HOUR_MS, uses)).toEqual({ [use]: 1 });
    },
  );

  it("a draft that is sent again is counted as one board, and each use has a limit of its own", () => {
    const { books } = anAccount();
    signIn(books, "a");
    for (let times = 0; times <= HOURLY.board; times += 1) expect(waitsOf(books, times, ["board"], "one")).toEqual({});
    for (let other = 1; other < HOURLY.board; other += 1)
      expect(waitsOf(books, other, ["board"], `${other}`)).toEqual({});

    expect(Object.keys(waitsOf(books, 9, ["board", "upload"], "sixth"))).toEqual(["board"]);
    expect(waitsOf(books, 9, ["board"], "one")).toEqual({});
  });

  it("without a live login nothing is counted, and what left the hour is deleted", () => {
    const { books, store } = anAccount();
    expect(waitsOf(books, 0, ["upload"])).toBe("none");
    expect(store.keys()).toEqual([]);
    signIn(books, "a");
    waitsOf(books, 0, ["upload"]);
    expect(books.nextEnd()).toBe(START + HOUR_MS);
    expect(store.keys()).toContain("counter:upload");
    books.forget(at(HOUR_MS));
    expect(store.keys()).not.toContain("counter:upload");
  });
});

type Step =
  | { do: "issue" | "use" | "look"; link: number }
  | { do: "visit" | "upload" | "end" | "save"; login: number }
  | { do: "wait"; ms: number }
  | { do: "end all" | "forget" };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("issue", "use", "look"), link: fc.nat(3) }),
  fc.record({ do: fc.constantFrom("visit", "upload", "end", "save"), login: fc.nat(3) }),
  fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, HOUR_MS, LINK_MS, LOGIN_IDLE_MS - 1, LOGIN_IDLE_MS) }),
  fc.record({ do: fc.constantFrom("end all", "forget") }),
) as fc.Arbitrary<Step>;

it("in any order of steps a link signs in once within its hour, and a login is alive until it ends or runs out", () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
      const { books, store } = anAccount();
      let ms = 0;
      const issued = new Map<string, { until: number; used: boolean }>();
      const logins: { digest: string; device: string; startedAt: number; lastSeenAt: number; ended: boolean }[] = [];
      const drafts = new Map<string, { version: number; savedAt: number }>();
      const runsOut = ({ startedAt, lastSeenAt }: (typeof logins)[number]) =>
        Math.min(startedAt + LOGIN_MS, lastSeenAt + LOGIN_IDLE_MS);

      for (const step of steps) {
        switch (step.do) {
          case "issue": {
            const digest = `link-${step.link}-${ms}`;
            books.issueLink({ digest, email: HOST.email, next: "/dashboard", device: "phone" }, at(ms));
            if (!issued.has(digest)) issued.set(digest, { until: ms + LINK_MS, used: false });
            break;
          }
          case "look":
          case "use": {
            const [digest, link] = [...issued][step.link] ?? ["link-none", undefined];
            const isOpen = link !== undefined && !link.used && ms < link.until;
            expect(books.findLink(digest, at(ms)).state === "open").toBe(isOpen);
            if (step.do === "look") break;
            const login = { digest: `login-${logins.length}`, device: `device-${step.link % 2}` };
            const signed = books.signIn(digest, { ...login, browser: "Firefox", loginId: login.digest }, HOST, at(ms));
            expect(signed.outcome === "signed_in").toBe(isOpen);
            if (!isOpen) break;
            link.used = true;
            for (const other of logins) if (other.device === login.device) other.ended = true;
            logins.push({ ...login, startedAt: ms, lastSeenAt: ms, ended: false });
            break;
          }
          case "upload":
          case "visit": {
            const login = logins[step.login];
            if (!login) break;
            const isLive = !login.ended && ms < runsOut(login);
            const found = books.findLogin(login, at(ms), { uses: step.do === "upload" ? ["upload"] : [] });
            expect(found.state === "live").toBe(isLive);
            expect(books.findLogin({ ...login, device: "another" }, at(ms)).state).toBe("none");
            if (isLive && ms - login.lastSeenAt >= HOUR_MS) login.lastSeenAt = ms;
            break;
          }
          case "end":
            books.endLogin(`login-${step.login}`);
            if (logins[step.login]) Object.assign(logins[step.login] ?? {}, { ended: true });
            break;
          case "end all":
            books.endAllLogins();
            for (const login of logins) login.ended = true;
            issued.clear();
            break;
          case "save": {
            const login = logins[step.login];
            if (!login) break;
            const held = drafts.get("draft");
            const version = held && ms < held.savedAt + DRAFT_MS ? held.version : 0;
            const saved = books.saveDraft(login.digest, { id: "draft", json: `"${ms}-${version}"`, version }, at(ms));
            const may = !login.ended && ms < runsOut(login);
            expect(saved).toEqual(may ? { outcome: "saved", version: version + 1 } : { outcome: "no_login" });
            if (may) drafts.set("draft", { version: version + 1, savedAt: ms });
            break;
          }
          case "wait":
            ms += step.ms;
            break;
          case "forget": {
            books.forget(at(ms));
            const next = books.nextEnd();
            expect(next === null || next > START + ms).toBe(true);
            // Nothing stays for which no alarm would come.
            expect(next === null).toBe(store.keys().length === 0);
            break;
          }
          default:
            step satisfies never;
        }
        const live = logins.filter((login) => !login.ended && ms < runsOut(login)).map(({ digest }) => digest);
        expect(
          books
            .listLogins(at(ms))
            .map(({ loginId }) => loginId)
            .toSorted(),
        ).toEqual(live.toSorted());
        expect(new Set(logins.filter(({ ended }) => !ended).map(({ device }) => device)).size).toBe(
          logins.filter(({ ended }) => !ended).length,
        );
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
});
