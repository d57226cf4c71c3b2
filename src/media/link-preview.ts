import type { Services } from "#platform/services";
import { decodePng, encodePng, type Pixels } from "./png.ts";

/** What the link of a board without a photo shows. */
const BACKGROUND = "/images/share.png";
/** Inside of its round, of which a ring is left. */
const ROUND = { x: 924, y: 356, radius: 157 };
const QUALITY = 80;

/**
 * The picture that messengers show of a board's link: 1200 x 630 pixels, JPEG, some 80 KB (WhatsApp shows none above 300 KB). It
 * has the photo and nothing else of the board, so it stays right when the gift must not be named any more.
 *
 * The pixels are put together here: the simulator's encoder does not draw one picture onto another, as the one in production does.
 * @param photo as it is stored, which is 8 bits a channel
 */
export async function makeLinkPreview(
  { images, files }: Pick<Services, "images" | "files">,
  photo: Uint8Array,
): Promise<Uint8Array> {
  const side = 2 * ROUND.radius;
  const square = { width: side, height: side, fit: "cover", format: "image/png", quality: 100 } as const;
  const [background, shown] = await Promise.all([files.read(BACKGROUND), images.encode(photo, square)]);
  const { width, height, data, channels } = decodePng(background);
  if (channels !== 3) throw new Error(`${BACKGROUND} has ${channels} channels`);
  const pixels = Uint8Array.from(data);
  drawRound(pixels, width, decodePng(shown));
  const drawn = encodePng({ width, height, channels, data: pixels });
  return await images.encode(drawn, { width, height, fit: "scale-down", format: "image/jpeg", quality: QUALITY });
}

/** Over RGB pixels, with a smooth edge. */
function drawRound(onto: Uint8Array, width: number, { channels, data, ...square }: Pixels): void {
  const hasAlpha = channels % 2 === 0;
  const isGrey = channels < 3;
  const [left, top] = [ROUND.x - ROUND.radius, ROUND.y - ROUND.radius];
  for (let y = 0; y < square.height; y += 1) {
    for (let x = 0; x < square.width; x += 1) {
      const distance = Math.hypot(x + 0.5 - ROUND.radius, y + 0.5 - ROUND.radius);
      const inside = Math.min(1, Math.max(0, ROUND.radius - distance + 0.5));
      if (inside === 0) continue;
      const from = (y * square.width + x) * channels;
      const to = ((top + y) * width + left + x) * 3;
      const opacity = inside * (hasAlpha ? (data[from + channels - 1] ?? 0) / 255 : 1);
      for (let channel = 0; channel < 3; channel += 1) {
        const colour = data[from + (isGrey ? 0 : channel)] ?? 0;
        onto[to + channel] = (onto[to + channel] ?? 0) * (1 - opacity) + colour * opacity;
      }
    }
  }
}
