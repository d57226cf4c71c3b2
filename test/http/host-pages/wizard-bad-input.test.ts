import { afterAll, beforeAll, expect, it } from "vitest";
import type { Step } from "#domain/draft";
import { boardCode } from "#domain/ids";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { everyRow } from "../../support/every-row.ts";
import { aParent, escaped, fillIn, fillInUpTo, keysIn, mistakes } from "./wizard-parent.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** The day is 1 December 2026. `refused`: something of the sentence at the field; null for what is taken. */
type Row = [field: string, typed: string, refused: string | null];

const LONG = "x".repeat(300);
const HTML = '<img src=x onerror="alert(1)">';

const ROWS: Readonly<Record<Exclude<Step, "review">, Row[]>> = {
  child: [
    ["child_name", "", "Please type the child’s first name."],
    ["child_name", LONG, "50 letters"],
    ["child_name", "A", "2 letters or more"],
    ["child_name", "Maya 🎂", "letters, spaces, hyphens and apostrophes only"],
    ["child_name", HTML, "letters, spaces, hyphens and apostrophes only"],
    ["child_name", "Zoë", null],
    ["child_name", "O'Brien-Ndlovu", null],
    ["child_name", "مريم", null],
    ["child_name", "李", null],
    ["birthday_date", "", "Please choose the day of the birthday."],
    ["birthday_date", "2026-11-30", "This day has passed."],
    ["birthday_date", "2027-03-02", "up to 1 March 2027"],
    ["birthday_date", "20 December", "type it like 2026-12-31"],
  ],
  gift: [
    ["product_name", "", "Please type what the gift is."],
    ["product_name", LONG, "200 characters"],
    ["product_name", "nul\u0000", "cannot be shown"],
    ["product_name", `A bike 🚲 ${HTML}`, null],
    ["product_name", "דרקון", null],
    ["product_price", "", "Please type the price in rand."],
    ["product_price", "R19.99", "R20 or more"],
    ["product_price", "lots", "like 2499 or 2499.90"],
    ["product_price", "99999999", "at most"],
    ["product_url", `https://takealot.com.evil.example/${HTML}`, "takealot.com"],
    ["overflow_cause_id", "my-own-pocket", "Please choose the good cause"],
    ["gift_type", "voucher", "Please choose what the gift is."],
  ],
  details: [
    ["payout_email", "", "Please type an e-mail address."],
    ["payout_email", `${LONG}@example.co.za`, "254 characters"],
    ["payout_email", HTML, "like thandi@example.co.za"],
    ["payout_method", "cash", "Please choose how the money reaches you."],
    ["message", "🎂".repeat(281), "Please shorten your message to 280 characters; it has 281."],
    ["message", "🎂".repeat(280), null],
    ["message", `${HTML}</textarea>`, null],
    ["message", "مريم עברית", null],
    ["deadline", "", "Please choose the last day to chip in."],
    ["deadline", "2026-12-01", "from 2 December 2026 to 1 March 2027"],
    ["deadline", "2027-03-02", "from 2 December 2026 to 1 March 2027"],
  ],
};

it.each(["child", "gift", "details"] as const)(
  "at the step %s each wrong value is refused at its field with a sentence, and stays in the form as it was typed",
  async (step) => {
    const parent = await aParent(database);
    const { draft } = await fillInUpTo(parent, step);
    if (step === "child") await parent.post("child", { draft, version: "0", ...parent.child });
    await everyRow(ROWS[step], async ([field, typed, refused]) => {
      const keys = keysIn((await parent.parent.get(`/create/${step}?draft=${draft}`)).html);
      const right = {
        child: { child_name: "Maya", birthday_date: parent.soon },
        gift: { ...parent.gift, product_url: "" },
      };
      const answer = await parent.post(step, { ...keys, ...{ ...parent, ...right }[step], [field]: typed });

      expect([answer.status, mistakes(answer.html)]).toEqual(refused === null ? [303, []] : [422, [field]]);
      if (refused !== null) expect(answer.html).toContain(refused);
      const { html } = await parent.parent.get(`/create/${step}?draft=${draft}`);
      const isChoice = /^(payout_method|gift_type|overflow_cause_id)$/.test(field);
      if (!isChoice) expect(html).toContain(escaped(typed));
      expect(html).not.toContain(HTML);
    });
  },
);

it("a form that is sent empty names every field that is needed", async () => {
  const parent = await aParent(database);
  const needed = {
    child: ["child_name", "birthday_date", "photo"],
    gift: ["gift_type"],
    details: ["payout_email", "payout_method", "deadline"],
  };
  for (const step of ["child", "gift", "details"] as const) {
    const { html: _, ...keys } = await fillInUpTo(parent, step);
    const empty = Object.fromEntries(Object.keys(parent[step]).map((field) => [field, ""]));
    const answer = await parent.post(step, { ...keys, ...empty });
    expect([step, answer.status, mistakes(answer.html).toSorted()]).toEqual([step, 422, needed[step].toSorted()]);
    // The board is begun by the first answer.
    const isBegun = (await parent.parent.get("/dashboard")).html.includes("Not finished");
    expect([step, isBegun]).toEqual([step, step !== "child"]);
  }
});

it("markup in every field stays text on each page that shows it", async () => {
  const parent = await aParent(database);
  const { html, ...keys } = await fillIn(parent, {
    gift: { product_name: `A bike ${HTML}` },
    details: { message: `Seven! ${HTML}` },
  });
  const { location } = await parent.post("review", { ...keys, consent: "1" });
  const paths = ["", "/invitation", "/overview", "/settings", "/statement"].map((page) => `${location}${page}`);
  const pages = [html];
  for (const path of [`/maya-birthday-${boardCode(keys.draft)}`, ...paths, "/dashboard"]) {
    const page = await parent.parent.get(path);
    expect([path, page.status]).toEqual([path, 200]);
    pages.push(page.html);
  }
  for (const page of pages) expect(page).not.toMatch(/<img src=x/);
  expect(pages.filter((page) => page.includes(escaped(HTML))).length).toBeGreaterThanOrEqual(3);
});
