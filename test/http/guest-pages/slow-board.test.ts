import { describe, expect, it } from "vitest";
import type { BoardReads } from "#domain/board/board";
import { RETRY_AFTER_SECONDS } from "../../../src/http/errors.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

const GIFT = "LEGO Friends Treehouse";

/** Has the board fail until it is healed; counts how often it is asked. */
function breakDown({ board: { object } }: GuestSite) {
  const read = object.read.bind(object);
  const state = { asked: 0, heal: () => Object.assign(object, { read }) };
  object.read = <Read extends keyof BoardReads>(_read: Read): BoardReads[Read]["answer"] => {
    state.asked += 1;
    throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
  };
  return state;
}

async function look({ site, board }: GuestSite, rest = "") {
  const answer = await site.request(`/${board.slug}${rest}`);
  return { status: answer.status, caching: answer.headers.get("Cache-Control"), text: await answer.text() };
}
const alerts = ({ site }: GuestSite) => site.logged.filter(({ alert }) => alert);

describe("a board that does not answer", () => {
  it("its page and live.json are shown from a copy of the last five minutes, which nobody may keep, then 503", async () => {
    const guests = guestSite();
    const before = await look(guests);
    breakDown(guests);
    guests.later(299_000);

    expect(await look(guests)).toEqual({ ...before, caching: "no-store" });
    expect(await look(guests, "/live.json")).toMatchObject({ status: 200, caching: "no-store" });
    guests.later(2_000);
    expect(await look(guests)).toMatchObject({ status: 503, caching: "no-store" });
  });

  it("without a copy guests read to try again, with Retry-After, and nobody is alerted", async () => {
    const guests = guestSite();
    breakDown(guests);
    const answer = await guests.site.request(`/${guests.board.slug}`);

    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, String(RETRY_AFTER_SECONDS.unavailable)]);
    expect(alerts(guests)).toEqual([]);
  });

  it("is asked once a second when there is no copy, and the others are told at once, until it answers again", async () => {
    const guests = guestSite();
    const down = breakDown(guests);
    const statuses: number[] = [];
    for (let guest = 0; guest < 5; guest += 1) statuses.push((await look(guests)).status);
    expect([down.asked, statuses]).toEqual([1, Array(5).fill(503)]);

    guests.later(1_000);
    await look(guests);
    expect(down.asked).toBe(2);
    down.heal();
    guests.later(1_000);
    expect((await look(guests)).status).toBe(200);
  });

  it("is asked once a second, and the others see the copy meanwhile", async () => {
    const guests = guestSite();
    await look(guests);
    const down = breakDown(guests);
    guests.later(10_000);
    for (let guest = 0; guest < 5; guest += 1) await look(guests);
    guests.later(1_000);
    for (let guest = 0; guest < 5; guest += 1) await look(guests);

    expect(down.asked).toBe(2);
  });

  it("is shown as it is as soon as it answers again", async () => {
    const guests = guestSite();
    await look(guests);
    const down = breakDown(guests);
    guests.later(10_000);
    await look(guests);
    down.heal();
    guests.board.paid(20_000);
    guests.later(1_000);

    expect(await look(guests)).toMatchObject({
      caching: expect.stringContaining("public"),
      text: expect.stringContaining("1 person has chipped in"),
    });
  });

  it("near its goal the gift may be funded by now, so an old copy does not show it", async () => {
    const guests = guestSite();
    guests.board.paid(90_000);
    expect((await look(guests)).text).toContain(GIFT);
    breakDown(guests);
    guests.later(1_500);
    expect((await look(guests)).text).toContain(GIFT);
    guests.later(1_500);

    for (const rest of ["", "/live.json"]) {
      const { status, text } = await look(guests, rest);
      expect([status, text.includes(GIFT)]).toEqual([200, false]);
    }
  });

  it("the gift of a board that is known to be funded is not shown, whatever an older copy shows", async () => {
    const guests = guestSite();
    expect((await look(guests)).text).toContain(GIFT);
    guests.board.paid(110_000);
    // The answer to this form brings the newest view with it.
    await guests.chipIn();
    breakDown(guests);
    guests.later(60_000);

    expect((await look(guests)).text).not.toContain(GIFT);
  });

  it("a reading that began before a command's answer came in does not undo it", async () => {
    const guests = guestSite();
    const { object } = guests.board;
    const read = object.read.bind(object);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const old = read("view", {});
    Object.assign(object, { read: () => held.then(() => old) });
    const looking = look(guests);
    object.read = read;
    guests.board.paid(110_000);
    await guests.chipIn();
    release();

    expect((await looking).text).not.toContain(GIFT);
    expect((await look(guests)).text).not.toContain(GIFT);
  });
});
