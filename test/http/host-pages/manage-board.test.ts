import { describe, expect, it } from "vitest";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { BEFORE_DEADLINE, later } from "../../support/board.ts";
import { fieldsOf } from "../guest-pages/guest-site.ts";
import { hostSite, textOf } from "./managed-site.ts";

const DAY_MS = 86_400_000;

describe("the pages of one board", () => {
  it("the overview shows the exact sums, the time left, and what guests see", async () => {
    const { board, get } = await hostSite();
    board.paid(20_000, undefined, { name: "Thandi Mokoena" });
    board.contribution(5_000);

    const { status, html, headers } = await get("overview");

    const text = textOf(html);
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("private, no-store");
    for (const said of ["Maya’s board", "Open", "R194", "19% of R1,000", "11 days", "1 payment", "What guests see"])
      expect(text).toContain(said);
  });

  it("the figures are asked for by the script of the overview, and are the same as on the page", async () => {
    const { board, get, path } = await hostSite();
    board.paid(20_000);

    const page = await get("overview");
    const figures = JSON.parse((await get("figures.json")).html);

    expect(page.html).toContain(`data-figures="${path}/figures.json"`);
    expect(page.html).toContain(`data-scene="${figures.scene.replaceAll('"', "&quot;")}"`);
    expect(figures).toMatchObject({
      percent: 19,
      texts: { raised: "R194", count: "1" },
      news: "R194 from 1 contribution.",
    });
    for (const [name, text] of Object.entries(figures.texts)) {
      expect(page.html).toContain(`<span data-figure="${name}">${text}</span>`);
    }
  });

  it("the people tab has the name, the amount, the time, the message and the state of each contribution", async () => {
    const { board, get } = await hostSite();
    board.paid(20_000, undefined, { name: "Thandi Mokoena", message: "Happy <b>birthday</b>!" });
    board.requestRefund(board.paid(10_000));

    const { html } = await get("contributors");

    const text = textOf(html);
    for (const said of [
      "Thandi Mokoena",
      "R200",
      "Happy <b>birthday</b>!",
      "Anonymous",
      "On its way back",
      "10 Jun 2026, 10:00",
    ])
      expect(text).toContain(said);
    expect(html).not.toContain("<b>birthday");
  });

  it("more than 25 contributions are on further pages", async () => {
    const { board, get, parent } = await hostSite();
    for (let n = 0; n < 27; n += 1) board.paid(2_000 + n, undefined, { name: `Guest ${n}` });

    const first = await get("contributors");
    const [, next = ""] = /<a href="([^"]+)">Earlier contributions/.exec(first.html) ?? [];
    const second = await parent.get(next);

    const names = (html: string) => [...html.matchAll(/<bdi>(Guest \d+)<\/bdi>/g)].map(([, name]) => name);
    expect(names(first.html)).toHaveLength(25);
    expect(new Set([...names(first.html), ...names(second.html)]).size).toBe(27);
    expect(second.html).not.toContain("Earlier contributions");
  });

  it("a hidden name is anonymous for guests, and the host still sees it and can show it again", async () => {
    const { board, get, post, parent } = await hostSite();
    const { id } = board.of(board.paid(20_000, undefined, { name: "Thandi Mokoena", message: "Hello" }));
    const contribution = publicId("contribution", id);

    const hidden = await post("contributors", { contribution, name: "hidden" });
    await post("contributors", { contribution, name: "hidden" });

    expect(hidden.location).toMatch(/contributors\?done=hidden$/);
    expect(board.board.view(new Date())?.contributors).toEqual([null]);
    expect(textOf((await parent.get(hidden.location ?? "")).html)).toContain("It is hidden now.");
    expect(textOf((await get("contributors")).html)).toContain("Thandi Mokoena");
    await post("contributors", { contribution, name: "shown" });
    expect(board.board.view(new Date())?.contributors).toEqual(["Thandi"]);
  });

  it("a new message is saved once, however often it is sent", async () => {
    const { board, post, parent } = await hostSite();

    const first = await post("settings", { message: " Thank you all!\r\nSee you there. " });
    const events = board.log.length;
    const again = await post("settings", { message: " Thank you all!\r\nSee you there. " });

    expect(board.board.profile?.message).toBe("Thank you all!\nSee you there.");
    expect([first.status, again.status, board.log.length]).toEqual([303, 303, events]);
    const page = await parent.get(first.location ?? "");
    expect(page.html).toMatch(/role="status"[^>]*autofocus[^>]*>Your message is saved/);
  });

  it("an empty message removes it, and a long one is kept in the form and named", async () => {
    const { board, post } = await hostSite();
    await post("settings", { message: "  " });
    expect(board.board.profile?.message).toBeNull();

    const { status, html } = await post("settings", { message: "x".repeat(281) });

    expect(status).toBe(422);
    expect(html).toContain('aria-invalid="true"');
    expect(textOf(html)).toContain("This is 1 too many.");
    expect(html).toContain("x".repeat(281));
  });

  it("the deadline moves to the end of a later day, and to no other", async () => {
    const { board, post } = await hostSite();
    const rows = [
      ["2026-07-01", 303, "2026-07-01T21:59:59.000Z"],
      ["2026-07-01", 303, "2026-07-01T21:59:59.000Z"],
      ["2026-06-25", 422, "2026-07-01T21:59:59.000Z"],
      ["2026-12-24", 422, "2026-07-01T21:59:59.000Z"],
      ["2026-02-30", 422, "2026-07-01T21:59:59.000Z"],
      ["", 422, "2026-07-01T21:59:59.000Z"],
      ["tomorrow", 422, "2026-07-01T21:59:59.000Z"],
    ] as const;
    const found: (readonly [string, number, string])[] = [];
    for (const [deadline] of rows) {
      const { status } = await post("settings", { deadline });
      found.push([deadline, status, board.state.deadline.toISOString()]);
    }
    expect(found).toEqual(rows);
  });

  it("a board that closed while its form was open says so, and nothing is changed", async () => {
    const { board, post } = await hostSite();
    board.close();

    const { status, html } = await post("settings", { deadline: "2026-07-01" });

    expect(status).toBe(409);
    expect(textOf(html)).toContain("Nothing was changed. The deadline of a board that is closed cannot move.");
  });
});

