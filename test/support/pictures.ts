import { crc32, deflateSync } from "node:zlib";
import type { Files } from "#platform/files";
import type { ImageEncoder, PictureStore } from "#platform/pictures";

/** A bucket in memory. `isDown`: it answers nothing. */
export class PicturesInMemory implements PictureStore {
  readonly objects = new Map<string, { bytes: Uint8Array; contentType: string }>();
  isDown = false;

  async put(key: string, bytes: Uint8Array, contentType: string): Promise<void> {
    this.#ask();
    this.objects.set(key, { bytes, contentType });
  }

  async get(key: string) {
    this.#ask();
    const found = this.objects.get(key);
    return found ? { body: new Blob([new Uint8Array(found.bytes)]).stream(), size: found.bytes.byteLength } : null;
  }

  async deleteAll(prefix: string): Promise<void> {
    this.#ask();
    for (const key of [...this.objects.keys()]) if (key.startsWith(prefix)) this.objects.delete(key);
  }

  #ask(): void {
    if (this.isDown) throw new Error("the bucket is down");
  }
}

/** The encoder that the simulator uses too, with qualities, which that one lacks. */
export const sharpEncoder: ImageEncoder = {
  encode: async (picture, { width, height, fit, format, quality }) => {
    const { default: sharp } = await import("sharp");
    const resized = sharp(picture, { autoOrient: true }).resize(width, height, {
      fit: fit === "scale-down" ? "inside" : "cover",
      withoutEnlargement: fit !== "cover",
    });
    if (format === "image/png") return resized.png().toBuffer();
    return format === "image/webp" ? resized.webp({ quality }).toBuffer() : resized.jpeg({ quality }).toBuffer();
  },
};

export const publicFiles: Files = {
  read: async (path) => {
    const { readFile } = await import("node:fs/promises");
    return new Uint8Array(await readFile(`public${path}`));
  },
};

/** A PNG of one colour. `claimed`: the size that its header names, whatever is in it. */
export function aPng(width: number, height: number, claimed = { width, height }): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claimed.width, 0);
  header.writeUInt32BE(claimed.height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x80)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return new Uint8Array(
    Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]),
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
