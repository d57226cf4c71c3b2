import { afterAll, beforeAll, expect, it } from "vitest";
import { pictures } from "#database/own-tables";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { everyRow } from "../../support/every-row.ts";
import { aPng } from "../../support/pictures.ts";
import { PUBLIC_ORIGIN } from "../support.ts";
import { aParent, draftOf, fillInUpTo, keysIn, mistakes, type Parent } from "./wizard-parent.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const blob = (...parts: (Uint8Array | string)[]) =>
  new Blob(parts.map((part) => (typeof part === "string" ? part : new Uint8Array(part))));
const PICTURE = blob(aPng(60, 40));
const keptPictures = () => database.db.$count(pictures);

/** The form of the child, as bytes. `photo` is its last field, as in the page. */
async function formOf(parent: Parent, fields: Record<string, string>, photo: Blob) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ csrf: parent.parent.csrf, ...fields })) form.set(name, value);
  form.set("photo", photo, "maya.jpg");
  const whole = new Response(form);
  return { type: whole.headers.get("Content-Type") ?? "", bytes: new Uint8Array(await whole.arrayBuffer()) };
}

/** A body that comes in pieces of `size` bytes, breaks off after `until`, and counts what was taken. */
function inPieces(bytes: Uint8Array, size: number, until = Number.POSITIVE_INFINITY) {
  const taken = { bytes: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken.bytes >= until) return controller.error(new TypeError("terminated"));
        if (taken.bytes >= bytes.length) return controller.close();
        const piece = bytes.subarray(taken.bytes, taken.bytes + size);
        taken.bytes += piece.length;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken };
}

function send(parent: Parent, action: string, body: BodyInit, headers: Record<string, string>) {
  const init = { method: "POST", body, headers: { Origin: PUBLIC_ORIGIN, ...headers }, duplex: "half" };
  return parent.parent.send(action, init as RequestInit);
}

const actionIn = (html: string) => /<form method="post" action="([^"]+)"/.exec(html)?.[1] ?? "";

it("a file that cannot be used is refused with a sentence at its field, and everything else is kept", async () => {
  const parent = await aParent(database);
  const { html: _, ...first } = await fillInUpTo(parent, "child");
  const draft = draftOf((await parent.post("child", { ...first, ...parent.child })).location);
  const before = await keptPictures();
  const rows: [what: string, file: Blob, sentence: string][] = [
    ["a PDF that is called a JPEG", blob("%PDF-1.7"), "This is a PDF, not a picture."],
    ["an iPhone's HEIC", blob("\0\0\0\x18ftypheic"), "A HEIC photo cannot be used. Please save it as a JPEG"],
    [
      "100 megapixels in a few bytes",
      blob(aPng(8, 8, { width: 10_000, height: 10_000 })),
      "This picture is larger than 50 megapixels",
    ],
    ["a JPEG that breaks off", blob(new Uint8Array([0xff, 0xd8, 0xff, 0xe0])), "Please choose a JPEG, PNG or WebP"],
    [
      "6 MB",
      blob(aPng(8, 8), new Uint8Array(6_000_000)),
      "This picture has more than 5 MB. Please choose a smaller one.",
    ],
    ["an empty file", blob(), "This file is empty."],
  ];
  await everyRow(rows, async ([what, photo, sentence]) => {
    const page = await parent.parent.get(`/create/child?draft=${draft}`);
    const typed = {
      child_name: `Maya ${"abcdef"[rows.findIndex(([name]) => name === what)]}`,
      birthday_date: parent.soon,
    };
    const answer = await parent.post("child", { ...keysIn(page.html), ...typed, photo });

    expect([answer.status, mistakes(answer.html)]).toEqual([422, ["photo"]]);
    for (const shown of [sentence, typed.child_name, typed.birthday_date, "This photo is kept"]) {
      expect(answer.html).toContain(shown);
    }
    expect((await parent.parent.get(`/create/child?draft=${draft}`)).html).toContain(`value="${typed.child_name}"`);
  });
  expect(await keptPictures()).toBe(before);
});