describe("ending a board", () => {
  it("closing shows the amounts first, and does nothing without the tick", async () => {
    const { board, get, post } = await hostSite({ board: { goal: cents(10_000) } });
    board.paid(20_000);
    board.contribution(5_000);

    const page = await get("close");
    const text = textOf(page.html);
    for (const said of [
      "R194 is in the pot",
      "R100 as a Takealot gift card",
      "R94 to FoodForward SA",
      "1 payment of R50 is not finished",
    ])
      expect(text).toContain(said);
    const { seen = "" } = fieldsOf(page.html);
    const unsure = await post("close", { seen });
    expect([unsure.status, board.state.status]).toEqual([422, "funded"]);
    expect(textOf(unsure.html)).toContain("Please tick this first.");

    const closed = await post("close", { seen, sure: "yes" });

    expect(closed.location).toMatch(/payout\?done=closed$/);
    expect(board.payouts.map(({ net }) => net)).toEqual([10_000, 9_400]);
    const events = board.log.length;
    expect((await post("close", { seen, sure: "yes" })).status).toBe(303);
    expect(board.log).toHaveLength(events);
  });

  it("money that came in after the preview is shown before anything is closed", async () => {
    const { board, get, post } = await hostSite();
    board.paid(20_000);
    const { seen = "" } = fieldsOf((await get("close")).html);
    board.paid(10_000);

    const { status, html } = await post("close", { seen, sure: "yes" });

    expect([status, board.state.status]).toEqual([409, "active"]);
    expect(textOf(html)).toContain("The amounts have changed meanwhile. Nothing has happened yet.");
    expect(textOf(html)).toContain("R291 is in the pot");
  });

  it("a missed goal is said with what is missing", async () => {
    const { board, get } = await hostSite();
    board.paid(20_000);
    expect(textOf((await get("close")).html)).toContain("R806 is missing for LEGO Friends Treehouse");
  });

  it("cancelling says what goes back, and sends it back", async () => {
    const { board, get, post } = await hostSite();
    board.paid(20_000);
    board.paid(30_000);

    const page = await get("cancel");
    expect(textOf(page.html)).toContain("R500 goes back: 2 contributions, each in full");
    const cancelled = await post("cancel", { ...fieldsOf(page.html), sure: "yes" });

    expect(cancelled.location).toMatch(/overview\?done=cancelled$/);
    expect(board.state.status).toBe("cancelled");
    expect(textOf((await get("overview")).html)).toContain("R500 from 2 contributions is on its way back.");
    expect((await get("payout")).location).toMatch(/overview$/);
  });

  it.each([
    {
      count: 1,
      said: [
        "R200 goes back: 1 contribution, in full, with ChipIn’s fee.",
        "1 of them was paid with SnapScan. We send it back by hand",
        "1 payment of R300 is not finished. If it still arrives, it goes back in full.",
      ],
    },
    {
      count: 2,
      said: [
        "R400 goes back: 2 contributions, each in full, with ChipIn’s fee.",
        "2 of them were paid with SnapScan. We send those back by hand",
        "2 payments of R600 are not finished. If they still arrive, they go back in full.",
      ],
    },
  ])("cancelling says of $count payments what becomes of them", async ({ count, said }) => {
    const { board, get } = await hostSite();
    for (let i = 0; i < count; i += 1) {
      board.report(board.contribution(20_000, { provider: "snapscan" }));
      board.contribution(30_000);
    }

    const words = textOf((await get("cancel")).html);

    for (const sentence of said) expect(words).toContain(sentence);
  });

  it("a closed board is not cancelled any more", async () => {
    const { board, get, post } = await hostSite();
    board.paid(20_000);
    board.close();

    const answers = [await get("cancel"), await post("cancel", { seen: "", sure: "yes" })];

    expect(answers.map(({ status }) => status)).toEqual([409, 409]);
    expect(textOf(answers[0]?.html ?? "")).toContain("has ended already, so it cannot be cancelled.");
    expect(board.state.status).toBe("closed");
  });
});

