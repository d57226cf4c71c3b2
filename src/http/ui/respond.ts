/** A page with the headers that all pages of its kind carry. */
export function respond({ headers }: { headers: Headers }, html: string | Uint8Array, status = 200): Response {
  return new Response(html, { status, headers });
}

/** Sends the browser on with a GET, whatever the method of this request was. */
export function redirect(url: string): Response {
  return new Response(null, { status: 303, headers: { Location: url } });
}

/** A body that is sent while it is made. It breaks off where `pieces` throws. */
export function streamOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
