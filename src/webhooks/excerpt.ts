/**
 * The first `maxCharacters` of a response, as text Postgres can store. The rest is not read. Of a response that breaks off,
 * or is not at its end when `signal` aborts, the part that arrived is kept.
 */
export async function readExcerpt(response: Response, maxCharacters: number, signal: AbortSignal): Promise<string> {
  const late = new Promise<"late">((resolve) =>
    signal.addEventListener("abort", () => resolve("late"), { once: true }),
  );
  const decoder = new TextDecoder();
  let text = "";
  try {
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
  // Postgres stores no NUL in text, and the cut may have split a surrogate pair.
  return text.slice(0, maxCharacters).replaceAll("\0", "\ufffd").toWellFormed();
}
