import { SELF } from "cloudflare:test";
import { expect, it } from "vitest";
import { everyRow } from "../support/every-row.ts";
import { openBoard } from "./support.ts";

// The runtime's locale data decides what Intl writes, and it does not know every language.
it("the Workers runtime writes a board's dates and numbers in each language", async () => {
  const { profile } = await openBoard({ deadline: new Date("2099-12-18T21:59:59Z") });
  const rows: [accepted: string, until: RegExp, days: RegExp][] = [
    ["en", /until Friday 18 December/, /\d+ days left/],
    ["af", /tot Vrydag 18 Desember/, /Nog \d+ dae/],
    ["zu", /kuze kube nguLwesihlanu 18 Disemba/, /Kusele izinsuku ezingu-\u2060\d+/],
  ];
  await everyRow(rows, async ([accepted, until, days]) => {
    const headers = { "Accept-Language": accepted };
    const html = await (await SELF.fetch(`https://chipin.test/${profile.slug}`, { headers })).text();

    expect(html).toMatch(until);
    expect(html).toMatch(days);
  });
});