it("of a form of 12 MB no more than 8 MB are read; its step says so, with what is saved", async () => {
  const parent = await aParent(database);
  const { html, ...first } = await fillInUpTo(parent, "child");
  const { type, bytes } = await formOf(parent, first, blob(aPng(8, 8), new Uint8Array(12_000_000)));
  for (const headers of [{ "Content-Type": type }, { "Content-Type": type, "Content-Length": `${bytes.length}` }]) {
    const { body, taken } = inPieces(bytes, 100_000);
    const answer = await send(parent, actionIn(html), body, headers);
    const page = await parent.parent.get(answer.location ?? "");
    expect([answer.status, page.status, page.html.includes("more than 5 MB")]).toEqual([303, 200, true]);
    expect(taken.bytes).toBeLessThanOrEqual("Content-Length" in headers ? 0 : 8 * 1024 * 1024 + 100_000);
  }

  const { html: gift, ...saved } = await fillInUpTo(parent, "gift");
  const back = await parent.parent.get(`/create/child?draft=${saved.draft}`);
  for (const page of [back.html, gift]) {
    const answer = await send(parent, actionIn(page), inPieces(bytes, 100_000).body, { "Content-Type": type });
    const again = await parent.parent.get(answer.location ?? "");
    expect([keysIn(again.html), again.html.includes("more than 5 MB")]).toEqual([keysIn(page), true]);
  }
});

it("a new photo of a board in a form of 12 MB leads back to its field, which says so", async () => {
  const parent = await aParent(database);
  const { html: _, ...keys } = await fillInUpTo(parent, "review");
  const { location } = await parent.post("review", { ...keys, consent: "1" });
  const { type, bytes } = await formOf(parent, {}, blob(new Uint8Array(12_000_000)));
  const answer = await send(parent, `${location}/photo`, bytes, { "Content-Type": type });
  const page = await parent.parent.get(answer.location ?? "");
  expect([answer.status, page.status, mistakes(page.html)]).toEqual([303, 200, ["photo"]]);
});

it("an upload that breaks off at half keeps nothing, and the next try works", async () => {
  const parent = await aParent(database);
  const { html: _, ...first } = await fillInUpTo(parent, "child");
  const draft = draftOf((await parent.post("child", { ...first, ...parent.child })).location);
  const page = await parent.parent.get(`/create/child?draft=${draft}`);
  const typed = { ...keysIn(page.html), child_name: "Naledi", birthday_date: parent.soon };
  const { type, bytes } = await formOf(parent, typed, blob(aPng(600, 400), new Uint8Array(400_000)));
  const half = Math.floor(bytes.length / 2);
  const before = await keptPictures();
  const rows: [what: string, body: BodyInit, headers: Record<string, string>][] = [
    ["in pieces", inPieces(bytes, 10_000, half).body, {}],
    ["with its length announced", inPieces(bytes, 10_000, half).body, { "Content-Length": `${bytes.length}` }],
    ["as if it were whole", bytes.slice(0, half), {}],
  ];
  await everyRow(rows, async ([, body, headers]) => {
    const answer = await send(parent, actionIn(page.html), body, { "Content-Type": type, ...headers });
    expect(answer.status).toBe(400);
    // Who hung up reads nothing.
    if (!(body instanceof ReadableStream)) expect(answer.html).toContain("This form did not reach us whole.");
    const unchanged = await parent.parent.get(`/create/child?draft=${draft}`);
    expect([keysIn(unchanged.html), unchanged.html.includes('value="Maya"')]).toEqual([keysIn(page.html), true]);
  });
  expect(await keptPictures()).toBe(before);

  const whole = await send(parent, actionIn(page.html), bytes, { "Content-Type": type });
  expect([whole.status, await keptPictures()]).toEqual([303, before + 1]);
});

it("the twenty-first picture within an hour has to wait, and the rest of its form is saved", async () => {
  const parent = await aParent(database);
  const first = keysIn((await parent.parent.get("/create/child")).html);
  let { draft } = first;
  for (let sent = 0; sent < 20; sent += 1) {
    const page = sent === 0 ? "/create/child" : `/create/child?draft=${draft}`;
    const keys = sent === 0 ? first : keysIn((await parent.parent.get(page)).html);
    draft = keys.draft;
    await parent.post("child", { ...keys, child_name: "Maya", birthday_date: parent.soon, photo: blob("%PDF-1.7") });
  }
  const keys = keysIn((await parent.parent.get(`/create/child?draft=${draft}`)).html);
  const late = await parent.post("child", { ...keys, ...parent.child, child_name: "Naledi", photo: PICTURE });
  expect([late.status, mistakes(late.html)]).toEqual([422, ["photo"]]);
  for (const shown of ["many pictures within an hour", 'value="Naledi"']) expect(late.html).toContain(shown);

  parent.site.clock.now = new Date(parent.site.clock.now.getTime() + 3_600_000);
  expect((await parent.post("child", { ...keysIn(late.html), ...parent.child, photo: PICTURE })).status).toBe(303);
});
