/**
 * The beginning of an answer, as text Postgres can hold. The rest is never read. An answer that breaks off keeps what
 * had arrived: its status said what mattered.
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
    // Cut off or too slow.
  }
  reader.cancel().catch(() => undefined);
  // Postgres has no NUL in text, and the cut may have halved a character outside the basic plane.
  return text.slice(0, maxCharacters).replaceAll("\0", "\ufffd").toWellFormed();
}