describe("the payout", () => {
  it("an open board shows what closing would pay now", async () => {
    const { board, get } = await hostSite();
    board.paid(20_000);
    const text = textOf((await get("payout")).html);
    for (const said of ["If the board closed now", "R194 as a Takealot gift card", "parent@example.com"])
      expect(text).toContain(said);
  });

  it("a payout that is held says why in plain words, and a paid one when", async () => {
    const { board, get } = await hostSite();
    board.paid(20_000);
    board.close();
    board.hold();
    expect(textOf((await get("payout")).html)).toContain("A person at ChipIn is looking at this board.");

    board.liftHold();
    board.completePayout(0, { externalRef: "GC-CODE-1234" });

    const { html } = await get("payout");
    expect(textOf(html)).toContain("Paid on 10 Jun 2026");
    // What names the payout at Takealot may be as good as the card.
    expect(html).not.toContain("GC-CODE-1234");
  });
});

describe("the money statement", () => {
  it("its lines add up to the pot and the payouts", async () => {
    const { board, get } = await hostSite();
    board.paid(20_000, undefined, { name: "Thandi Mokoena" });
    board.requestRefund(board.paid(10_000));
    board.close();

    const text = textOf((await get("statement")).html);

    for (const said of [
      "Contributions received R300.00",
      "ChipIn’s fees − R9.00",
      "On its way back (1, R100 to the guests) − R97.00",
      "In the pot R194.00",
      "Payouts R194.00",
      "Thandi Mokoena",
    ])
      expect(text).toContain(said);
  });

  it("as a spreadsheet it begins no cell with a formula, and quotes what needs it", async () => {
    const { board, get } = await hostSite();
    for (const name of ["=1+1", "+27 82", "-2", "@SUM(A1)", 'Mokoena, "Thandi"', "Élise"]) {
      board.paid(20_000, undefined, { name });
    }

    const { html: csv, headers } = await get("statement.csv");

    expect(headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    expect(headers.get("Content-Disposition")).toContain("attachment");
    expect(csv.endsWith("\r\n")).toBe(true);
    const lines = csv.split("\r\n");
    expect(lines[0]?.replace("\ufeff", "")).toBe("date,kind,id,name,method,amount,fee,net,state");
    for (const cell of [",'=1+1,", ",'+27 82,", ",'-2,", ",'@SUM(A1),", ',"Mokoena, ""Thandi""",', ",Élise,"])
      expect(csv).toContain(cell);
    expect(lines.filter((line) => line.includes("200.00,6.00,194.00"))).toHaveLength(6);
  });

  it("as JSON it has the sums and every line in cents, with the ids of the API", async () => {
    const { board, get } = await hostSite();
    const thandi = board.of(board.paid(20_000, undefined, { name: "Thandi Mokoena" }));
    board.requestRefund(board.paid(10_000, later(BEFORE_DEADLINE, 1)));
    board.close();

    const { html: json, headers } = await get("statement.json");

    expect(headers.get("Content-Type")).toBe("application/json; charset=utf-8");
    expect(headers.get("Content-Disposition")).toBe('attachment; filename="chipin-statement.json"');
    expect(JSON.parse(json)).toMatchObject({
      dream_board_id: publicId("board", board.boardId),
      totals: {
        received: { count: 2, amount_cents: 30_000, fee_cents: 900, net_cents: 29_100 },
        returning: { count: 1, net_cents: 9_700 },
        payable_cents: 19_400,
        payouts: { count: 1, gross_cents: 19_400 },
      },
      payouts: [{ type: "takealot_gift_card", gross_cents: 19_400, status: "pending", completed_at: null }],
      other_payments: [],
      contributions: [
        {
          id: publicId("contribution", thandi.id),
          contributor_name: "Thandi Mokoena",
          amount_cents: 20_000,
          fee_cents: 600,
          net_cents: 19_400,
          state: "in_pot",
          late: false,
        },
        { contributor_name: null, state: "returning" },
      ],
    });
  });

  it("a long one is shown by pages with the sums of all", async () => {
    const { board, get } = await hostSite();
    for (let nth = 1; nth <= 201; nth += 1) board.paid(10_000, later(BEFORE_DEADLINE, nth), { name: `Guest ${nth}` });

    const first = (await get("statement")).html;
    const [, more] = /href="[^"]*\/(statement\?after=con_\w+)"/.exec(first) ?? [];
    const second = (await get(more ?? "")).html;

    const guests = (html: string) => html.match(/Guest \d+/g) ?? [];
    expect([guests(first).length, guests(first)[0], guests(second)]).toEqual([200, "Guest 201", ["Guest 1"]]);
    for (const page of [first, second]) expect(textOf(page)).toContain("201 in all R20,100.00");
    expect(second).not.toContain("?after=");
  });
});

