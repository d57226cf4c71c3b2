/**
 * The first `maxCharacters` of a response, as text Postgres can store. The rest is not read. Of a response that breaks off,
 * the part that arrived is kept.
 */
export async function readExcerpt(response: Response, maxCharacters: number): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < maxCharacters) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The connection broke or timed out. The status is known all the same.
  }
  reader.cancel().catch(() => undefined);
  // Postgres stores no NUL in text, and the cut may have split a surrogate pair.
  return text.slice(0, maxCharacters).replaceAll("\0", "\ufffd").toWellFormed();
}
