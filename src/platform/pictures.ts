/** The bucket of pictures. Keys are ours and hold no name. */
export type PictureStore = Readonly<{
  put(key: string, bytes: Uint8Array, contentType: string): Promise<unknown>;
  get(key: string): Promise<Readonly<{ body: ReadableStream<Uint8Array>; size: number }> | null>;
  /** Deletes whatever has a key that begins so, 1,000 objects at most. */
  deleteAll(prefix: string): Promise<void>;
}>;

/**
 * `cover` and `crop` fill the box and cut off what is outside, `scale-down` keeps the whole picture inside of it. Only `cover`
 * makes a small picture larger.
 */
export type Encoding = Readonly<{
  width: number;
  height: number;
  fit: "cover" | "crop" | "scale-down";
  format: "image/webp" | "image/jpeg" | "image/png";
  /** 1 to 100. */
  quality: number;
}>;

/**
 * Decodes a picture and encodes it again: the right way up, without what a camera wrote into it, the first frame of a moving
 * one. The simulator does it by another library (sharp), has one quality, and cuts out the middle only; in production each
 * different encoding of a picture is billed once a month.
 */
export type ImageEncoder = Readonly<{
  /** @throws Error for what cannot be decoded, and while the encoder cannot be reached */
  encode(picture: Uint8Array, encoding: Encoding): Promise<Uint8Array>;
}>;

export function pictureStoreOf({ PICTURES }: Env): PictureStore {
  return {
    put: (key, bytes, contentType) => PICTURES.put(key, bytes, { httpMetadata: { contentType } }),
    get: (key) => PICTURES.get(key),
    deleteAll: async (prefix) => {
      const { objects } = await PICTURES.list({ prefix });
      if (objects.length > 0) await PICTURES.delete(objects.map(({ key }) => key));
    },
  };
}

export function imageEncoderOf({ IMAGES }: Env): ImageEncoder {
  return {
    encode: async (picture, { width, height, fit, format, quality }) => {
      const source = new Blob([picture]).stream();
      const encoded = await IMAGES.input(source)
        .transform({ width, height, fit })
        .output({ format, quality, anim: false });
      return new Uint8Array(await encoded.response().arrayBuffer());
    },
  };
}
