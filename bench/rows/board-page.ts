import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BenchOptions } from "../arguments.ts";
import { ROOT } from "../bundle.ts";
import { insist, insistOnMoney, insistOnQuietLog, settled } from "../checks.ts";
import { notify, openGifts } from "../gifts.ts";
import { interleave, manyRounds, ratios } from "../interleave.ts";
import type { Stage } from "../stage.ts";
import type { Row } from "../table.ts";
import { load } from "../wrk.ts";

const GIFTS = 12;

/** A board some guests have paid into, opened again and again. */
export async function boardPageRows(stage: Stage, options: BenchOptions): Promise<Row[]> {
  const { door } = stage;
  const { seconds } = options;
  const board = await stage.openBoard();
  for (const gift of await openGifts(door, [board], GIFTS)) await notify(door, gift);
  await settled(stage, [board]);

  const page = `${door.origin}/${board.slug}`;
  const same = `${stage.origins.same}/${board.slug}`;
  // ChipIn first: after two seconds no copy of an earlier view is left for the other to keep.
  for (const url of [page, same]) await load({ url, seconds: 2 });
  const rates = await interleave(manyRounds(options), {
    same: async () => (await load({ url: same, seconds })).perSecond,
    page: async () => (await load({ url: page, seconds })).perSecond,
  });

  const html = await (await fetch(page)).text();
  insist("the page's count of guests", html.includes(`${GIFTS} people have chipped in`), true);
  insist("what a Worker with the same bytes sends", (await (await fetch(same)).text()).length, html.length);
  await insistOnMoney(stage, board, GIFTS);
  await insistOnQuietLog(stage);
  return [
    {
      what: "board page, not from the edge's cache",
      figures: ratios(rates.page, rates.same),
      unit: "ratio",
      budget: { atLeast: 0.95 },
      note: "a Worker that sends the same bytes and headers, one request id, one log line",
    },
    ...(await sizeRows(html)),
  ];
}

/** What a first visit downloads beside pictures, each file compressed by itself as it travels. */
async function sizeRows(html: string): Promise<Row[]> {
  const read = (path: string) => readFile(join(ROOT, "public", path));
  const paths = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([, path = ""]) => path);
  const [, css = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
  const scripts = await Promise.all(paths(/<script src="([^"]+)"/g, html).map(read));
  insist("the style is in the page", css.length > 0 && !html.includes('rel="stylesheet"'), true);
  insist("scripts on the page", scripts.length > 0, true);
  const faces: string[] = (css.match(/@font-face\s*\{[^}]*\}/g) ?? []).filter((face: string) => face.includes("url("));
  insist(
    "fonts that block text",
    faces.find((face) => !/font-display:\s*(swap|optional)/.test(face)),
    undefined,
  );
  const fonts = await Promise.all(faces.flatMap((face) => paths(/url\("?([^")]+)"?\)/g, face)).map(read));

  const gzipped = (files: readonly (Buffer | string)[]) => sum(files.map((file) => gzipSync(file).length));
  const note = "gzip, without pictures";
  return [
    {
      what: "board page, first visit",
      figures: [kb(gzipped([html, ...scripts]))],
      unit: "KB",
      budget: { atMost: 14 },
      note,
    },
    { what: "  of which scripts", figures: [kb(gzipped(scripts))], unit: "KB", budget: { atMost: 4 }, note },
    {
      what: "  fonts",
      figures: [kb(sum(fonts.map(({ length }) => length)))],
      unit: "KB",
      budget: { atMost: 45 },
      note: "woff2, all weights",
    },
  ];
}

const kb = (bytes: number) => bytes / 1024;
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
