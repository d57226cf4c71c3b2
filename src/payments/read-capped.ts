/** The whole text of a response, or null when it is larger than `maxBytes`. The cap protects our memory from a faulty provider. */
export async function readCapped(response: Response, maxBytes: number): Promise<string | null> {
  if (!response.body) return "";
  if (isDeclaredWithin(response, maxBytes)) return await response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * Whether a response says that it is no larger than `maxBytes`. The runtime then reads no more of it, and all of it in one go.
 * The length of a compressed one says nothing about what comes out.
 */
export function isDeclaredWithin({ headers }: Response, maxBytes: number): boolean {
  const length = headers.get("content-length");
  return length !== null && headers.get("content-encoding") === null && Number(length) <= maxBytes;
}
