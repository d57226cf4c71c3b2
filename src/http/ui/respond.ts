/** A page with the headers that all pages of its kind carry. */
export function respond({ headers }: { headers: Headers }, html: string | Uint8Array, status = 200): Response {
  return new Response(html, { status, headers });
}

/** Sends the browser on with a GET, whatever the method of this request was. */
export function redirect(url: string): Response {
  return new Response(null, { status: 303, headers: { Location: url } });
}
