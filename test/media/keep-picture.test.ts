import { randomFillSync } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pictures } from "#database/own-tables";
import { MAX_UPLOAD_BYTES } from "#domain/pictures";
import { keepPicture } from "#media/keep-picture";
import { keepUpload } from "#media/keep-upload";
import { testSite } from "../http/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aPng, PicturesInMemory, sharpEncoder } from "../support/pictures.ts";

let database: TestDatabase;
let store: PicturesInMemory;
beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  store = new PicturesInMemory();
  await database.db.delete(pictures);
});
afterAll(() => database.stop());

const services = (images = sharpEncoder) => ({ ...testSite(database).services, pictures: store, images });
const rows = () => database.db.select().from(pictures);

type Rendition = Record<"contentType" | "format", string> &
  Record<"width" | "height" | "bytes", number> & { hasMetadata: boolean };

/** The stored renditions by their keys without the id. */
async function renditions(): Promise<Record<string, Rendition>> {
  const found = [...store.objects].map(async ([key, { bytes, contentType }]) => {
    const { format, width, height, exif, xmp, icc } = await sharp(bytes).metadata();
    const hasMetadata = Boolean(exif ?? xmp ?? icc);
    return [
      key.split("/")[1] ?? "",
      { contentType, format, width, height, hasMetadata, bytes: bytes.byteLength },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** A photo from a phone held upright: red above, blue below, stored on its side, with the place where it was taken. */
function fromPhone() {
  const half = (background: string) => ({ create: { width: 400, height: 600, channels: 3 as const, background } });
  return sharp({ create: { width: 800, height: 600, channels: 3, background: "blue" } })
    .composite([{ input: half("red"), left: 0, top: 0 }])
    .withExif({ IFD0: { Copyright: "Maya's mother" }, IFD3: { GPSLatitude: "26/1 12/1 0/1", GPSLatitudeRef: "S" } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

function noise(side: number) {
  const pixels = randomFillSync(Buffer.alloc(side * side * 3));
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

describe("keeping a picture", () => {
  it("a photo becomes squares in three sizes, without what the camera wrote into it", async () => {
    const kept = await keepPicture(services(), await fromPhone(), "photo");

    const [row] = await rows();
    expect(kept).toEqual({ path: `/pictures/${row?.id}/640.webp` });
    const webp = { contentType: "image/webp", format: "webp", hasMetadata: false, bytes: expect.any(Number) };
    const found = await renditions();
    const { "preview.jpg": preview, ...squares } = found;
    expect(preview).toMatchObject({
      contentType: "image/jpeg",
      format: "jpeg",
      width: 1_200,
      height: 630,
      hasMetadata: false,
    });
    expect(squares).toEqual({
      "192.webp": { ...webp, width: 192, height: 192 },
      "384.webp": { ...webp, width: 384, height: 384 },
      "640.webp": { ...webp, width: 600, height: 600 },
    });
    const bytes = Object.values(found).reduce((sum, rendition) => sum + rendition.bytes, 0);
    expect(row).toMatchObject({ kind: "photo", dreamBoardId: null, bytes });
  });

  it("a photo that a phone stored on its side is upright", async () => {
    await keepPicture(services(), await fromPhone(), "photo");

    const upright = [...store.objects.values()][0]?.bytes ?? new Uint8Array();
    const { data, info } = await sharp(upright).raw().toBuffer({ resolveWithObject: true });
    const middle = (row: number) => [
      ...data.subarray((row * info.width + info.width / 2) * info.channels).subarray(0, 3),
    ];
    expect(middle(10)[0]).toBeGreaterThan(200);
    expect(middle(info.height - 10)[2]).toBeGreaterThan(200);
  });

  it.each([["gift"], ["cause"]] as const)("the picture of a %s is whole, and no larger than it was", async (kind) => {
    await keepPicture(services(), aPng(800, 400), kind);

    const found = Object.entries(await renditions()).map(([name, { width, height }]) => [name, width, height]);
    expect(found.toSorted()).toEqual([
      ["320.webp", 320, 160],
      ["640.webp", 640, 320],
      ["960.webp", 800, 400],
    ]);
  });

  it("a photo full of detail has 40 KB at most on a phone", async () => {
    const blurred = await sharp(await noise(1_200))
      .blur(0.9)
      .png()
      .toBuffer();
    await keepPicture(services(), blurred, "photo");

    expect((await renditions())["384.webp"]?.bytes).toBeLessThanOrEqual(40_000);
  });

  it.each([
    ["a PDF", () => new TextEncoder().encode("%PDF-1.7"), "pdf"],
    ["a PNG that claims a hundred megapixels", () => aPng(1, 1, { width: 10_000, height: 10_000 }), "too_many_pixels"],
    ["a JPEG that breaks off", async () => (await fromPhone()).subarray(0, 3_000), "unreadable"],
    ["a PNG without pixels", () => aPng(0, 0, { width: 90, height: 90 }), "unreadable"],
  ])("%s is refused with a sentence, and nothing is stored", async (_, file, refused) => {
    const kept = await keepPicture(services(), await file(), "photo");

    expect(kept).toEqual({ refused, reason: expect.stringMatching(/\. Please [^.]+\.$/) });
    expect([store.objects.size, await rows()]).toEqual([0, []]);
  });

  it("what the bucket did not take has a row, by which the sweep finds the rest", async () => {
    store.isDown = true;

    await expect(keepPicture(services(), aPng(4, 4), "gift")).rejects.toThrow("the bucket is down");
    expect(await rows()).toHaveLength(1);
  });
});

describe("keeping an upload", () => {
  const file = (bytes: Uint8Array, name = "maya.jpg") =>
    new File([new Uint8Array(bytes)], name, { type: "image/jpeg" });
  const padded = (size: number) => Buffer.concat([aPng(9, 9), Buffer.alloc(size)]).subarray(0, size);

  it.each<[what: string, file: unknown, waitMs: number, outcome: string | null]>([
    ["a picture", file(aPng(9, 9)), 0, "kept"],
    ["a picture of 5 MB", file(padded(MAX_UPLOAD_BYTES)), 0, "kept"],
    ["one byte more", file(padded(MAX_UPLOAD_BYTES + 1)), 0, "too_large"],
    ["a picture after many others", file(aPng(9, 9)), 60_000, "too_many"],
    ["a PDF that is called a JPEG", file(new TextEncoder().encode("%PDF-1.7")), 0, "pdf"],
    ["an empty file", file(new Uint8Array()), 0, "empty"],
    ["no choice, as browsers send it", file(new Uint8Array(), ""), 0, null],
    ["no field", undefined, 0, null],
    ["a text in place of a file", "maya.jpg", 0, null],
    ["two files in one field", [file(aPng(9, 9)), file(aPng(9, 9))], 0, null],
  ])("%s", async (_, chosen, waitMs, outcome) => {
    const kept = await keepUpload(services(), { file: chosen, kind: "photo", waitMs });

    expect(kept && ("refused" in kept ? kept.refused : "kept")).toBe(outcome);
    expect((await rows()).length).toBe(outcome === "kept" ? 1 : 0);
  });
});
