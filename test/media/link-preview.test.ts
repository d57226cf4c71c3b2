import sharp from "sharp";
import { expect, it } from "vitest";
import { makeLinkPreview } from "#media/link-preview";
import { publicFiles, sharpEncoder } from "../support/pictures.ts";

const services = { images: sharpEncoder, files: publicFiles };
const photoOf = (background: string | { r: number; g: number; b: number; alpha: number }, side = 640) =>
  sharp({ create: { width: side, height: side, channels: 4, background } })
    .webp()
    .toBuffer();

/** The colour at a place, as numbers. */
async function colourAt(picture: Uint8Array, x: number, y: number): Promise<number[]> {
  const pixel = await sharp(picture).extract({ left: x, top: y, width: 1, height: 1 }).removeAlpha().raw().toBuffer();
  return [...pixel];
}
const isAbout = (found: readonly number[], wanted: readonly number[]) =>
  found.every((value, channel) => Math.abs(value - (wanted[channel] ?? 0)) < 12);

const MIDDLE = [924, 356] as const;
/** Inside of the square around the round, and outside of the round. */
const CORNER = [924 - 160, 356 - 160] as const;

it.each([
  ["large", await photoOf("#2040C0")],
  ["small", await photoOf("#2040C0", 40)],
  [
    "without alpha",
    await sharp(await photoOf("#2040C0"))
      .removeAlpha()
      .webp()
      .toBuffer(),
  ],
])("a photo that is %s fills the round of the drawing, and nothing else changes", async (_, photo) => {
  const preview = await makeLinkPreview(services, photo);

  const { format, width, height } = await sharp(preview).metadata();
  expect([format, width, height]).toEqual(["jpeg", 1_200, 630]);
  expect(preview.byteLength).toBeLessThan(300_000);
  const drawing = await publicFiles.read("/images/share.png");
  for (const [x, y] of [MIDDLE, [924 - 150, 356], [924, 356 + 150]] as const) {
    expect([x, y, isAbout(await colourAt(preview, x, y), [0x20, 0x40, 0xc0])]).toEqual([x, y, true]);
  }
  for (const [x, y] of [CORNER, [20, 300], [924 - 161, 356], [924 - 190, 356]] as const) {
    expect([x, y, isAbout(await colourAt(preview, x, y), await colourAt(drawing, x, y))]).toEqual([x, y, true]);
  }
});

it("a grey photo stays grey, and the drawing is seen through a transparent one", async () => {
  const grey = await makeLinkPreview(
    services,
    await sharp(await photoOf("#808080"))
      .greyscale()
      .webp()
      .toBuffer(),
  );
  const clear = await makeLinkPreview(services, await photoOf({ r: 0, g: 0, b: 255, alpha: 0 }));

  expect(isAbout(await colourAt(grey, ...MIDDLE), [128, 128, 128])).toBe(true);
  const drawing = await colourAt(await publicFiles.read("/images/share.png"), ...MIDDLE);
  expect(isAbout(await colourAt(clear, ...MIDDLE), drawing)).toBe(true);
});

it.each([
  ["a palette", { palette: true }],
  ["shades of grey", { grey: true }],
])(
  "an encoder that answers with %s is understood",
  async (_, { palette = false, grey = false }: { palette?: boolean; grey?: boolean }) => {
    const images: typeof sharpEncoder = {
      encode: async (picture, encoding) => {
        const encoded = await sharpEncoder.encode(picture, encoding);
        if (encoding.format !== "image/png") return encoded;
        const png = grey ? sharp(encoded).toColourspace("b-w") : sharp(encoded);
        return await png.png({ palette }).toBuffer();
      },
    };
    const preview = await makeLinkPreview({ ...services, images }, await photoOf("#808080"));

    expect(isAbout(await colourAt(preview, ...MIDDLE), [128, 128, 128])).toBe(true);
  },
);
