import sharp from "sharp";
import { expect, it } from "vitest";
import { inspectFile } from "../../src/media/sniff.ts";
import { aPng } from "../support/pictures.ts";

const text = (words: string) => new TextEncoder().encode(words);
const drawn = sharp({ create: { width: 30, height: 20, channels: 3, background: "#1B998B" } });
const heic = new Uint8Array([...text("\0\0\0\x18ftypheic\0\0\0\0heicmif1"), ...new Uint8Array(40)]);
/** A PNG of one pixel whose header claims another size. */
const claiming = (width: number, height: number) => aPng(1, 1, { width, height });

const FILES: readonly [what: string, file: Uint8Array | Promise<Uint8Array>, objection: string | null][] = [
  ["a JPEG", drawn.clone().jpeg().toBuffer(), null],
  ["a progressive JPEG", drawn.clone().jpeg({ progressive: true }).toBuffer(), null],
  ["a PNG", drawn.clone().png().toBuffer(), null],
  ["a lossy WebP", drawn.clone().webp().toBuffer(), null],
  ["a lossless WebP", drawn.clone().webp({ lossless: true }).toBuffer(), null],
  ["50 megapixels", claiming(10_000, 5_000), null],
  ["a row more", claiming(10_000, 5_001), "too_many_pixels"],
  ["100 megapixels", claiming(10_000, 10_000), "too_many_pixels"],
  ["a long thin one", claiming(12_001, 1), "too_many_pixels"],
  ["a side of four thousand million pixels", claiming(1, 4_294_967_295), "too_many_pixels"],
  ["no width", claiming(0, 5), "unreadable"],
  ["nothing", new Uint8Array(), "empty"],
  ["a GIF", drawn.clone().gif().toBuffer(), "gif"],
  ["the beginning of a GIF", text("GIF89a"), "gif"],
  ["a HEIC", heic, "heic"],
  ["an AVIF", drawn.clone().avif({ effort: 0 }).toBuffer(), "not_a_picture"],
  ["an SVG", text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "svg"],
  [
    "an SVG with a prologue",
    text('\uFEFF<?xml version="1.0"?>\n<!-- drawn -->\n<!DOCTYPE svg PUBLIC "x">\n<svg/>'),
    "not_a_picture",
  ],
  ["an SVG with a declaration", text('<?xml version="1.0"?>\n<svg/>'), "svg"],
  ["an SVG after a comment", text("<!-- drawn --> <svg/>"), "svg"],
  ["a PDF, whatever its name", text("%PDF-1.7\n1 0 obj"), "pdf"],
  ["a web page", text("\n<!DOCTYPE html><html></html>"), "html"],
  ["a script", text("<script>alert(1)</script>"), "html"],
  ["words", text("a picture, honestly"), "not_a_picture"],
  ["the first bytes of a JPEG", new Uint8Array([0xff, 0xd8, 0xff]), "not_a_picture"],
  ["the first bytes of a PNG", claiming(1, 1).subarray(0, 12), "not_a_picture"],
];

it.each(FILES)("%s is judged by its bytes", async (_, file, objection) => {
  const found = inspectFile(await file);

  expect(typeof found === "string" ? found : null).toBe(objection);
});