describe("who may see a board", () => {
  const PAGES = [
    "overview",
    "contributors",
    "settings",
    "payout",
    "close",
    "cancel",
    "statement",
    "statement.csv",
    "statement.json",
    "figures.json",
  ];

  it("without a login every page leads to signing in, and back", async () => {
    const { site, path } = await hostSite();
    const answers = await Promise.all(PAGES.map((page) => site.request(`${path}/${page}`)));
    expect(answers.map(({ status }) => status)).toEqual(PAGES.map(() => 303));
    expect(answers[0]?.headers.get("Location")).toBe(`/create?next=${encodeURIComponent(`${path}/overview`)}`);
  });

  it("a form without its token, or of another site, changes nothing", async () => {
    const { board, parent, path } = await hostSite();
    const events = board.log.length;
    const body = () => new URLSearchParams({ message: "Changed" });
    const answers = await Promise.all([
      parent.send(`${path}/settings`, { method: "POST", body: body() }),
      parent.send(`${path}/settings`, { method: "POST", body: body(), headers: { "Sec-Fetch-Site": "cross-site" } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    expect(board.log).toHaveLength(events);
  });

  it("a board whose deadline has passed is closing, and its time cannot be extended any more", async () => {
    const { get, later: pass } = await hostSite({ board: { deadline: later(BEFORE_DEADLINE, DAY_MS) } });
    pass(2 * DAY_MS);
    expect(textOf((await get("overview")).html)).toContain("Closing");
    expect((await get("settings")).html).not.toContain('name="deadline"');
  });
});
