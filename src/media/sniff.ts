import { imageDimensionsFromData } from "image-dimensions";

const MAX_PIXELS = 50_000_000;
const MAX_SIDE = 12_000;

/** Why a file is not kept, for people. A sentence says what to choose instead. */
export const REFUSALS = {
  empty: "This file is empty. Please choose a picture.",
  too_large: "This picture has more than 5 MB. Please choose a smaller one.",
  too_many: "You have sent many pictures within an hour. Please try again later.",
  too_many_pixels: "This picture is larger than 50 megapixels or 12,000 pixels a side. Please choose a smaller one.",
  svg: "An SVG drawing cannot be used. Please choose a JPEG, PNG or WebP picture.",
  gif: "A GIF cannot be used. Please choose a JPEG, PNG or WebP picture.",
  heic: "A HEIC photo cannot be used. Please save it as a JPEG and choose that.",
  pdf: "This is a PDF, not a picture. Please choose a JPEG, PNG or WebP picture.",
  html: "This is a web page, not a picture. Please choose a JPEG, PNG or WebP picture.",
  not_a_picture: "This is not a picture that can be used. Please choose a JPEG, PNG or WebP picture.",
  unreadable: "This picture could not be read. Please try again, or save it as a JPEG and choose that.",
} as const;
export type Refusal = keyof typeof REFUSALS;

const ACCEPTED: ReadonlySet<string> = new Set(["jpeg", "png", "webp"]);

/** How other files begin, after spaces and comments. */
const BEGINNINGS: readonly (readonly [RegExp, Refusal])[] = [
  [/^%PDF-/, "pdf"],
  [/^GIF8/, "gif"],
  [/^.{4}ftyp(hei[cx]|hev[cx]|mif1|msf1)/s, "heic"],
  [/^(<\?xml\b[^>]*>\s*)?(<!doctype svg\b[^>]*>\s*)?<svg\b/i, "svg"],
  [/^(<!doctype html|<html|<head|<body|<script)\b/i, "html"],
];
const LEADING = /^\uFEFF?\s*(<!--[\s\S]*?-->\s*)*/;
const BEGINNING_BYTES = 1_024;

/** Its size as it is stored: a picture that lies on its side has these the other way round. */
export type Measured = Readonly<{ width: number; height: number }>;

/** What this file is by its own bytes, and why it is not decoded where it may not be. Nothing is decoded to find out. */
export function inspectFile(file: Uint8Array): Measured | Refusal {
  if (file.length === 0) return "empty";
  const picture = dimensionsOf(file);
  if (picture && ACCEPTED.has(picture.type)) return judgeSize(picture) ?? picture;
  const beginning = new TextDecoder("latin1").decode(file.subarray(0, BEGINNING_BYTES)).replace(LEADING, "");
  return BEGINNINGS.find(([pattern]) => pattern.test(beginning))?.[1] ?? "not_a_picture";
}

function judgeSize({ width, height }: Measured): Refusal | null {
  if (width < 1 || height < 1) return "unreadable";
  return width * height > MAX_PIXELS || Math.max(width, height) > MAX_SIDE ? "too_many_pixels" : null;
}

function dimensionsOf(file: Uint8Array) {
  try {
    return imageDimensionsFromData(file) ?? null;
  } catch {
    return null;
  }
}
