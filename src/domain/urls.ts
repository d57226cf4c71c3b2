const CONTROL_OR_SPACE = /[\s\p{Cc}]/u;

/** Why a page may not load `text`, or null when it may. `localOrigin` needs no https. */
export function httpsUrlProblem(text: string, localOrigin: string | null): string | null {
  const url = CONTROL_OR_SPACE.test(text) || !text.isWellFormed() ? null : URL.parse(text);
  if (!url) return "must be a URL";
  if (url.username || url.password) return "must not contain credentials";
  if (url.origin === localOrigin) return null;
  return url.protocol === "https:" ? null : "must begin with https://";
}

/** The same for a picture, which may also be a path of ours, like `/images/maya.jpg`. */
export function imageAddressProblem(text: string, localOrigin: string | null): string | null {
  const isPath = /^\/[^/\\]/.test(text) && !CONTROL_OR_SPACE.test(text) && text.isWellFormed();
  return isPath ? null : httpsUrlProblem(text, localOrigin);
}
