import { randomFillSync } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pictures } from "#database/own-tables";
import { keepPicture } from "#media/keep-picture";
import { keepUpload, MAX_UPLOAD_BYTES } from "#media/keep-upload";
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

/** A body that comes in pieces and counts how many were taken. */
function inPieces(bytes: Uint8Array, piece: number) {
  const taken = { pieces: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const from = taken.pieces * piece;
        if (from >= bytes.length) return controller.close();
        taken.pieces += 1;
        controller.enqueue(bytes.subarray(from, from + piece));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken };
}

const posted = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request("https://chipin.test/create/photo", { method: "POST", body, headers, duplex: "half" } as RequestInit);
const PHOTO = { kind: "photo", field: "photo" } as const;

function form(file: Blob | null, name = "maya.jpg") {
  const data = new FormData();
  data.set("child_name", "Maya");
  if (file) data.set("photo", file, name);
  return posted(data);
}
const blob = (bytes: Uint8Array, type = "image/jpeg") => new Blob([new Uint8Array(bytes)], { type });

describe("keeping an upload", () => {
  it("a form's picture is kept, and its other fields are read", async () => {
    const upload = await keepUpload(services(), form(blob(aPng(9, 9))), PHOTO);

    expect(upload).toEqual({
      fields: { child_name: "Maya" },
      picture: { path: expect.stringMatching(/^\/pictures\//) },
    });
  });

  it("a request whose body is the file is kept", async () => {
    const upload = await keepUpload(
      services(),
      posted(new Uint8Array(aPng(9, 9)), { "Content-Type": "image/png" }),
      PHOTO,
    );

    expect(upload).toEqual({ fields: {}, picture: { path: expect.stringMatching(/^\/pictures\//) } });
  });

  it("what a file is called and said to be does not count", async () => {
    const upload = await keepUpload(services(), form(blob(new TextEncoder().encode("%PDF-1.7"))), PHOTO);

    expect(upload).toMatchObject({ fields: { child_name: "Maya" }, picture: { refused: "pdf" } });
  });

  it.each([
    ["was not filled in", () => form(new Blob([]), "")],
    ["is missing", () => form(null)],
  ])("a form whose file %s has no picture", async (_, request) => {
    expect(await keepUpload(services(), request(), PHOTO)).toEqual({ fields: { child_name: "Maya" }, picture: null });
  });

  it("of a body that is too large the rest stays unread", async () => {
    const { body, taken } = inPieces(new Uint8Array(12_000_000), 1_000_000);

    const upload = await keepUpload(services(), posted(body), PHOTO);

    expect(upload).toMatchObject({ fields: {}, picture: { refused: "too_large" } });
    expect(taken.pieces).toBe(9);
  });

  it("a form's file may have eight megabytes and not one byte more", async () => {
    const picture = Buffer.concat([aPng(9, 9), Buffer.alloc(MAX_UPLOAD_BYTES)]);
    const found = [MAX_UPLOAD_BYTES, MAX_UPLOAD_BYTES + 1].map(async (size) => {
      const { picture: kept } = await keepUpload(services(), form(blob(picture.subarray(0, size))), PHOTO);
      return kept && ("refused" in kept ? kept.refused : "kept");
    });

    expect(await Promise.all(found)).toEqual(["kept", "too_large"]);
  });

  it("a form that cannot be read is refused", async () => {
    const broken = posted("no form", { "Content-Type": "multipart/form-data; boundary=x" });

    expect(await keepUpload(services(), broken, PHOTO)).toMatchObject({ picture: { refused: "unreadable" } });
  });
});
