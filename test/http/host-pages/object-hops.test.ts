import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { STEPS, type Step } from "#domain/draft";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { everyRow } from "../../support/every-row.ts";
import { aPng } from "../../support/pictures.ts";
import { countHops } from "../object-hops.ts";
import { PUBLIC_ORIGIN, type TestSite } from "../support.ts";
import { aParent, fillInUpTo } from "./wizard-parent.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
afterEach(() => void vi.unstubAllGlobals());

/** The calls that an answer waits for, each with how many had to come before it. */
async function callsOf<Answer>(site: TestSite, send: () => Promise<Answer>) {
  const { objects } = site.services;
  const count = countHops(objects);
  const { settled } = site;
  let waitedFor = { hops: 0, calls: [] as string[] };
  // Work that goes on after the answer is not waited for.
  const atTheAnswer = async () => {
    waitedFor = { hops: count.hops(), calls: [...count.calls] };
    await settled();
  };
  Object.assign(site, { settled: atTheAnswer });
  Object.assign(site.services, { objects: count.objects });
  const answer = await send();
  Object.assign(site, { settled });
  Object.assign(site.services, { objects });
  return { answer, ...waitedFor };
}

const PICTURE = new Blob([new Uint8Array(aPng(40, 30))]);
const PDF = new Blob(["%PDF-1.7"]);

it("every form of the wizard waits for at most two calls to objects one after another", async () => {
  const rows: { step: Step; what: string; fields: Record<string, string | Blob>; status: number }[] = [
    { step: "child", what: "right, with a picture", fields: {}, status: 303 },
    { step: "child", what: "wrong", fields: { child_name: "" }, status: 422 },
    { step: "child", what: "with a PDF", fields: { photo: PDF }, status: 422 },
    { step: "gift", what: "right", fields: {}, status: 303 },
    { step: "gift", what: "right, with a picture", fields: { product_image: PICTURE }, status: 303 },
    {
      step: "gift",
      what: "wrong, with a picture",
      fields: { product_image: PICTURE, product_price: "1" },
      status: 422,
    },
    { step: "gift", what: "a link alone", fields: { product_name: "", product_price: "" }, status: 422 },
    { step: "details", what: "right", fields: {}, status: 303 },
    { step: "details", what: "wrong", fields: { deadline: "" }, status: 422 },
    { step: "details", what: "old", fields: { version: "1" }, status: 409 },
    { step: "review", what: "not ticked", fields: {}, status: 422 },
    { step: "review", what: "ticked", fields: { consent: "1" }, status: 303 },
  ];
  vi.stubGlobal("caches", { default: { match: async () => undefined } });
  await everyRow(rows, async ({ step, fields, status }) => {
    const parent = await aParent(database, { TAKEALOT_BASE_URL: "http://127.0.0.1:9" });
    const { html: _, ...keys } = await fillInUpTo(parent, step);
    const filled = { ...keys, ...(step === "review" ? {} : parent[step]), ...fields };
    const { answer, hops, calls } = await callsOf(parent.site, () => parent.post(step, filled));

    expect(answer.status).toBe(status);
    expect([hops <= 2, calls]).toEqual([true, calls]);
  });
});

it("a form that is sent again after its draft became a board waits for two calls", async () => {
  const parent = await aParent(database);
  const { html: _, ...keys } = await fillInUpTo(parent, "review");
  await parent.post("review", { ...keys, consent: "1" });
  for (const step of STEPS) {
    const { answer, hops } = await callsOf(parent.site, () => parent.post(step, { ...keys, consent: "1" }));
    expect([step, answer.status, hops]).toEqual([step, 303, 2]);
  }
});

it("a new photo of a board waits for two calls, and so does one that is refused", async () => {
  const family = await aParent(database);
  const { site, parent } = family;
  const { html: _, ...keys } = await fillInUpTo(family, "review");
  const { location } = await family.post("review", { ...keys, consent: "1" });
  await everyRow(
    [
      { photo: PICTURE, status: 303 },
      { photo: PDF, status: 422 },
    ],
    async ({ photo, status }) => {
      const body = new FormData();
      body.set("csrf", parent.csrf);
      body.set("photo", photo, "maya.png");
      const sent = { method: "POST", headers: { Origin: PUBLIC_ORIGIN }, body };
      const { answer, hops } = await callsOf(site, () => parent.send(`${location}/photo`, sent));
      expect([answer.status, hops]).toEqual([status, 2]);
    },
  );
});
