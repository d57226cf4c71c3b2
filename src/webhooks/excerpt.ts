/**
 * The first `maxCharacters` of a response, as text Postgres can store. The rest is not read. Of a response that breaks off,
 * or is not at its end when `signal` aborts, the part that arrived is kept, unless the response says that it is short.
 */
export async function readExcerpt(response: Response, maxCharacters: number, signal: AbortSignal): Promise<string> {
  const late = new Promise<"late">((resolve) =>
    signal.addEventListener("abort", () => resolve("late"), { once: true }),
  );
  let text = "";
  try {
    // Most answers are a few bytes, and reading them chunk by chunk takes longer than sending the request.
    if (saysItIsShort(response, maxCharacters)) {
      const whole = await Promise.race([response.text(), late]);
      return storable(whole === "late" ? "" : whole, maxCharacters);
    }
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    while (reader && text.length < maxCharacters) {
      const chunk = await Promise.race([reader.read(), late]);
      if (chunk === "late" || chunk.done) break;
      text += decoder.decode(chunk.value, { stream: true });
    }
    reader?.cancel().catch(() => undefined);
  } catch {
    // The connection broke. The status is known all the same.
  }
  return storable(text, maxCharacters);
}

function saysItIsShort({ headers }: Response, maxCharacters: number): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= maxCharacters;
}

/** Postgres stores no NUL in text, and a cut may split a surrogate pair. */
function storable(text: string, maxCharacters: number): string {
  return text.slice(0, maxCharacters).replaceAll("\0", "\ufffd").toWellFormed();
}
