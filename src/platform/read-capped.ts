/** All bytes of a body, or null when there are more than `maxBytes`: then the rest is not read. The cap protects our memory. */
export async function readCapped(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    size += part.value.byteLength;
    if (size > maxBytes) {
      await reader?.cancel();
      return null;
    }
    chunks.push(part.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** The same as text. */
export async function readCappedText(response: Response, maxBytes: number): Promise<string | null> {
  if (isDeclaredWithin(response, maxBytes)) return await response.text();
  const bytes = await readCapped(response.body, maxBytes);
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * Whether a response says that it is no larger than `maxBytes`. The runtime then reads no more of it, and all of it in one go.
 * The length of a compressed one says nothing about what comes out.
 */
export function isDeclaredWithin({ headers }: Response, maxBytes: number): boolean {
  const length = headers.get("content-length");
  return length !== null && headers.get("content-encoding") === null && Number(length) <= maxBytes;
}
